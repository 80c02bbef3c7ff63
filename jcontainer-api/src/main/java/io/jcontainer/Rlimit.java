package io.jcontainer;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A resource limit of a process: getrlimit(2). It is inherited by what the process starts.
 *
 * @param resource what is limited
 * @param soft what counts now; a process may raise it up to {@code hard}
 * @param hard what the process may lower, but not raise; at least {@code soft}
 * @since 0.1.0
 */
public record Rlimit(Resource resource, long soft, long hard) {
  /** No limit. */
  public static final long UNLIMITED = -1;

  private static final Pattern FORM =
      Pattern.compile("([a-z]+)=(-1|unlimited|[0-9]{1,19})(?::(-1|unlimited|[0-9]{1,19}))?");

  /** What can be limited, in the order of the kernel's numbers. */
  public enum Resource {
    /** Processor time in seconds. */
    CPU,
    /** Size of a file in bytes. */
    FSIZE,
    /** Size of data segments in bytes. */
    DATA,
    /** Size of the stack in bytes. */
    STACK,
    /** Size of a core file in bytes. */
    CORE,
    /** Resident memory: not enforced by Linux. */
    RSS,
    /** Processes and threads of the process's user, in all containers with the same ids. */
    NPROC,
    /** One more than the highest number of a descriptor. */
    NOFILE,
    /** Locked memory in bytes. */
    MEMLOCK,
    /** Address space in bytes. */
    AS,
    /** File locks: not enforced by Linux. */
    LOCKS,
    /** Pending signals of the process's user. */
    SIGPENDING,
    /** Bytes in POSIX message queues of the process's user. */
    MSGQUEUE,
    /** How far the nice value may be lowered: to 20 minus this. */
    NICE,
    /** The highest real-time priority. */
    RTPRIO,
    /** Real-time processor time without a pause, in microseconds. */
    RTTIME;

    /**
     * The kernel's number.
     *
     * @return from 0 to 15
     */
    @SuppressWarnings("EnumOrdinal") // KernelHeadersTest compares them
    public int number() {
      return ordinal();
    }

    /** Docker's name, such as {@code nofile}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks that the limits are at least 0, or {@link #UNLIMITED}, and in order.
   *
   * @param resource what is limited
   * @param soft what counts now
   * @param hard what cannot be raised
   * @throws InvalidSpecException if they are not
   */
  public Rlimit {
    if (soft < UNLIMITED || hard < UNLIMITED || Long.compareUnsigned(soft, hard) > 0) {
      throw new InvalidSpecException(
          "rlimits",
          "%s=%d:%d is negative, or the soft limit is above the hard one"
              .formatted(resource, soft, hard));
    }
  }

  /**
   * The same value as soft and as hard limit.
   *
   * @param resource what is limited
   * @param limit at least 0, or {@link #UNLIMITED}
   * @return the limit
   * @throws InvalidSpecException if it is less
   */
  public static Rlimit of(Resource resource, long limit) {
    return new Rlimit(resource, limit, limit);
  }

  /**
   * Parses what Docker's {@code --ulimit} takes: {@code resource=soft} or {@code
   * resource=soft:hard}; {@code -1} and {@code unlimited} are no limit.
   *
   * @param text such as {@code nofile=1024:2048}
   * @return the limit
   * @throws InvalidSpecException if it is of another form
   */
  public static Rlimit parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidSpecException(
          "rlimits", "\"" + text + "\" is not of the form resource=soft or resource=soft:hard");
    }
    long soft = number(matcher.group(2), text);
    long hard = matcher.group(3) == null ? soft : number(matcher.group(3), text);
    return new Rlimit(resource(matcher.group(1)), soft, hard);
  }

  private static Resource resource(String name) {
    for (Resource resource : Resource.values()) {
      if (resource.toString().equals(name)) {
        return resource;
      }
    }
    throw new InvalidSpecException("rlimits", "\"" + name + "\" is no resource of getrlimit(2)");
  }

  private static long number(String text, String all) {
    if (text.equals("unlimited")) {
      return UNLIMITED;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidSpecException("rlimits", "a number in \"" + all + "\" is above 2^63-1");
    }
  }

  /** As {@link #parse} takes it. */
  @Override
  public String toString() {
    return resource + "=" + soft + ":" + hard;
  }
}
