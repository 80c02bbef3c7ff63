package io.jcontainer.images.registry;

/**
 * A registry wants credentials, or others than it was given, or does not let these do what is
 * asked. Many registries say the same of what is not there.
 *
 * @since 0.1.0
 */
public final class RegistryAccessException extends RegistryException {
  private static final long serialVersionUID = 1;

  /**
   * Says what a registry has refused.
   *
   * @param message the request, the answer, and as whom
   * @param status the answer's status, 401 or 403
   */
  public RegistryAccessException(String message, int status) {
    super(message, status);
  }
}
