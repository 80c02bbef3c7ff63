package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.Signal;
import io.jcontainer.User;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Changes to how programs start in an image, in a Dockerfile's words. Variables are replaced where
 * Docker replaces them, which is everywhere but in commands; those of an instruction itself count
 * from the next one on.
 */
final class ConfigChange {
  private static final String WORDS =
      "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR";

  private static final Pattern PORTS =
      Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?(/(?:tcp|udp|sctp))?");

  private static final int MOST_PORT = 65_535;

  private String user;
  private final Map<String, String> env = new LinkedHashMap<>();
  private List<String> entrypoint;
  private List<String> cmd;
  private boolean cmdGiven;
  private String workingDir;
  private final Set<String> exposedPorts;
  private final Set<String> volumes;
  private final Map<String, String> labels;
  private Optional<String> stopSignal;

  private ConfigChange(Execution from) {
    user = from.user();
    entrypoint = from.entrypoint();
    cmd = from.cmd();
    workingDir = from.workingDir();
    exposedPorts = new LinkedHashSet<>(from.exposedPorts());
    volumes = new LinkedHashSet<>(from.volumes());
    labels = new LinkedHashMap<>(from.labels());
    stopSignal = from.stopSignal();
    for (String variable : from.env()) {
      int equals = variable.indexOf('=');
      env.put(
          equals < 0 ? variable : variable.substring(0, equals),
          equals < 0 ? "" : variable.substring(equals + 1));
    }
  }

  /**
   * The configuration with the changes made, one after the other.
   *
   * @throws InvalidSpecException if one is not understood
   */
  static Execution apply(Execution from, List<String> changes) {
    ConfigChange change = new ConfigChange(from);
    changes.forEach(change::make);
    return change.made();
  }

  private Execution made() {
    return new ImageConfig.Execution(
        user,
        env.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList(),
        entrypoint,
        cmd,
        workingDir,
        exposedPorts,
        volumes,
        labels,
        stopSignal);
  }

  private void make(String text) {
    String[] parts = text.strip().split("\\s+", 2);
    String rest = parts.length < 2 ? "" : parts[1].strip();
    if (rest.isEmpty()) {
      throw wrong(text, "needs a word and what it is to be: one of " + WORDS);
    }
    switch (parts[0].toUpperCase(Locale.ROOT)) {
      case "CMD" -> {
        cmd = command(rest);
        cmdGiven = true;
      }
      case "ENTRYPOINT" -> {
        entrypoint = command(rest);
        if (!cmdGiven) {
          cmd = List.of(); // what was meant for another entrypoint
        }
      }
      case "ENV" -> env.putAll(pairs(text, rest));
      case "LABEL" -> labels.putAll(pairs(text, rest));
      case "EXPOSE" ->
          words(text, rest).stream()
              .flatMap(word -> Stream.of(word.strip().split("\\s+", -1))) // those of a variable
              .forEach(port -> expose(text, port));
      case "VOLUME" -> volumes(text, rest);
      case "USER" -> user = checked(text, word(text, rest), User::parse);
      case "WORKDIR" -> workingDir = directory(word(text, rest));
      case "STOPSIGNAL" -> stopSignal = Optional.of(checked(text, word(text, rest), Signal::parse));
      case "HEALTHCHECK" ->
          throw wrong(text, "is Docker's own: OCI's images have no checks, and none are made here");
      case "ONBUILD" ->
          throw wrong(text, "is for builds upon the image: OCI's images do not have it");
      default -> throw wrong(text, "\"" + parts[0] + "\" is none of " + WORDS);
    }
  }

  /** A word that its reader does not refuse. */
  private static String checked(String text, String word, Consumer<String> reader) {
    try {
      reader.accept(word);
      return word;
    } catch (InvalidSpecException e) {
      throw wrong(text, e.getMessage());
    }
  }

  private void volumes(String text, String rest) {
    array(rest)
        .map(paths -> paths.stream().map(path -> word(text, path)).toList())
        .orElseGet(() -> words(text, rest))
        .forEach(
            path -> {
              if (path.isEmpty()) {
                throw wrong(text, "a path is empty");
              }
              volumes.add(path);
            });
  }

  /** A path, which may be relative to the directory that there is. */
  private String directory(String path) {
    Deque<String> names = new ArrayDeque<>();
    String whole = path.startsWith("/") ? path : workingDir + "/" + path;
    for (String name : whole.split("/", -1)) {
      if (name.equals("..")) {
        names.pollLast();
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.addLast(name);
      }
    }
    return "/" + String.join("/", names);
  }

  /** An array of JSON, or a line for a shell. */
  private static List<String> command(String text) {
    return array(text).orElseGet(() -> List.of("/bin/sh", "-c", text));
  }

  /** The strings of an array of JSON; empty if it is something else. */
  private static Optional<List<String>> array(String text) {
    if (!text.startsWith("[")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Json.strings("change", text.getBytes(StandardCharsets.UTF_8), ImageConfig.MAX_BYTES));
    } catch (InvalidImageException e) {
      return Optional.empty(); // such as [ -f x ] && y
    }
  }

  /** A port, or a range of them, which becomes as many. */
  private void expose(String text, String ports) {
    Matcher parts = PORTS.matcher(ports);
    if (!parts.matches()) {
      throw wrong(text, "\"" + ports + "\" is no port as in 80, 53/udp or 8000-8010");
    }
    int first = Integer.parseInt(parts.group(1));
    int last = parts.group(2) == null ? first : Integer.parseInt(parts.group(2));
    if (first < 1 || last > MOST_PORT || first > last) {
      throw wrong(text, "\"" + ports + "\": there are ports from 1 to " + MOST_PORT);
    }
    String protocol = parts.group(3) == null ? "/tcp" : parts.group(3);
    for (int port = first; port <= last; port++) {
      exposedPorts.add(port + protocol);
    }
  }

  /** {@code NAME=VALUE...}, or the older form {@code NAME VALUE}. */
  private Map<String, String> pairs(String text, String rest) {
    List<String> words = words(text, rest);
    if (words.get(0).indexOf('=') < 0) {
      String[] both = rest.split("\\s+", 2);
      if (both.length < 2) {
        throw wrong(text, "has no value");
      }
      return Map.of(word(text, both[0]), word(text, both[1]));
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw wrong(text, "\"" + word + "\" is not NAME=VALUE");
      }
      pairs.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return pairs;
  }

  private List<String> words(String text, String rest) {
    return DockerfileWords.split(text, rest, env);
  }

  /** The rest as one word. */
  private String word(String text, String rest) {
    return DockerfileWords.one(text, rest, env);
  }

  static InvalidSpecException wrong(String text, @Nullable String problem) {
    return new InvalidSpecException("change", "\"%s\": %s".formatted(text, problem));
  }
}
