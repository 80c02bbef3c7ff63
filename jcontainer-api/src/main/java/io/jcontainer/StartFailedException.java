package io.jcontainer;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A step of the {@link LaunchPlan} failed; the container was never there, and nothing of it is
 * left.
 *
 * @since 0.1.0
 */
public final class StartFailedException extends ContainerException {
  private static final long serialVersionUID = 1;

  private final transient LaunchPlan.Step step;
  private final transient String errno;
  private final transient @Nullable String hint;

  /**
   * Names the step, its errno, and what the user can do.
   *
   * @param step the step that failed
   * @param errno the name of its error number as in errno(3), such as {@code ENOENT}
   * @param message the text of that error number
   * @param hint what the user can do, or null if nothing is known
   * @param cause the failed call if it was made by the JVM, or null
   */
  public StartFailedException(
      LaunchPlan.Step step,
      String errno,
      String message,
      @Nullable String hint,
      @Nullable Throwable cause) {
    super(
        "start failed: %s: %s (%s)%s"
                .formatted(step.call(), message, errno, hint == null ? "" : ". " + hint)
            + "\n  step: "
            + step,
        cause);
    this.step = step;
    this.errno = errno;
    this.hint = hint;
  }

  /**
   * The step that failed.
   *
   * @return one of the plan's steps
   */
  public LaunchPlan.Step step() {
    return step;
  }

  /**
   * The name of the error number as in errno(3).
   *
   * @return such as {@code ENOENT}
   */
  public String errno() {
    return errno;
  }

  /**
   * What the user can do.
   *
   * @return a sentence, or empty if nothing is known
   */
  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }
}
