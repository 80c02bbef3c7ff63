package io.jcontainer.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The host's users: passwd(5). */
record UserNames(Map<Long, String> names) {

  static UserNames read() {
    Map<Long, String> names = new HashMap<>();
    try {
      // Each byte a character: a name may be in any encoding.
      for (String line : Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(":", -1);
        if (fields.length > 2 && fields[2].matches("[0-9]{1,10}")) {
          names.putIfAbsent(Long.valueOf(fields[2]), fields[0]);
        }
      }
    } catch (IOException e) {
      // Without the file all have numbers alone.
    }
    return new UserNames(names);
  }

  /** The name, or the number of who has none, as all have in a user namespace. */
  String of(long uid) {
    return names.getOrDefault(uid, Long.toString(uid));
  }
}
