package io.jcontainer.images;

/**
 * An image, or a part of one, is not where it was looked for.
 *
 * @since 0.1.0
 */
public final class ImageNotFoundException extends ImageException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is not there.
   *
   * @param message what was looked for and where, and what the user can do
   */
  public ImageNotFoundException(String message) {
    super(message);
  }
}
