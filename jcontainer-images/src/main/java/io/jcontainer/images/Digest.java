package io.jcontainer.images;

import io.jcontainer.images.json.Text;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What a blob is known by: the hash of its bytes, as in {@code sha256:} and 64 hexadecimal digits.
 * A value of this type has the one form that the algorithm allows, so that it can be used as the
 * name of a file or in a request. Source: the OCI image specification, descriptor.md.
 *
 * @param algorithm how it was computed
 * @param hex the hash in lower-case hexadecimal digits, as many as the algorithm has
 * @since 0.1.0
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {

  /** The algorithms that the specification registers. */
  public enum Algorithm {
    /** SHA-256, which nearly all images have. */
    SHA256("sha256", "SHA-256", 64),
    /** SHA-512. */
    SHA512("sha512", "SHA-512", 128);

    private final String id;
    private final String jcaName;
    private final Pattern form;

    Algorithm(String id, String jcaName, int digits) {
      this.id = id;
      this.jcaName = jcaName;
      this.form = Pattern.compile("[0-9a-f]{" + digits + "}");
    }

    /**
     * Its name in digests.
     *
     * @return such as {@code sha256}
     */
    public String id() {
      return id;
    }

    /**
     * Computes digests of this kind.
     *
     * @return a new one, of no bytes yet
     */
    MessageDigest start() {
      try {
        return MessageDigest.getInstance(jcaName);
      } catch (NoSuchAlgorithmException e) {
        throw new ImageException("this JVM has no " + jcaName, e);
      }
    }
  }

  /**
   * Checks the form.
   *
   * @param algorithm how it was computed
   * @param hex the hash in lower-case hexadecimal digits
   * @throws InvalidImageException if it is of another form or length
   */
  public Digest {
    if (!algorithm.form.matcher(hex).matches()) {
      throw new InvalidImageException(
          "digest: \"%s\" is not what %s gives in lower-case hexadecimal digits"
              .formatted(Text.shown(hex), algorithm.id));
    }
  }

  /**
   * Parses the usual form.
   *
   * @param text such as {@code sha256:} and 64 hexadecimal digits
   * @return the digest
   * @throws InvalidImageException if it is of another form, or of an algorithm that is not known
   */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    for (Algorithm algorithm : Algorithm.values()) {
      if (colon > 0 && text.substring(0, colon).equals(algorithm.id)) {
        return new Digest(algorithm, text.substring(colon + 1));
      }
    }
    throw new InvalidImageException(
        "digest: \"%s\" does not begin with sha256: or sha512:".formatted(Text.shown(text)));
  }

  /**
   * The SHA-256 of bytes.
   *
   * @param bytes any
   * @return their digest
   */
  public static Digest of(byte[] bytes) {
    return of(Algorithm.SHA256, Algorithm.SHA256.start().digest(bytes));
  }

  static Digest of(Algorithm algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  /** The usual form, which {@link #parse} takes. */
  @Override
  public String toString() {
    return algorithm.id + ":" + hex;
  }
}
