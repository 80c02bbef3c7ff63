package io.jcontainer.linux.cgroup;

import io.jcontainer.InvalidSpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The numbers of block devices, for limits of what is read and written. */
final class Disks {
  private static final String LIMIT = "limits.io";
  private static final int S_IFMT = 0170000;
  private static final int S_IFBLK = 0060000;

  private Disks() {}

  /**
   * The number of a whole disk, which is not opened.
   *
   * @param device its node, or a link to it
   * @return such as {@code 8:0}
   * @throws InvalidSpecException if it is none, or not there
   */
  static String number(Path device) {
    return number(device, Path.of("/sys/dev/block"));
  }

  /** The same with another directory of links from numbers to the devices of sysfs(5). */
  static String number(Path device, Path numbers) {
    Map<String, Object> stat;
    try {
      stat = Files.readAttributes(device, "unix:mode,rdev");
    } catch (NoSuchFileException e) {
      throw wrong(device + " is not there", e);
    } catch (IOException e) {
      throw wrong(device + " cannot be looked at: " + e.getMessage(), e);
    }
    int mode = (Integer) Objects.requireNonNull(stat.get("mode"));
    if ((mode & S_IFMT) != S_IFBLK) {
      throw wrong(device + " is no block device", null);
    }
    return whole(device, text((Long) Objects.requireNonNull(stat.get("rdev"))), numbers);
  }

  /** makedev(3): the upper bits of both numbers came later, and lie above the lower ones. */
  static String text(long rdev) {
    long major = (rdev >>> 8 & 0xfff) | (rdev >>> 32 & 0xfffff000L);
    long minor = (rdev & 0xff) | (rdev >>> 12 & 0xffffff00L);
    return major + ":" + minor;
  }

  /** The directory of a partition is in that of its disk. */
  static String whole(Path device, String number, Path numbers) {
    Path partition = numbers.resolve(number);
    if (!Files.exists(partition.resolve("partition"))) {
      return number;
    }
    String disk;
    try {
      disk =
          String.valueOf(Objects.requireNonNull(partition.toRealPath().getParent()).getFileName());
    } catch (IOException e) {
      throw wrong("the disk of " + device + " cannot be found: " + e.getMessage(), e);
    }
    throw wrong(
        "%s is a partition, and the kernel limits whole disks: /dev/%s".formatted(device, disk),
        null);
  }

  private static InvalidSpecException wrong(String problem, @Nullable Throwable cause) {
    InvalidSpecException wrong = new InvalidSpecException(LIMIT, problem);
    if (cause != null) {
      wrong.initCause(cause);
    }
    return wrong;
  }
}
