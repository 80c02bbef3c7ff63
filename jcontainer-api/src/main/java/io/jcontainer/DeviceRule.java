package io.jcontainer;

import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Devices that a container may use, by their numbers: the devices controller of cgroup v1, and a
 * BPF program on v2. It counts wherever the device node lies; the node is there by {@link Mount}
 * only.
 *
 * @param type what kind of devices; with {@link Type#ALL} the numbers are empty
 * @param major the driver's number, from 0 to 4,095; empty for all
 * @param minor the device's number, from 0 to 1,048,575; empty for all
 * @param read whether it may be opened for reading
 * @param write whether it may be opened for writing
 * @param mknod whether a node of it may be made, mknod(2)
 * @since 0.1.0
 */
public record DeviceRule(
    Type type, OptionalLong major, OptionalLong minor, boolean read, boolean write, boolean mknod) {
  private static final Pattern FORM =
      Pattern.compile("([abc])(?: (\\*|[0-9]{1,7}):(\\*|[0-9]{1,7}))? ([rwm]{1,3})");

  /** MINORBITS of the kernel is 20, so 12 bits of 32 are left for the major number. */
  private static final long HIGHEST_MAJOR = (1 << 12) - 1;

  private static final long HIGHEST_MINOR = (1 << 20) - 1;

  /** What kind of devices. */
  public enum Type {
    /** Character devices. */
    CHAR,
    /** Block devices. */
    BLOCK,
    /** Both, and all of them. */
    ALL
  }

  /**
   * Checks the numbers.
   *
   * @param type what kind of devices
   * @param major the driver's number
   * @param minor the device's number
   * @param read whether it may be opened for reading
   * @param write whether it may be opened for writing
   * @param mknod whether a node of it may be made
   * @throws InvalidSpecException if a number is out of range, or given for all devices, or nothing
   *     is allowed
   */
  public DeviceRule {
    number("major", major, HIGHEST_MAJOR);
    number("minor", minor, HIGHEST_MINOR);
    if (type == Type.ALL && (major.isPresent() || minor.isPresent())) {
      throw wrong("a rule for devices of both types has no numbers");
    }
    if (!read && !write && !mknod) {
      throw wrong("a rule allows reading, writing or mknod, or more than one of them");
    }
  }

  /**
   * What every container of Docker and the OCI's runtimes may use: null, zero, full, random,
   * urandom, tty, ptmx and the pseudo-terminals; and it may make nodes of all devices, but not open
   * these.
   *
   * @return the rules
   */
  public static List<DeviceRule> usual() {
    return List.of(
        parse("c *:* m"),
        parse("b *:* m"),
        parse("c 1:3 rwm"),
        parse("c 1:5 rwm"),
        parse("c 1:7 rwm"),
        parse("c 1:8 rwm"),
        parse("c 1:9 rwm"),
        parse("c 5:0 rwm"),
        parse("c 5:2 rwm"),
        parse("c 136:* rwm"));
  }

  /**
   * Parses what the kernel's {@code devices.allow} and Docker's {@code --device-cgroup-rule} take:
   * {@code a}, {@code b} or {@code c}, the two numbers or {@code *}, and some of {@code r}, {@code
   * w} and {@code m}.
   *
   * @param text such as {@code c 1:3 rwm}
   * @return the rule
   * @throws InvalidSpecException if it is of another form
   */
  public static DeviceRule parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || (matcher.group(2) == null && !text.startsWith("a"))) {
      throw wrong("\"" + text + "\" is not of the form \"c 1:3 rwm\"");
    }
    String access = matcher.group(4);
    if (access.chars().distinct().count() < access.length()) {
      throw wrong("a letter twice in \"" + text + "\"");
    }
    return new DeviceRule(
        switch (text.charAt(0)) {
          case 'c' -> Type.CHAR;
          case 'b' -> Type.BLOCK;
          default -> Type.ALL;
        },
        parsed(matcher.group(2)),
        parsed(matcher.group(3)),
        access.contains("r"),
        access.contains("w"),
        access.contains("m"));
  }

  private static OptionalLong parsed(@Nullable String number) {
    return number == null || number.equals("*")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(number));
  }

  private static void number(String name, OptionalLong number, long highest) {
    if (number.isPresent() && (number.getAsLong() < 0 || number.getAsLong() > highest)) {
      throw wrong(name + " " + number.getAsLong() + " is not from 0 to " + highest);
    }
  }

  private static InvalidSpecException wrong(String problem) {
    return new InvalidSpecException("limits.devices", problem);
  }

  /** As {@link #parse} and the kernel take it. */
  @Override
  public String toString() {
    String letter =
        switch (type) {
          case CHAR -> "c";
          case BLOCK -> "b";
          case ALL -> "a";
        };
    return letter
        + " "
        + text(major)
        + ":"
        + text(minor)
        + " "
        + (read ? "r" : "")
        + (write ? "w" : "")
        + (mknod ? "m" : "");
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "*";
  }
}
