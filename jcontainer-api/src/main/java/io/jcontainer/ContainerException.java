package io.jcontainer;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that goes wrong here. Its subclasses are what a caller would act on
 * differently; failures of the clean-up are {@linkplain #getSuppressed() suppressed} in the first.
 *
 * @since 0.1.0
 */
public class ContainerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says what went wrong.
   *
   * @param message what, with the operands, and what the user can do
   */
  public ContainerException(String message) {
    super(message);
  }

  /**
   * Says what went wrong, and why.
   *
   * @param message what, with the operands, and what the user can do
   * @param cause the failure below, or null
   */
  public ContainerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
