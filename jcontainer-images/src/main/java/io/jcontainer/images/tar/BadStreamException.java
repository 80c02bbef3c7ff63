package io.jcontainer.images.tar;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The bytes are not what they have to be; nothing is wrong with the disk or the line. */
public final class BadStreamException extends IOException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong with them. */
  public BadStreamException(String message) {
    super(message);
  }

  /** Says what is wrong with them, and how that was noticed. */
  public BadStreamException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
