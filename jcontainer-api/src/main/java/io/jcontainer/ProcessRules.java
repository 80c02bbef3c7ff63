package io.jcontainer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** What a process must fulfil on whatever host; the first thing that it does not is thrown. */
final class ProcessRules {
  private ProcessRules() {}

  static void check(ProcessSpec spec) {
    command(spec);
    environment(spec.env());
    cwd(spec.cwd());
    StdioRules.check(spec);
    spec.timeout().ifPresent(ProcessRules::timeout);
    spec.groups().forEach(group -> User.check("groups", group));
    if ((spec.umask() & ~0777) != 0) {
      throw new InvalidSpecException(
          "umask", "0" + Integer.toOctalString(spec.umask()) + " is not between 0 and 0777");
    }
    spec.oomScoreAdj().ifPresent(score -> range("oomScoreAdj", score, -1000, 1000));
    spec.nice().ifPresent(nice -> range("nice", nice, -20, 19));
  }

  private static void range(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw new InvalidSpecException(field, value + " is not between " + least + " and " + most);
    }
  }

  private static void command(ProcessSpec spec) {
    if (spec.command().isEmpty() || spec.command().get(0).isEmpty()) {
      throw new InvalidSpecException("command", "a program is needed");
    }
    for (String word : spec.command()) {
      encodable("command", word);
    }
  }

  static void environment(Map<String, String> env) {
    env.forEach(
        (name, value) -> {
          if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new InvalidSpecException("env", "\"" + name + "\" cannot name a variable");
          }
          encodable("env", name);
          encodable("env", value);
        });
  }

  static void cwd(String cwd) {
    encodable("cwd", cwd);
    if (!cwd.startsWith("/")) {
      throw new InvalidSpecException("cwd", "\"" + cwd + "\" is not an absolute path");
    }
  }

  private static void timeout(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new InvalidSpecException("timeout", timeout + " is not more than zero");
    }
  }

  static void encodable(String field, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidSpecException(field, "a NUL byte in \"" + text.replace('\0', '?') + "\"");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new InvalidSpecException(
          field, "half a surrogate pair, which UTF-8 cannot say, in \"" + text + "\"");
    }
  }
}
