package io.jcontainer;

/**
 * The description of a container is wrong, whatever the host. Thrown before anything is made.
 *
 * @since 0.1.0
 */
public final class InvalidSpecException extends ContainerException {
  private static final long serialVersionUID = 1;

  private final transient String field;

  /**
   * Names the field and what is wrong with it.
   *
   * @param field the builder's option, such as {@code hostname}
   * @param problem what is wrong with it, with the value
   */
  public InvalidSpecException(String field, String problem) {
    super(field + ": " + problem);
    this.field = field;
  }

  /**
   * The builder's option that is wrong.
   *
   * @return its name, such as {@code hostname}
   */
  public String field() {
    return field;
  }
}
