package io.jcontainer;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What a container may read from and write to one disk in a second: io.max of cgroup v2, and
 * blkio.throttle of v1. Version 1 counts only what goes to the disk at once, by direct or
 * synchronous input and output: most writes go through the page cache, and are not held there.
 *
 * @param device the block device of the host, such as {@code /dev/sda}: a whole disk, for the
 *     kernel does not limit partitions
 * @param readBps bytes in a second, more than 0, or {@link CgroupLimits#UNLIMITED}; empty to leave
 *     it as it is
 * @param writeBps the same for writing
 * @param readIops operations in a second, the same
 * @param writeIops the same for writing
 * @since 0.1.0
 */
public record IoLimit(
    Path device,
    OptionalLong readBps,
    OptionalLong writeBps,
    OptionalLong readIops,
    OptionalLong writeIops) {

  /**
   * Checks that something is limited, and that nothing is 0 or less.
   *
   * @param device an absolute path
   * @param readBps bytes in a second
   * @param writeBps bytes in a second
   * @param readIops operations in a second
   * @param writeIops operations in a second
   * @throws InvalidSpecException if it is not so
   */
  public IoLimit {
    if (!device.isAbsolute()) {
      throw new InvalidSpecException("limits.io", device + " is not an absolute path");
    }
    boolean any = false;
    for (OptionalLong rate : new OptionalLong[] {readBps, writeBps, readIops, writeIops}) {
      any |= rate.isPresent();
      if (rate.isPresent() && rate.getAsLong() <= 0) {
        throw new InvalidSpecException(
            "limits.io", rate.getAsLong() + " in a second of " + device + " is not more than zero");
      }
    }
    if (!any) {
      throw new InvalidSpecException("limits.io", "nothing of " + device + " is limited");
    }
  }

  /**
   * Limits what is read.
   *
   * @param device the block device of the host, an absolute path
   * @param bytes in a second, more than 0
   * @return the limit
   */
  public static IoLimit readBps(Path device, long bytes) {
    return new IoLimit(device, OptionalLong.of(bytes), none(), none(), none());
  }

  /**
   * Limits what is written.
   *
   * @param device the block device of the host, an absolute path
   * @param bytes in a second, more than 0
   * @return the limit
   */
  public static IoLimit writeBps(Path device, long bytes) {
    return new IoLimit(device, none(), OptionalLong.of(bytes), none(), none());
  }

  /**
   * Limits how often is read.
   *
   * @param device the block device of the host, an absolute path
   * @param operations in a second, more than 0
   * @return the limit
   */
  public static IoLimit readIops(Path device, long operations) {
    return new IoLimit(device, none(), none(), OptionalLong.of(operations), none());
  }

  /**
   * Limits how often is written.
   *
   * @param device the block device of the host, an absolute path
   * @param operations in a second, more than 0
   * @return the limit
   */
  public static IoLimit writeIops(Path device, long operations) {
    return new IoLimit(device, none(), none(), none(), OptionalLong.of(operations));
  }

  /**
   * This limit, and what another one of the same device says that this does not.
   *
   * @param other of the same device
   * @return both as one
   * @throws InvalidSpecException if it is of another device, or both limit the same
   */
  public IoLimit and(IoLimit other) {
    if (!device.equals(other.device)) {
      throw new InvalidSpecException(
          "limits.io", device + " and " + other.device + " are not the same device");
    }
    return new IoLimit(
        device,
        either(readBps, other.readBps),
        either(writeBps, other.writeBps),
        either(readIops, other.readIops),
        either(writeIops, other.writeIops));
  }

  private OptionalLong either(OptionalLong mine, OptionalLong others) {
    if (mine.isPresent() && others.isPresent()) {
      throw new InvalidSpecException(
          "limits.io",
          "%s has two limits of the same: %d and %d"
              .formatted(device, mine.getAsLong(), others.getAsLong()));
    }
    return mine.isPresent() ? mine : others;
  }

  private static OptionalLong none() {
    return OptionalLong.empty();
  }

  /** As it is logged, such as {@code readBps 1048576 of /dev/sda}. */
  @Override
  public String toString() {
    return text("readBps", readBps)
        + text("writeBps", writeBps)
        + text("readIops", readIops)
        + text("writeIops", writeIops)
        + "of "
        + device;
  }

  private static String text(String name, OptionalLong rate) {
    return rate.isPresent() ? name + " " + rate.getAsLong() + " " : "";
  }
}
