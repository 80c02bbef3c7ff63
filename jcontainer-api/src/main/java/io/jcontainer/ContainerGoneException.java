package io.jcontainer;

/**
 * What was asked of a container or a runtime needs it alive, and it no longer is.
 *
 * @since 0.1.0
 */
public final class ContainerGoneException extends ContainerException {
  private static final long serialVersionUID = 1;

  /**
   * Says which one is gone.
   *
   * @param message which, and what was asked of it
   */
  public ContainerGoneException(String message) {
    super(message);
  }
}
