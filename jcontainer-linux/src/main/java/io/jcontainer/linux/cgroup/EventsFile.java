package io.jcontainer.linux.cgroup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The file cgroup.events of v2, whose changes the kernel tells to who waits for them. */
final class EventsFile {
  static final String NAME = "cgroup.events";

  private static final int O_RDONLY = 0;

  /**
   * How long to wait at once. The kernel tells of changes not more often than every 10 ms, and if
   * somebody removes the cgroup before it has told of the last one, it tells of nothing any more:
   * cgroup_file_notify() and cgroup_rm_file() of kernel/cgroup/cgroup.c.
   */
  private static final int LOOK_AGAIN_MILLIS = 20;

  /** It has two short lines. */
  private static final int SIZE = 4096;

  private final Kernel kernel;
  private final Path file;

  EventsFile(Kernel kernel, Path directory) {
    this.kernel = kernel;
    this.file = directory.resolve(NAME);
  }

  /**
   * Waits until it has a line.
   *
   * @param line such as {@code populated 0}
   * @param deadline of System.nanoTime()
   * @return whether it has
   */
  boolean await(String line, long deadline) {
    try (Fd fd = kernel.open(file.toString(), O_RDONLY);
        NativeBuffer buffer = kernel.buffer(SIZE)) {
      while (!read(fd, buffer).lines().anyMatch(line::equals)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        // What has changed since it was read by this descriptor makes it return at once.
        kernel.awaitChange(
            fd, (int) Math.min(LOOK_AGAIN_MILLIS, TimeUnit.NANOSECONDS.toMillis(left) + 1));
      }
      return true;
    }
  }

  private String read(Fd fd, NativeBuffer buffer) {
    byte[] bytes = new byte[kernel.readAt(fd, buffer, SIZE, 0)];
    buffer.get(bytes, 0, bytes.length);
    return new String(bytes, US_ASCII);
  }
}
