package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.Mount;
import io.jcontainer.Propagation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/**
 * Mounts as Docker's options write them: {@code -v}, {@code --tmpfs}, {@code --mount}, {@code
 * --device}.
 */
final class MountText {
  private static final List<String> READ_ONLY = List.of("ro", "readonly");

  private MountText() {}

  /** {@code SOURCE:TARGET[:OPTION,...]}; writable unless {@code ro} is among them. */
  static Mount volume(String text) {
    List<String> parts = List.of(text.split(":", -1));
    if (parts.size() < 2 || parts.size() > 3) {
      throw wrong(text, "SOURCE:TARGET[:OPTIONS] is expected");
    }
    List<String> options = parts.size() == 3 ? List.of(parts.get(2).split(",", -1)) : List.of();
    return bind(text, parts.get(0), parts.get(1), options);
  }

  private static Mount bind(String text, String source, String target, List<String> options) {
    Mount.Bind bind = Mount.bind(source(text, source), target);
    for (String option : options) {
      bind = with(text, bind, option);
    }
    return options.stream().anyMatch(READ_ONLY::contains) ? bind : bind.writable();
  }

  private static Path source(String text, String source) {
    if (!source.startsWith("/") && !source.startsWith(".")) {
      throw wrong(
          text, "'" + source + "' is no path; there are no named volumes, write ./" + source);
    }
    return Path.of(source).toAbsolutePath().normalize();
  }

  private static Mount.Bind with(String text, Mount.Bind bind, String option) {
    return switch (option) {
      case "rw", "ro", "readonly" -> bind; // decided when all are known
      case "noexec" -> bind.noexec();
      case "idmap" -> bind.idmapped();
      case "private", "rprivate" -> bind.propagation(Propagation.PRIVATE);
      case "slave", "rslave" -> bind.propagation(Propagation.SLAVE);
      case "shared", "rshared" ->
          throw wrong(text, "a container never mounts on the host: rslave is the other way round");
      default -> throw wrong(text, "'" + option + "' is no option of a bind mount");
    };
  }

  /** {@code TARGET[:OPTION,...]} with {@code size=}, {@code mode=} and {@code exec}. */
  static Mount tmpfs(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return Mount.tmpfs(text);
    }
    Mount.Tmpfs tmpfs = Mount.tmpfs(text.substring(0, colon));
    for (String option : text.substring(colon + 1).split(",", -1)) {
      tmpfs = with(text, tmpfs, option);
    }
    return tmpfs;
  }

  private static Mount.Tmpfs with(String text, Mount.Tmpfs tmpfs, String option) {
    int equals = option.indexOf('=');
    String name = equals < 0 ? option : option.substring(0, equals);
    String value = option.substring(equals + 1);
    return switch (name) {
      case "size", "tmpfs-size" -> tmpfs.size(ByteSize.parse(value));
      case "mode", "tmpfs-mode" -> tmpfs.mode(mode(text, value));
      case "exec" -> tmpfs.exec();
      case "rw", "noexec", "nosuid", "nodev" -> tmpfs; // as it is anyway
      default -> throw wrong(text, "'" + name + "' is no option of a tmpfs");
    };
  }

  private static int mode(String text, String value) {
    if (!value.matches("[0-7]{1,4}")) {
      throw wrong(text, "'" + value + "' is no octal mode");
    }
    return Integer.parseInt(value, 8);
  }

  /** {@code type=bind|tmpfs,source=...,target=...} and more. */
  static Mount mount(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      fields.put(
          name(equals < 0 ? field : field.substring(0, equals)),
          equals < 0 ? "" : field.substring(equals + 1));
    }
    String type = fields.getOrDefault("type", "bind");
    String target = fields.get("target");
    if (target == null) {
      throw wrong(text, "target=PATH is missing");
    }
    fields.keySet().removeAll(List.of("type", "target"));
    return switch (type) {
      case "bind" -> bind(text, fields, target);
      case "tmpfs" -> {
        Mount.Tmpfs tmpfs = Mount.tmpfs(target);
        for (Map.Entry<String, String> field : fields.entrySet()) {
          tmpfs = with(text, tmpfs, field.getKey() + "=" + field.getValue());
        }
        yield tmpfs;
      }
      default -> throw wrong(text, "type is bind or tmpfs, not '" + type + "'");
    };
  }

  private static String name(String name) {
    return switch (name) {
      case "src" -> "source";
      case "dst", "destination" -> "target";
      default -> name;
    };
  }

  private static Mount bind(String text, Map<String, String> fields, String target) {
    String source = fields.remove("source");
    if (source == null) {
      throw wrong(text, "source=PATH is missing");
    }
    List<String> options = new ArrayList<>();
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (field.getKey().equals("bind-propagation")) {
        options.add(field.getValue());
      } else if (List.of("", "true", "1").contains(field.getValue())) {
        options.add(field.getKey());
      } else {
        throw wrong(text, "'" + field.getKey() + "' takes no value");
      }
    }
    return bind(text, source, target, options);
  }

  /** {@code SOURCE[:TARGET]}. */
  static Mount device(String text) {
    List<String> parts = List.of(text.split(":", -1));
    return switch (parts.size()) {
      case 1 -> Mount.device(Path.of(text));
      case 2 -> Mount.device(Path.of(parts.get(0)), parts.get(1));
      default -> throw wrong(text, "SOURCE[:TARGET] is expected; a device is read and written");
    };
  }

  private static TypeConversionException wrong(String text, String why) {
    return new TypeConversionException("in '" + text + "': " + why);
  }
}
