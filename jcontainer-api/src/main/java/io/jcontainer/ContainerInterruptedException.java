package io.jcontainer;

/**
 * The calling thread was interrupted while it waited. Its interrupt status is set again.
 *
 * @since 0.1.0
 */
public final class ContainerInterruptedException extends ContainerException {
  private static final long serialVersionUID = 1;

  /**
   * Says what was waited for.
   *
   * @param message what was waited for
   * @param cause the interruption
   */
  public ContainerInterruptedException(String message, InterruptedException cause) {
    super(message, cause);
  }
}
