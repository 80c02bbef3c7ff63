package io.jcontainer.linux.cgroup;

import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What has to be written to have again what a setting is about to change. */
final class OldSettings {
  /** A line for one device, in files that have many. */
  private static final Pattern DEVICE = Pattern.compile("(\\d+:\\d+) .*");

  private OldSettings() {}

  /**
   * Reads it.
   *
   * @param directory whose file it is
   * @return in the order in which it is to be written; nothing if the file is not there
   */
  static List<Setting> of(Setting setting, Path directory) {
    if (setting.file().equals("devices.allow") || setting.file().equals("devices.deny")) {
      return devices(setting, directory);
    }
    Optional<String> text = KernelFile.read(directory.resolve(setting.file()));
    if (text.isEmpty()) {
      return List.of();
    }
    Matcher device = DEVICE.matcher(setting.value());
    String old = device.matches() ? line(text.get(), device.group(1), setting) : first(text.get());
    return List.of(with(setting, setting.file(), old));
  }

  private static Setting with(Setting setting, String file, String value) {
    return new Setting(setting.controller(), file, value, setting.limit());
  }

  /** Those of many lines begin with what counts for all devices. An empty list is a newline. */
  private static String first(String text) {
    return text.isEmpty() ? "\n" : text.lines().findFirst().orElse("\n");
  }

  /** A device without a line has no limit, which v1 writes as 0 and v2 as max. */
  private static String line(String text, String device, Setting setting) {
    Optional<String> line = text.lines().filter(each -> each.startsWith(device + " ")).findFirst();
    String none =
        setting.file().startsWith("blkio.")
            ? device + " 0"
            : setting.file().equals("io.max")
                ? device + " rbps=max wbps=max riops=max wiops=max"
                : device + " default";
    return line.orElse(none);
  }

  /** devices.list says what is allowed, after everything was forbidden. */
  private static List<Setting> devices(Setting setting, Path directory) {
    List<Setting> old = new ArrayList<>();
    old.add(with(setting, "devices.deny", "a"));
    KernelFile.read(directory.resolve("devices.list"))
        .ifPresent(
            text ->
                Splitter.on('\n')
                    .omitEmptyStrings()
                    .split(text)
                    .forEach(line -> old.add(with(setting, "devices.allow", line))));
    return old;
  }
}
