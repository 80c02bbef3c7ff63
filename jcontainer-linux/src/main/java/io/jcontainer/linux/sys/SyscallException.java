package io.jcontainer.linux.sys;

/** A system call of the JVM failed. */
public final class SyscallException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String call;
  private final Errno errno;

  /**
   * Names the call and its error.
   *
   * @param call the call with its operands, as strace would print it
   * @param errno why it failed
   */
  public SyscallException(String call, Errno errno) {
    super(call + ": " + errno.message() + " (" + errno + ")");
    this.call = call;
    this.errno = errno;
  }

  /** The call with its operands. */
  public String call() {
    return call;
  }

  /** Why it failed. */
  public Errno errno() {
    return errno;
  }
}
