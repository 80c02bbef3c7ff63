package io.jcontainer.images;

import io.jcontainer.images.json.Text;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The configuration of an image: what it runs on, what its layers are, and how a program is to be
 * started in it. Its digest is the image's id. Sources: the OCI image specification, config.md;
 * Docker's image specification 1.2.
 *
 * @param platform what the image runs on
 * @param created when it was made
 * @param author who made it
 * @param execution how to start a program in it
 * @param diffIds the digests of the layers' uncompressed tars, the lowest first
 * @param history how the layers came about, the lowest first; with lines for what made no layer
 * @since 0.1.0
 */
public record ImageConfig(
    Platform platform,
    Optional<Instant> created,
    Optional<String> author,
    Execution execution,
    List<Digest> diffIds,
    List<History> history) {
  /** The longest configuration that is read, in bytes: 8 MiB. */
  public static final int MAX_BYTES = 8 << 20;

  /**
   * How to start a program in the image. An image can ask for no more than this: no mounts, no
   * rights, no hooks.
   *
   * @param user a name or number, or two with a colon between; empty for root
   * @param env variables, as in {@code NAME=value}
   * @param entrypoint the first words of the command
   * @param cmd the words behind them, which whoever starts it can replace
   * @param workingDir where it starts; empty for the root
   * @param exposedPorts ports that it listens at, such as {@code 80/tcp}
   * @param volumes directories whose content is to outlive a container
   * @param labels what is said about the image
   * @param stopSignal what asks it to end, such as {@code SIGTERM}
   */
  public record Execution(
      String user,
      List<String> env,
      List<String> entrypoint,
      List<String> cmd,
      String workingDir,
      Set<String> exposedPorts,
      Set<String> volumes,
      Map<String, String> labels,
      Optional<String> stopSignal) {
    private static final Execution NONE =
        new Execution(
            "",
            List.of(),
            List.of(),
            List.of(),
            "",
            Set.of(),
            Set.of(),
            Map.of(),
            Optional.empty());

    /**
     * Copies the collections, and refuses what no program can be given.
     *
     * @param user a name or number, or two with a colon between
     * @param env variables
     * @param entrypoint the first words of the command
     * @param cmd the words behind them
     * @param workingDir where it starts
     * @param exposedPorts ports that it listens at
     * @param volumes directories whose content is to outlive a container
     * @param labels what is said about the image
     * @param stopSignal what asks it to end
     * @throws InvalidImageException if a text but a label has a NUL in it
     */
    public Execution {
      check("User", List.of(user));
      check("Env", env);
      check("Entrypoint", entrypoint);
      check("Cmd", cmd);
      check("WorkingDir", List.of(workingDir));
      check("ExposedPorts", exposedPorts);
      check("Volumes", volumes);
      env = List.copyOf(env);
      entrypoint = List.copyOf(entrypoint);
      cmd = List.copyOf(cmd);
      exposedPorts = Collections.unmodifiableSet(new TreeSet<>(exposedPorts));
      volumes = Collections.unmodifiableSet(new TreeSet<>(volumes));
      labels = Copies.ordered(labels);
    }

    private static void check(String field, Iterable<String> texts) {
      for (String text : texts) {
        if (text.indexOf('\0') >= 0) {
          throw new InvalidImageException(
              "config: config.%s: \"%s\" has a NUL in it".formatted(field, Text.shown(text)));
        }
      }
    }

    /**
     * Nothing said.
     *
     * @return all empty
     */
    public static Execution none() {
      return NONE;
    }

    /**
     * The same with another command.
     *
     * @param words the words behind the entrypoint
     * @return a copy
     */
    public Execution withCmd(String... words) {
      return new Execution(
          user,
          env,
          entrypoint,
          List.of(words),
          workingDir,
          exposedPorts,
          volumes,
          labels,
          stopSignal);
    }

    /**
     * The same with other variables.
     *
     * @param variables all of them, as in {@code NAME=value}
     * @return a copy
     */
    public Execution withEnv(String... variables) {
      return new Execution(
          user,
          List.of(variables),
          entrypoint,
          cmd,
          workingDir,
          exposedPorts,
          volumes,
          labels,
          stopSignal);
    }

    /**
     * The same with changes, one after the other, in a Dockerfile's words: CMD, ENTRYPOINT, ENV,
     * EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR. As there, a relative directory is below
     * the one before, an entrypoint does without the command before, and variables that are set
     * before are replaced in all but commands: {@code $NAME}, {@code ${NAME}}, {@code
     * ${NAME:-word}} if it has no value, and {@code ${NAME:+word}} if it has one.
     *
     * @param instructions such as {@code ENV PATH=$PATH:/opt/bin}
     * @return a copy
     * @throws io.jcontainer.InvalidSpecException if one is not understood
     * @throws InvalidImageException if a text but a label would have a NUL in it
     */
    public Execution changed(List<String> instructions) {
      return ConfigChange.apply(this, instructions);
    }
  }

  /**
   * A line of the history.
   *
   * @param created when
   * @param createdBy by what command
   * @param author by whom
   * @param comment what is said about it
   * @param emptyLayer whether it made no layer
   */
  public record History(
      Optional<Instant> created,
      Optional<String> createdBy,
      Optional<String> author,
      Optional<String> comment,
      boolean emptyLayer) {}

  /**
   * Copies the lists.
   *
   * @param platform what the image runs on
   * @param created when it was made
   * @param author who made it
   * @param execution how to start a program in it
   * @param diffIds the digests of the layers' uncompressed tars
   * @param history how the layers came about
   */
  public ImageConfig {
    diffIds = List.copyOf(diffIds);
    history = List.copyOf(history);
  }

  /**
   * One without time, author, layers and history.
   *
   * @param platform what the image runs on
   * @param execution how to start a program in it
   * @return the configuration
   */
  public static ImageConfig of(Platform platform, Execution execution) {
    return new ImageConfig(
        platform, Optional.empty(), Optional.empty(), execution, List.of(), List.of());
  }

  /**
   * The same with other layers.
   *
   * @param changed the digests of the layers' uncompressed tars, the lowest first
   * @return a copy
   */
  public ImageConfig withDiffIds(List<Digest> changed) {
    return new ImageConfig(platform, created, author, execution, changed, history);
  }

  /**
   * Parses a configuration. Fields that are not known are allowed.
   *
   * @param bytes UTF-8, at most {@link #MAX_BYTES}
   * @return the configuration
   * @throws InvalidImageException if it is not what it has to be
   */
  public static ImageConfig parse(byte[] bytes) {
    return ConfigJson.parse(bytes);
  }

  /**
   * The configuration as JSON: the same value gives the same bytes.
   *
   * @return UTF-8
   */
  public byte[] toBytes() {
    return ConfigJson.bytes(this);
  }

  /**
   * What the layers are known by once they lie on each other: for each layer a digest of it and all
   * below it. Source: the OCI image specification, config.md.
   *
   * @return as many as there are layers, the lowest first
   */
  public List<Digest> chainIds() {
    List<Digest> chain = new ArrayList<>();
    for (Digest diffId : diffIds) {
      chain.add(
          chain.isEmpty()
              ? diffId
              : Digest.of(
                  (chain.get(chain.size() - 1) + " " + diffId).getBytes(StandardCharsets.UTF_8)));
    }
    return List.copyOf(chain);
  }
}
