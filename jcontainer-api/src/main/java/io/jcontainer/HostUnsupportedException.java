package io.jcontainer;

import org.jspecify.annotations.Nullable;

/**
 * The description is right, but this host, or this user on it, cannot do what it asks for. Nothing
 * is ever left out silently instead.
 *
 * @since 0.1.0
 */
public final class HostUnsupportedException extends ContainerException {
  private static final long serialVersionUID = 1;

  private final transient String feature;

  /**
   * Names the feature, why it is missing, and the cure.
   *
   * @param feature what cannot be had, such as {@code user namespace}
   * @param reason why, and what the user or the administrator can do
   * @param cause the failed call, or null
   */
  public HostUnsupportedException(String feature, String reason, @Nullable Throwable cause) {
    super(feature + " cannot be had here: " + reason, cause);
    this.feature = feature;
  }

  /**
   * What cannot be had.
   *
   * @return the feature's name, such as {@code user namespace}
   */
  public String feature() {
    return feature;
  }
}
