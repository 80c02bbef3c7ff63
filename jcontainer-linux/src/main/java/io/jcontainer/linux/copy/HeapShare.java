package io.jcontainer.linux.copy;

/**
 * How much of the heap may be taken by what somebody else decides on, such as names that a
 * container has made. For one thread.
 */
public final class HeapShare {
  private static final int PART = 3;

  private final long most;
  private long taken;

  HeapShare(long most) {
    this.most = most;
  }

  /** A third of the heap. */
  public static HeapShare third() {
    return new HeapShare(Runtime.getRuntime().maxMemory() / PART);
  }

  /** No less than is asked for: of what the caller has made. */
  static HeapShare all() {
    return new HeapShare(Long.MAX_VALUE);
  }

  /**
   * Some more.
   *
   * @throws ExceededException if that is too much
   */
  public void take(long bytes) {
    taken += bytes;
    if (taken > most) {
      throw new ExceededException(
          "what has to be remembered takes more than %d bytes, which is a third of the heap: see java -Xmx"
              .formatted(most));
    }
  }

  /** It is remembered no more. */
  void give(long bytes) {
    taken -= bytes;
  }

  /** There is too much to be remembered. */
  public static final class ExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ExceededException(String why) {
      super(why);
    }
  }
}
