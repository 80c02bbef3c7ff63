package io.jcontainer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who runs a process, by the container's own names or numbers. Names are looked up in the {@code
 * /etc/passwd} and {@code /etc/group} of the container, as its processes see them, when it starts;
 * a number is never taken for a name.
 *
 * <p>What is not said follows Docker: a user without a group has the group of its line in {@code
 * /etc/passwd}, and all groups that name it in {@code /etc/group}; a number that has no line has
 * the group 0. HOME, if the environment has none, is that of the line.
 *
 * <p>root, and numbers for both user and group, are not looked up, and cost no time.
 *
 * @param user a name, or a decimal number from 0 to 4294967294
 * @param group the same for the group, or null for what the user brings
 * @since 0.1.0
 */
public record User(String user, @Nullable String group) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}\\$?");
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,9}");

  /** 2^32-1 means "no id" to the kernel. */
  private static final long MAX_ID = 0xFFFF_FFFEL;

  private static final User ROOT = new User("root", null);

  /**
   * Checks both.
   *
   * @param user a name, or a decimal number from 0 to 4294967294
   * @param group the same for the group, or null for what the user brings
   * @throws InvalidSpecException if one is neither a name nor such a number
   */
  public User {
    check("user", user);
    if (group != null) {
      check("user", group);
    }
  }

  /**
   * The container's root: 0, with the group 0 and no other.
   *
   * @return the default
   */
  public static User root() {
    return ROOT;
  }

  /**
   * A user and group by their numbers in the container.
   *
   * @param uid from 0 to 4294967294
   * @param gid the same
   * @return the user
   * @throws InvalidSpecException if a number is outside of that
   */
  public static User of(long uid, long gid) {
    return new User(Long.toString(uid), Long.toString(gid));
  }

  /**
   * Parses what Docker's {@code --user} takes: {@code user} or {@code user:group}, each a name or a
   * number. Numbers are decimal, without sign and leading zeros. Names are a letter or underscore,
   * then at most 31 letters, digits, {@code _}, {@code .} and {@code -}, then perhaps a {@code $}.
   *
   * @param text such as {@code www-data} or {@code 1000:100}
   * @return the user
   * @throws InvalidSpecException if it is of another form
   */
  public static User parse(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? new User(text, null)
        : new User(text.substring(0, colon), text.substring(colon + 1));
  }

  /** Checks that a text is a name, or the number of a user or group. */
  static void check(String field, String text) {
    Matcher number = NUMBER.matcher(text);
    if (number.matches() ? Long.parseLong(text) > MAX_ID : !NAME.matcher(text).matches()) {
      throw new InvalidSpecException(
          field,
          "\""
              + text.replaceAll("[^ -~]", "?")
              + "\" is neither a name nor a decimal number from 0 to 4294967294");
    }
  }

  /** As {@link #parse} takes it. */
  @Override
  public String toString() {
    return group == null ? user : user + ":" + group;
  }
}
