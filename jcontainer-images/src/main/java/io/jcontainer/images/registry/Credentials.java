package io.jcontainer.images.registry;

import io.jcontainer.InvalidSpecException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Who one is to a registry: a user's name with a password or an access token, or an identity token,
 * which some registries give in exchange for a password.
 *
 * @since 0.1.0
 */
public final class Credentials {
  /** What Docker has for a name where the secret is an identity token. */
  static final String TOKEN_USER = "<token>";

  private final String user;
  private final String secret;

  private Credentials(String user, String secret) {
    this.user = user;
    this.secret = secret;
  }

  /**
   * A user.
   *
   * @param user the name; without a colon, which no registry could tell from the password
   * @param secret a password or an access token
   * @return the credentials
   * @throws InvalidSpecException if the name is empty or has a colon, or one of them a control
   *     character
   */
  public static Credentials of(String user, String secret) {
    if (user.isEmpty() || user.indexOf(':') >= 0) {
      throw new InvalidSpecException("user", "must not be empty, and has no colon");
    }
    check("user", user);
    check("password", secret);
    return new Credentials(user, secret);
  }

  /**
   * An identity token.
   *
   * @param token the token, which is sent only to where the registry has its tokens from
   * @return the credentials
   * @throws InvalidSpecException if it is empty or has a control character
   */
  public static Credentials identityToken(String token) {
    if (token.isEmpty()) {
      throw new InvalidSpecException("token", "must not be empty");
    }
    check("token", token);
    return new Credentials(TOKEN_USER, token);
  }

  private static void check(String field, String text) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new InvalidSpecException(field, "has a control character");
    }
  }

  /**
   * The user's name.
   *
   * @return empty if this is an identity token
   */
  public Optional<String> user() {
    return isToken() ? Optional.empty() : Optional.of(user);
  }

  boolean isToken() {
    return user.equals(TOKEN_USER);
  }

  String secret() {
    return secret;
  }

  /** The name and the password as RFC 7617 has them. */
  String basic() {
    byte[] bytes = (user + ":" + secret).getBytes(StandardCharsets.UTF_8);
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Credentials that
        && user.equals(that.user)
        && secret.equals(that.secret);
  }

  @Override
  public int hashCode() {
    return 31 * user.hashCode() + secret.hashCode();
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return isToken() ? "an identity token" : "user " + user;
  }
}
