package io.jcontainer.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jcontainer.Capability;
import io.jcontainer.ContainerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** The bounding set of another process: capabilities(7), proc_pid_status(5). */
final class BoundingSet {
  private static final String FIELD = "CapBnd:";

  private BoundingSet() {}

  /** Of the process with this number. */
  static Set<Capability> of(int pid) {
    Path status = Path.of("/proc", Integer.toString(pid), "status");
    try {
      return parse(Files.readAllLines(status, ISO_8859_1)); // its name may be any bytes
    } catch (IOException e) {
      throw new ContainerException("the capabilities of a container cannot be read: " + e, e);
    }
  }

  /** Of these lines of its status; empty if there is no such line. */
  static Set<Capability> parse(Iterable<String> status) {
    Set<Capability> set = EnumSet.noneOf(Capability.class);
    for (String line : status) {
      if (line.startsWith(FIELD)) {
        long bits = Long.parseUnsignedLong(line.substring(FIELD.length()).strip(), 16);
        for (Capability capability : Capability.values()) {
          if ((bits >>> capability.number() & 1) != 0) {
            set.add(capability);
          }
        }
      }
    }
    return set;
  }
}
