package io.jcontainer.images.registry;

import io.jcontainer.images.ImageException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A registry cannot be reached, does not go on, refuses what is asked, or answers what no registry
 * may answer. What the store had before is as it was.
 *
 * @since 0.1.0
 */
public class RegistryException extends ImageException {
  private static final long serialVersionUID = 1;

  /** HTTP's status, or 0 if there was no answer. */
  private final int status;

  /**
   * Says what could not be done.
   *
   * @param message the request, what came of it, and what the user can do
   * @param cause the failure below, or null
   */
  public RegistryException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = 0;
  }

  /**
   * Says what a registry has answered.
   *
   * @param message the request and the answer, and what the user can do
   * @param status the answer's status
   */
  public RegistryException(String message, int status) {
    super(message);
    this.status = status;
  }

  /**
   * The status of the answer that is the reason.
   *
   * @return such as 503; empty if there was none
   */
  public OptionalInt status() {
    return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
  }
}
