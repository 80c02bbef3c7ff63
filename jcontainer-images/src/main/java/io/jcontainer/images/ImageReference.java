package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Text;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image, read as Docker reads it: {@code alpine} is {@code
 * docker.io/library/alpine:latest}. The first part is a registry if it has a dot, a colon or an
 * upper-case letter, or is {@code localhost}; otherwise it is part of a name at Docker Hub.
 *
 * @param domain the registry: a host or an address, with a port if it needs one, at most 255
 *     characters
 * @param path what the repository is called there, at most 255 characters
 * @param tag which of its images, at most 128 characters
 * @param digest exactly which; then the tag says nothing
 * @since 0.1.0
 */
public record ImageReference(
    String domain, String path, Optional<String> tag, Optional<Digest> digest) {
  private static final String HUB = "docker.io";
  private static final String OLD_HUB = "index.docker.io";
  private static final String OFFICIAL = "library/";
  private static final int LONGEST = 255;

  private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
  private static final Pattern DOMAIN =
      Pattern.compile("(?:%1$s(?:\\.%1$s)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?".formatted(LABEL));
  private static final String WORD = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
  private static final Pattern PATH = Pattern.compile("%1$s(?:/%1$s)*".formatted(WORD));
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern ID = Pattern.compile("[a-f0-9]{64}");

  /**
   * Checks the parts.
   *
   * @param domain the registry
   * @param path what the repository is called there
   * @param tag which of its images
   * @param digest exactly which
   * @throws InvalidSpecException if a part is of another form
   */
  public ImageReference {
    if (domain.length() > LONGEST || !DOMAIN.matcher(domain).matches()) {
      throw wrong("\"%s\" is no host or address of a registry", domain);
    }
    if (path.length() > LONGEST) {
      throw wrong("\"%s\" is a name of more than 255 characters", path);
    }
    if (!path.equals(path.toLowerCase(Locale.ROOT))) {
      throw wrong("\"%s\" has upper-case letters, which names of repositories have not", path);
    }
    if (!PATH.matcher(path).matches()) {
      throw wrong(
          "\"%s\" is no name of a repository: words of a to z and 0 to 9, between which there may be"
              + " a dot, one or two underscores, or dashes, and slashes between the parts",
          path);
    }
    tag.ifPresent(ImageReference::check);
  }

  private static void check(String tag) {
    if (!TAG.matcher(tag).matches()) {
      throw wrong(
          "\"%s\" is no tag: up to 128 letters, digits, underscores, and, but not first, dots and"
              + " dashes",
          tag);
    }
  }

  private static InvalidSpecException wrong(String problem, String text) {
    return new InvalidSpecException("image", problem.formatted(Text.shown(text)));
  }

  /**
   * Parses what Docker takes. Without a tag and a digest, the tag is {@code latest}.
   *
   * @param text such as {@code alpine:3.20}, {@code localhost:5000/a/b}, or {@code name@sha256:...}
   * @return the name in full
   * @throws InvalidSpecException if it is none, with what is wrong; a bare id of 64 digits is none
   */
  public static ImageReference parse(String text) {
    if (ID.matcher(text).matches()) {
      throw wrong("\"%s\" is an id, not a name", text);
    }
    int slash = text.indexOf('/');
    String first = slash < 0 ? "" : text.substring(0, slash);
    String domain = isDomain(first) ? first : HUB;
    String rest = isDomain(first) ? text.substring(slash + 1) : text;
    if (domain.equals(OLD_HUB)) {
      domain = HUB;
    }

    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Optional.of(digest(rest.substring(at + 1)));
      rest = rest.substring(0, at);
    }
    Optional<String> tag = digest.isPresent() ? Optional.empty() : Optional.of("latest");
    int colon = rest.indexOf(':');
    if (colon >= 0) {
      tag = Optional.of(rest.substring(colon + 1));
      rest = rest.substring(0, colon);
    }
    boolean official = domain.equals(HUB) && rest.indexOf('/') < 0;
    return new ImageReference(domain, official ? OFFICIAL + rest : rest, tag, digest);
  }

  private static boolean isDomain(String first) {
    return first.equals("localhost")
        || first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || !first.equals(first.toLowerCase(Locale.ROOT));
  }

  private static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (InvalidImageException e) {
      throw new InvalidSpecException("image", String.valueOf(e.getMessage()));
    }
  }

  /**
   * The repository in full.
   *
   * @return such as {@code docker.io/library/alpine}
   */
  public String repository() {
    return domain + "/" + path;
  }

  /**
   * The same with another tag, and without a digest.
   *
   * @param changed the tag
   * @return a copy
   * @throws InvalidSpecException if it is no tag
   */
  public ImageReference withTag(String changed) {
    return new ImageReference(domain, path, Optional.of(changed), Optional.empty());
  }

  /**
   * The same with a digest, and without a tag.
   *
   * @param changed the digest
   * @return a copy
   */
  public ImageReference withDigest(Digest changed) {
    return new ImageReference(domain, path, Optional.empty(), Optional.of(changed));
  }

  /**
   * The name as short as Docker shows it.
   *
   * @return such as {@code alpine:latest}, which {@link #parse} reads as the same name
   */
  public String familiar() {
    int slash = path.indexOf('/');
    if (!domain.equals(HUB) || (slash > 0 && isDomain(path.substring(0, slash)))) {
      return toString();
    }
    boolean official = path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0;
    return (official ? path.substring(OFFICIAL.length()) : path) + suffix();
  }

  private String suffix() {
    return tag.map(text -> ":" + text).orElse("") + digest.map(each -> "@" + each).orElse("");
  }

  /** The name in full, which {@link #parse} takes. */
  @Override
  public String toString() {
    return repository() + suffix();
  }
}
