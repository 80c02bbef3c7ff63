package io.jcontainer.linux.probe;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Kernel settings below /proc/sys: sysctl(8). */
final class Sysctl {
  private Sysctl() {}

  /**
   * The value of a setting such as {@code kernel/cap_last_cap}.
   *
   * @throws IOException if this kernel does not have it
   */
  static String read(String name) throws IOException {
    // In one read(2): these files end at the second, and Files.readString begins with one byte.
    try (InputStream file = new FileInputStream("/proc/sys/" + name)) {
      return new String(file.readNBytes(4096), StandardCharsets.US_ASCII).strip();
    }
  }
}
