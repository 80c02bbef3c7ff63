package io.jcontainer.images.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.tar.ArchiveFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Docker's file of credentials, {@code config.json}, and the programs that it names to keep them
 * instead: {@code credHelpers} for a registry, {@code credsStore} for all others. A value: the file
 * is read when something is asked. What Docker's own command writes can be read here, and the other
 * way around.
 *
 * @since 0.1.0
 */
public final class DockerConfig {
  private static final int MAX_BYTES = 4 << 20;
  private static final JsonFactory JSON = new JsonFactory();

  private final Path file;

  private final Function<String, CredentialHelper> helpers;

  DockerConfig(Path file, Function<String, CredentialHelper> helpers) {
    this.file = file;
    this.helpers = helpers;
  }

  /**
   * The configuration in a file.
   *
   * @param file which need not be there
   * @return the configuration
   */
  public static DockerConfig of(Path file) {
    return new DockerConfig(file, CredentialHelper::new);
  }

  /**
   * Where Docker has it, by this JVM's environment.
   *
   * @return {@code config.json} in {@code $DOCKER_CONFIG}, or in {@code ~/.docker}; empty if there
   *     is neither that variable nor a home
   */
  public static Optional<Path> usualFile() {
    return usualFile(System.getenv());
  }

  /**
   * Where Docker has it. The home is {@code $HOME}, or that of the user if this is not set.
   *
   * @param environment by name
   * @return the file, which need not be there; empty if there is no place for it
   */
  public static Optional<Path> usualFile(Map<String, String> environment) {
    String directory = environment.getOrDefault("DOCKER_CONFIG", "");
    if (!directory.isEmpty()) {
      return Optional.of(Path.of(directory, "config.json"));
    }
    String home = environment.getOrDefault("HOME", "");
    if (home.isEmpty()) {
      home = System.getProperty("user.home", "?"); // the JVM's word for none
    }
    return home.isEmpty() || home.equals("?")
        ? Optional.empty()
        : Optional.of(Path.of(home, ".docker", "config.json"));
  }

  /**
   * Where it is.
   *
   * @return the file
   */
  public Path file() {
    return file;
  }

  /**
   * The credentials for a registry.
   *
   * @param registry its host, with a port if it needs one
   * @return empty if there are none
   * @throws RegistryException if the file cannot be read, or a program that it names fails
   * @throws InvalidSpecException if the registry is no host
   */
  public Optional<Credentials> credentials(String registry) {
    String host = Host.parse(registry);
    return guarded(
        () -> {
          Optional<JsonObject> json = read();
          Optional<String> helper = json.flatMap(each -> helper(each, host));
          return helper.isPresent()
              ? helpers.apply(helper.get()).get(Host.credentialsKey(host))
              : json.flatMap(each -> stored(each, host));
        });
  }

  /** What is wrong with the file is told with its name. */
  private <T> T guarded(Supplier<T> action) {
    try {
      return action.get();
    } catch (InvalidImageException | InvalidSpecException e) {
      throw new RegistryException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private Optional<JsonObject> read() {
    return bytes().map(bytes -> Json.object("config", bytes, MAX_BYTES));
  }

  private Optional<byte[]> bytes() {
    try {
      return Optional.of(Files.readAllBytes(file)).filter(bytes -> bytes.length > 0);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new RegistryException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static Optional<String> helper(JsonObject json, String host) {
    return json.optionalObject("credHelpers")
        .flatMap(
            named ->
                json.names("credHelpers").stream()
                    .filter(key -> isFor(key, host))
                    .sorted()
                    .findFirst()
                    .flatMap(named::optionalString))
        .or(() -> json.optionalString("credsStore"))
        .filter(name -> !name.isEmpty());
  }

  private static Optional<Credentials> stored(JsonObject json, String host) {
    return json.optionalObject("auths")
        .flatMap(
            auths ->
                json.names("auths").stream()
                    .filter(key -> isFor(key, host))
                    .sorted()
                    .flatMap(key -> auths.optionalObject(key).stream())
                    .flatMap(entry -> decoded(entry).stream())
                    .findFirst());
  }

  /** Docker has had several ways to write a registry: with a scheme, and with a version behind. */
  private static boolean isFor(String key, String host) {
    String name = key.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "");
    name = name.replaceFirst("/(?:v[12]/?)?$", "");
    return name.equals(host)
        || (host.equals(Host.HUB)
            && (name.equals("index.docker.io") || name.equals(Host.address(host))));
  }

  private static Optional<Credentials> decoded(JsonObject entry) {
    Optional<String> token = entry.optionalString("identitytoken").filter(text -> !text.isEmpty());
    if (token.isPresent()) {
      return token.map(Credentials::identityToken);
    }
    Optional<String> auth = entry.optionalString("auth").filter(text -> !text.isEmpty());
    if (auth.isEmpty()) {
      return Optional.empty();
    }
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(auth.get().strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new InvalidSpecException("auth", "is no base64");
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw new InvalidSpecException("auth", "has no colon between name and password");
    }
    // Some versions of Docker have written a NUL at the end.
    return Optional.of(
        Credentials.of(pair.substring(0, colon), pair.substring(colon + 1).replace("\0", "")));
  }

  /**
   * Keeps credentials: in the program that the file names for this registry, or else in the file,
   * where they are encoded, but not encrypted. The file is replaced at once, readable by its owner
   * only; whatever else is in it stays as it is. {@link Registry#login} says whether they are good.
   *
   * @param registry its host, with a port if it needs one
   * @param credentials as whom
   * @throws RegistryException if they cannot be kept
   * @throws InvalidSpecException if the registry is no host
   */
  public void login(String registry, Credentials credentials) {
    String host = Host.parse(registry);
    Optional<String> helper = guarded(() -> read().flatMap(json -> helper(json, host)));
    if (helper.isPresent()) {
      helpers.apply(helper.get()).store(Host.credentialsKey(host), credentials);
    } else {
      rewrite(host, Optional.of(credentials));
    }
  }

  /**
   * Forgets the credentials for a registry, in the program that the file names for it and in the
   * file.
   *
   * @param registry its host, with a port if it needs one
   * @return whether there were any
   * @throws RegistryException if they cannot be taken away
   * @throws InvalidSpecException if the registry is no host
   */
  public boolean logout(String registry) {
    String host = Host.parse(registry);
    return guarded(() -> read().map(json -> forget(json, host)).orElse(false));
  }

  private boolean forget(JsonObject json, String host) {
    boolean known =
        helper(json, host)
            .map(name -> helpers.apply(name).erase(Host.credentialsKey(host)))
            .orElse(false);
    boolean written = json.names("auths").stream().anyMatch(key -> isFor(key, host));
    if (written) {
      rewrite(host, Optional.empty());
    }
    return known || written;
  }

  /** Copies the file token by token, but for one entry. */
  private void rewrite(String host, Optional<Credentials> credentials) {
    byte[] old = bytes().orElse("{}".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    try (JsonParser in = JSON.createParser(old);
        JsonGenerator out = JSON.createGenerator(changed)) {
      out.useDefaultPrettyPrinter();
      copy(in, out, host, credentials);
    } catch (IOException e) {
      throw new RegistryException("cannot change %s: %s".formatted(file, e.getMessage()), e);
    }
    changed.write('\n');
    replace(changed.toByteArray());
  }

  private static void copy(
      JsonParser in, JsonGenerator out, String host, Optional<Credentials> credentials)
      throws IOException {
    in.nextToken();
    out.writeStartObject();
    boolean written = false;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      out.writeFieldName(field);
      if (in.nextToken() == JsonToken.START_OBJECT && field.equals("auths")) {
        copyAuths(in, out, host, credentials);
        written = true;
      } else {
        copyExactly(in, out);
      }
    }
    if (!written && credentials.isPresent()) {
      out.writeObjectFieldStart("auths");
      writeAuth(out, host, credentials.get());
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static void copyAuths(
      JsonParser in, JsonGenerator out, String host, Optional<Credentials> credentials)
      throws IOException {
    out.writeStartObject();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      in.nextToken();
      if (isFor(key, host)) {
        in.skipChildren();
      } else {
        out.writeFieldName(key);
        copyExactly(in, out);
      }
    }
    if (credentials.isPresent()) {
      writeAuth(out, host, credentials.get());
    }
    out.writeEndObject();
  }

  private static void writeAuth(JsonGenerator out, String host, Credentials credentials)
      throws IOException {
    out.writeObjectFieldStart(Host.credentialsKey(host));
    if (credentials.isToken()) {
      out.writeStringField("identitytoken", credentials.secret());
    } else {
      out.writeStringField("auth", credentials.basic());
    }
    out.writeEndObject();
  }

  /** Numbers keep their digits. */
  private static void copyExactly(JsonParser in, JsonGenerator out) throws IOException {
    int depth = 0;
    do {
      JsonToken token = in.currentToken();
      if (token == null) {
        throw new IOException("the document is cut off");
      }
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (token.isNumeric()) {
        out.writeNumber(in.getText());
      } else {
        out.copyCurrentEvent(in);
      }
      if (depth > 0) {
        in.nextToken();
      }
    } while (depth > 0);
  }

  private void replace(byte[] content) {
    try {
      Path real = ArchiveFile.followed(file);
      Path directory = real.getParent();
      if (directory == null) {
        throw new NoSuchFileException(real.toString());
      }
      Files.createDirectories(directory);
      Path part =
          Files.createTempFile(
              directory,
              "config",
              ".part",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        Files.write(part, content, StandardOpenOption.DSYNC);
        Files.move(part, real, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new RegistryException("cannot write %s: %s".formatted(file, e), e);
    }
  }

  /** The file's name. */
  @Override
  public String toString() {
    return file.toString();
  }
}
