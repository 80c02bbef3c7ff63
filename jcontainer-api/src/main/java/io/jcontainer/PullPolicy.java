package io.jcontainer;

/**
 * When an image is fetched from its registry. Source: docker-run(1), {@code --pull}.
 *
 * @since 0.1.0
 */
public enum PullPolicy {
  /**
   * The registry is asked each time whether the name leads to another image by now; what is here
   * already is not fetched again. Without the registry the start fails.
   */
  ALWAYS,

  /**
   * Only if there is no image of this name here; the default. One for several platforms, of which
   * that for this machine is not here, is fetched, too.
   */
  MISSING,

  /** Not at all: the image must be here. */
  NEVER
}
