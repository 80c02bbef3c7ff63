package io.jcontainer.images;

import io.jcontainer.ContainerException;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of an image or a store could not be done: a file cannot be read or written, the
 * disk is full. What the store had before is as it was.
 *
 * @since 0.1.0
 */
public class ImageException extends ContainerException {
  private static final long serialVersionUID = 1;

  /**
   * Says what could not be done.
   *
   * @param message what, with the operands, and what the user can do
   */
  public ImageException(String message) {
    super(message);
  }

  /**
   * Says what could not be done, and why.
   *
   * @param message what, with the operands, and what the user can do
   * @param cause the failure below, or null
   */
  public ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
