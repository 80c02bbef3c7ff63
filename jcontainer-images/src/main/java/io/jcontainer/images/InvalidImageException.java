package io.jcontainer.images;

import org.jspecify.annotations.Nullable;

/**
 * An image, or a part of one, is not what it has to be: damaged, truncated, too large, of another
 * kind than it says, or made to do harm. To try again with the same bytes is of no use.
 *
 * @since 0.1.0
 */
public final class InvalidImageException extends ImageException {
  private static final long serialVersionUID = 1;

  /**
   * Names the part and what is wrong with it.
   *
   * @param message the part, such as {@code manifest: layers[0].size}, and what is wrong with it
   */
  public InvalidImageException(String message) {
    super(message);
  }

  /**
   * Names the part, what is wrong with it, and how that was noticed.
   *
   * @param message the part, and what is wrong with it
   * @param cause the failure below, or null
   */
  public InvalidImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
