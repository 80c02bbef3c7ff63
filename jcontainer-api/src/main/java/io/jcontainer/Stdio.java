package io.jcontainer;

/**
 * Where one of the standard streams of a container's first process leads.
 *
 * @since 0.1.0
 */
public enum Stdio {
  /**
   * To the JVM: {@link Container#stdin()}, {@link Container#stdout()}, {@link Container#stderr()}.
   */
  PIPE,
  /** To wherever the JVM's own stream leads. */
  INHERIT,
  /** To {@code /dev/null}: input is empty, output is thrown away. */
  NULL
}
