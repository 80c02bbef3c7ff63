package io.jcontainer;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A copy between the host and a container failed. What had been copied before is there, and the
 * message says how much that was; a file is there whole or not at all.
 *
 * @since 0.1.0
 */
public final class CopyFailedException extends ContainerException {
  private static final long serialVersionUID = 1;

  private final transient String path;
  private final transient @Nullable String errno;

  /**
   * Says what failed where.
   *
   * @param message what failed, on which side, and what the user can do
   * @param path the path on the side on which it failed
   * @param errno the name of the error number as in errno(3), or null if the file was refused
   * @param cause the failed call, or null
   */
  public CopyFailedException(
      String message, String path, @Nullable String errno, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path;
    this.errno = errno;
  }

  /**
   * What could not be copied, or could not be made.
   *
   * @return the path on the host or in the container; the message says which
   */
  public String path() {
    return path;
  }

  /**
   * The name of the error number as in errno(3).
   *
   * @return such as {@code ENOSPC}; empty if no call failed, but the file was refused
   */
  public Optional<String> errno() {
    return Optional.ofNullable(errno);
  }
}
