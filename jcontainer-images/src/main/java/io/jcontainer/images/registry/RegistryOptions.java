package io.jcontainer.images.registry;

import io.jcontainer.ByteSize;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How registries are talked to. The defaults suit nearly everyone: TLS with the JVM's certificate
 * authorities, and the credentials that {@code docker login} has left.
 *
 * <p>Registries are named as images name them: a host, with a port if it needs one; {@code
 * docker.io} is Docker Hub.
 *
 * @since 0.1.0
 */
public final class RegistryOptions {
  private static final int MOST_PARALLEL = 32;
  private static final RegistryOptions DEFAULTS = new RegistryOptions(new Draft());

  private final Map<String, Credentials> credentials;
  private final @Nullable Path dockerConfig;
  private final Map<String, List<Mirror>> mirrors;
  private final List<Path> certificateAuthorities;
  private final Map<String, Boolean> plainHttp;
  private final int parallel;
  private final Duration connectTimeout;
  private final Duration stallTimeout;
  private final int attempts;
  private final Duration firstDelay;
  private final Duration longestDelay;
  private final ByteSize maxImageSize;
  private final @Nullable ByteSize uploadChunk;

  /** What is set, until it is a value. */
  private static final class Draft {
    private Map<String, Credentials> credentials = Map.of();
    private @Nullable Path dockerConfig = DockerConfig.usualFile().orElse(null);
    private Map<String, List<Mirror>> mirrors = Map.of();
    private List<Path> certificateAuthorities = List.of();
    private Map<String, Boolean> plainHttp = Map.of();
    private int parallel = 3;
    private Duration connectTimeout = Duration.ofSeconds(30);
    private Duration stallTimeout = Duration.ofSeconds(60);
    private int attempts = 5;
    private Duration firstDelay = Duration.ofMillis(500);
    private Duration longestDelay = Duration.ofMinutes(1);
    private ByteSize maxImageSize = new ByteSize(64L << 30);
    private @Nullable ByteSize uploadChunk;
  }

  /** Somewhere else that has the images of a registry, below a prefix, which may be empty. */
  record Mirror(String host, String prefix) {}

  private RegistryOptions(Draft draft) {
    credentials = Map.copyOf(draft.credentials);
    dockerConfig = draft.dockerConfig;
    mirrors = Map.copyOf(draft.mirrors);
    certificateAuthorities = List.copyOf(draft.certificateAuthorities);
    plainHttp = Map.copyOf(draft.plainHttp);
    parallel = draft.parallel;
    connectTimeout = draft.connectTimeout;
    stallTimeout = draft.stallTimeout;
    attempts = draft.attempts;
    firstDelay = draft.firstDelay;
    longestDelay = draft.longestDelay;
    maxImageSize = draft.maxImageSize;
    uploadChunk = draft.uploadChunk;
  }

  private RegistryOptions with(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.credentials = credentials;
    draft.dockerConfig = dockerConfig;
    draft.mirrors = mirrors;
    draft.certificateAuthorities = certificateAuthorities;
    draft.plainHttp = plainHttp;
    draft.parallel = parallel;
    draft.connectTimeout = connectTimeout;
    draft.stallTimeout = stallTimeout;
    draft.attempts = attempts;
    draft.firstDelay = firstDelay;
    draft.longestDelay = longestDelay;
    draft.maxImageSize = maxImageSize;
    draft.uploadChunk = uploadChunk;
    change.accept(draft);
    return new RegistryOptions(draft);
  }

  private static <V> Map<String, V> put(Map<String, V> map, String key, V value) {
    Map<String, V> changed = new HashMap<>(map);
    changed.put(key, value);
    return changed;
  }

  /**
   * What holds if nothing is said.
   *
   * @return the options
   */
  public static RegistryOptions defaults() {
    return DEFAULTS;
  }

  /**
   * With credentials for a registry, whatever Docker's configuration has for it. They are sent to
   * this registry and to where it says that its tokens are had from, and to nobody else.
   *
   * @param registry which
   * @param who as whom
   * @return changed options
   * @throws InvalidSpecException if the registry is no host
   */
  public RegistryOptions withCredentials(String registry, Credentials who) {
    String host = Host.parse(registry);
    return with(draft -> draft.credentials = put(credentials, host, who));
  }

  /**
   * With another file of credentials than {@code config.json} in {@code $DOCKER_CONFIG} or {@code
   * ~/.docker}. It, and the programs that it names, are looked at only when a registry wants
   * credentials.
   *
   * @param file in Docker's form; it need not be there
   * @return changed options
   */
  public RegistryOptions withDockerConfig(Path file) {
    return with(draft -> draft.dockerConfig = file);
  }

  /**
   * Without the credentials of Docker.
   *
   * @return changed options
   */
  public RegistryOptions withoutDockerConfig() {
    return with(draft -> draft.dockerConfig = null);
  }

  /**
   * With a mirror, which is asked for images of a registry before that is. Several are asked in the
   * order in which they were given. What a mirror answers is verified as what the registry does,
   * but which image a tag means is its word. Nothing is pushed to a mirror.
   *
   * @param registry whose images it has
   * @param mirror its host, with a port if it needs one, and, behind a slash, what it has before
   *     the names of the registry: {@code mirror.example:5000/hub}
   * @return changed options
   * @throws InvalidSpecException if one of them is of another form
   */
  public RegistryOptions withMirror(String registry, String mirror) {
    String host = Host.parse(registry);
    List<Mirror> list = new ArrayList<>(mirrors.getOrDefault(host, List.of()));
    int slash = mirror.indexOf('/');
    list.add(
        slash < 0
            ? new Mirror(Host.parse(mirror), "")
            : new Mirror(Host.parse(mirror.substring(0, slash)), prefix(mirror, slash)));
    return with(draft -> draft.mirrors = put(mirrors, host, List.copyOf(list)));
  }

  private static String prefix(String mirror, int slash) {
    return new ImageReference("x", mirror.substring(slash + 1), Optional.empty(), Optional.empty())
            .path()
        + "/";
  }

  /**
   * With the certificates of further authorities, which are trusted besides the JVM's.
   *
   * @param pem a file of one or more certificates in PEM, read when a {@link Registry} is made
   * @return changed options
   */
  public RegistryOptions withCertificateAuthorities(Path pem) {
    List<Path> files = new ArrayList<>(certificateAuthorities);
    files.add(pem);
    return with(draft -> draft.certificateAuthorities = files);
  }

  /**
   * With plain HTTP to a registry: what is sent, credentials included, can be read and changed by
   * all on the way. Registries whose host is written as a loopback address or {@code localhost} are
   * talked to in this way anyhow.
   *
   * @param registry which
   * @return changed options
   * @throws InvalidSpecException if it is no host
   */
  public RegistryOptions withPlainHttp(String registry) {
    String host = Host.parse(registry);
    return with(draft -> draft.plainHttp = put(plainHttp, host, true));
  }

  /**
   * With TLS to a registry on a loopback address, which otherwise is talked to in plain HTTP.
   *
   * @param registry which
   * @return changed options
   * @throws InvalidSpecException if it is no host
   */
  public RegistryOptions withTls(String registry) {
    String host = Host.parse(registry);
    return with(draft -> draft.plainHttp = put(plainHttp, host, false));
  }

  /**
   * With another number of blobs that are transferred at once.
   *
   * @param blobs 1 to 32; 3 if nothing is said
   * @return changed options
   * @throws InvalidSpecException if it is out of range
   */
  public RegistryOptions withParallel(int blobs) {
    if (blobs < 1 || blobs > MOST_PARALLEL) {
      throw new InvalidSpecException("parallel", "must be 1 to 32: " + blobs);
    }
    return with(draft -> draft.parallel = blobs);
  }

  /**
   * With other times after which a registry is given up, for this attempt.
   *
   * @param connect how long a connection may take to come about; 30 seconds if nothing is said
   * @param stall how long an answer may take to begin, an upload may not go on, and a download may
   *     bring less than 16 KiB; a minute if nothing is said
   * @return changed options
   * @throws InvalidSpecException if one is not positive
   */
  public RegistryOptions withTimeouts(Duration connect, Duration stall) {
    if (!positive(connect) || !positive(stall)) {
      throw new InvalidSpecException("timeouts", "must be positive");
    }
    return with(
        draft -> {
          draft.connectTimeout = connect;
          draft.stallTimeout = stall;
        });
  }

  private static boolean positive(Duration duration) {
    return !duration.isNegative() && !duration.isZero();
  }

  /**
   * With other attempts at what fails for reasons that may pass: connections that break before or
   * within an answer, or while a blob is sent, and answers 408, 429, 500, 502, 503 and 504. The
   * delay doubles each time, and varies by a quarter; where a registry says how long to wait, that
   * is done.
   *
   * @param attempts how many in all, at least 1; 5 if nothing is said
   * @param firstDelay before the second; half a second if nothing is said
   * @param longestDelay before any; a minute if nothing is said. A registry that asks for more is
   *     given up
   * @return changed options
   * @throws InvalidSpecException if one is out of range
   */
  public RegistryOptions withAttempts(int attempts, Duration firstDelay, Duration longestDelay) {
    if (attempts < 1 || firstDelay.isNegative() || longestDelay.isNegative()) {
      throw new InvalidSpecException(
          "attempts", "must be at least one, with delays that are not negative");
    }
    return with(
        draft -> {
          draft.attempts = attempts;
          draft.firstDelay = firstDelay;
          draft.longestDelay = longestDelay;
        });
  }

  /**
   * With another limit for what is pulled at once.
   *
   * @param size of all blobs of an image together; 64 GiB if nothing is said
   * @return changed options
   */
  public RegistryOptions withMaxImageSize(ByteSize size) {
    return with(draft -> draft.maxImageSize = size);
  }

  /**
   * With uploads in pieces, for registries behind something that takes no long request. If nothing
   * is said, a blob goes in one request, and in pieces of 16 MiB only what is left of it when that
   * breaks, or is refused for its length.
   *
   * @param size of a piece, positive
   * @return changed options
   * @throws InvalidSpecException if it is not positive
   */
  public RegistryOptions withUploadChunk(ByteSize size) {
    if (size.bytes() < 1) {
      throw new InvalidSpecException("uploadChunk", "must be positive");
    }
    return with(draft -> draft.uploadChunk = size);
  }

  Optional<Credentials> credentials(String host) {
    return Optional.ofNullable(credentials.get(host));
  }

  Optional<Path> dockerConfig() {
    return Optional.ofNullable(dockerConfig);
  }

  List<Mirror> mirrors(String host) {
    return mirrors.getOrDefault(host, List.of());
  }

  List<Path> certificateAuthorities() {
    return certificateAuthorities;
  }

  boolean plainHttp(String host) {
    return plainHttp.getOrDefault(host, Host.isLoopback(host));
  }

  int parallel() {
    return parallel;
  }

  Duration connectTimeout() {
    return connectTimeout;
  }

  Duration stallTimeout() {
    return stallTimeout;
  }

  int attempts() {
    return attempts;
  }

  Duration firstDelay() {
    return firstDelay;
  }

  Duration longestDelay() {
    return longestDelay;
  }

  ByteSize maxImageSize() {
    return maxImageSize;
  }

  Optional<ByteSize> uploadChunk() {
    return Optional.ofNullable(uploadChunk);
  }
}
