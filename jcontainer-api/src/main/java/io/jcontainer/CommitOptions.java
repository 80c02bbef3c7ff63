package io.jcontainer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the image is called that {@link WriteLayer#commit} makes, and what it says other than the
 * image that the container was started of.
 *
 * @since 0.1.0
 */
public final class CommitOptions {
  private static final Pattern PORT = Pattern.compile("([0-9]{1,5})(/(?:tcp|udp|sctp))?");
  private static final int MOST_PORT = 65_535;

  private final @Nullable String name;
  private final @Nullable String author;
  private final @Nullable String message;
  private final @Nullable Instant created;
  private final @Nullable List<String> entrypoint;
  private final @Nullable List<String> command;
  private final Map<String, String> environment;
  private final @Nullable String user;
  private final @Nullable String workingDirectory;
  private final Map<String, String> labels;
  private final Set<String> exposedPorts;
  private final Set<String> volumes;
  private final @Nullable Signal stopSignal;
  private final List<String> changes;

  private CommitOptions(Builder builder) {
    name = builder.name;
    author = builder.author;
    message = builder.message;
    created = builder.created;
    entrypoint = builder.entrypoint;
    command = builder.command;
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(builder.environment));
    user = builder.user;
    workingDirectory = builder.workingDirectory;
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(builder.labels));
    exposedPorts = Collections.unmodifiableSet(new LinkedHashSet<>(builder.exposedPorts));
    volumes = Collections.unmodifiableSet(new LinkedHashSet<>(builder.volumes));
    stopSignal = builder.stopSignal;
    changes = List.copyOf(builder.changes);
  }

  /**
   * An image of this name that says what the container's does.
   *
   * @param name as in {@link Builder#name}
   * @return the options
   */
  public static CommitOptions of(String name) {
    return builder().name(name).build();
  }

  /**
   * Begins with no name, and nothing that is otherwise.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What the image is called.
   *
   * @return the name, or empty if it gets none
   */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /**
   * Who made it.
   *
   * @return the author, or empty for the one that the image below has
   */
  public Optional<String> author() {
    return Optional.ofNullable(author);
  }

  /**
   * What is said about it in the history.
   *
   * @return the message, or empty
   */
  public Optional<String> message() {
    return Optional.ofNullable(message);
  }

  /**
   * When it was made.
   *
   * @return the time, or empty for the time of the call
   */
  public Optional<Instant> created() {
    return Optional.ofNullable(created);
  }

  /**
   * The first words of the command.
   *
   * @return the words, or empty for those of the image below
   */
  public Optional<List<String>> entrypoint() {
    return Optional.ofNullable(entrypoint);
  }

  /**
   * The words behind the entrypoint.
   *
   * @return the words, or empty for those of the image below; without these, too, if the entrypoint
   *     is another one, as in a Dockerfile
   */
  public Optional<List<String>> command() {
    return Optional.ofNullable(command);
  }

  /**
   * Variables that are added, or replace those of the image below.
   *
   * @return in the order in which they were given
   */
  public Map<String, String> environment() {
    return environment;
  }

  /**
   * Who runs the command.
   *
   * @return a name or number, or two with a colon between; empty for that of the image below
   */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /**
   * Where the command starts.
   *
   * @return an absolute path, or empty for that of the image below
   */
  public Optional<String> workingDirectory() {
    return Optional.ofNullable(workingDirectory);
  }

  /**
   * Labels that are added, or replace those of the image below.
   *
   * @return in the order in which they were given
   */
  public Map<String, String> labels() {
    return labels;
  }

  /**
   * Ports that it listens at, besides those of the image below.
   *
   * @return such as {@code 80/tcp}, in the order in which they were given
   */
  public Set<String> exposedPorts() {
    return exposedPorts;
  }

  /**
   * Directories whose content is to outlive a container, besides those of the image below.
   *
   * @return absolute paths, in the order in which they were given
   */
  public Set<String> volumes() {
    return volumes;
  }

  /**
   * What asks the command to end.
   *
   * @return the signal, or empty for that of the image below
   */
  public Optional<Signal> stopSignal() {
    return Optional.ofNullable(stopSignal);
  }

  /**
   * What else is otherwise, in a Dockerfile's words.
   *
   * @return instructions, in the order in which they were given
   */
  public List<String> changes() {
    return changes;
  }

  /** Collects options. For one thread at a time. */
  public static final class Builder {
    private @Nullable String name;
    private @Nullable String author;
    private @Nullable String message;
    private @Nullable Instant created;
    private @Nullable List<String> entrypoint;
    private @Nullable List<String> command;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable String user;
    private @Nullable String workingDirectory;
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final Set<String> exposedPorts = new LinkedHashSet<>();
    private final Set<String> volumes = new LinkedHashSet<>();
    private @Nullable Signal stopSignal;
    private final List<String> changes = new ArrayList<>();

    private Builder() {}

    /**
     * What the image is called; whatever had that name loses it.
     *
     * @param value as Docker takes it, such as {@code app:1}; without a digest
     * @return this
     */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /**
     * Who made it.
     *
     * @param value such as a name and an address
     * @return this
     */
    public Builder author(String value) {
      author = value;
      return this;
    }

    /**
     * What is said about it in the history.
     *
     * @param value any text
     * @return this
     */
    public Builder message(String value) {
      message = value;
      return this;
    }

    /**
     * When it was made; with the same time and the same changes, the image is the same.
     *
     * @param value the time
     * @return this
     */
    public Builder created(Instant value) {
      created = value;
      return this;
    }

    /**
     * The first words of the command.
     *
     * @param words none for no entrypoint
     * @return this
     */
    public Builder entrypoint(String... words) {
      entrypoint = words("entrypoint", words);
      return this;
    }

    /**
     * The words behind the entrypoint.
     *
     * @param words none for no command
     * @return this
     */
    public Builder command(String... words) {
      command = words("command", words);
      return this;
    }

    private static List<String> words(String field, String... words) {
      List<String> copy = new ArrayList<>(words.length);
      for (String word : words) {
        ProcessRules.encodable(field, word);
        copy.add(word);
      }
      return List.copyOf(copy);
    }

    /**
     * Adds a variable.
     *
     * @param variable its name
     * @param value its value
     * @return this
     * @throws InvalidSpecException if this cannot be a variable
     */
    public Builder environment(String variable, String value) {
      ProcessRules.environment(Map.of(variable, value));
      environment.put(variable, value);
      return this;
    }

    /**
     * Who runs the command.
     *
     * @param value a name or number, or two with a colon between
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder user(String value) {
      user = User.parse(value).toString();
      return this;
    }

    /**
     * Where the command starts.
     *
     * @param value an absolute path
     * @return this
     * @throws InvalidSpecException if it is relative
     */
    public Builder workingDirectory(String value) {
      ProcessRules.cwd(value);
      workingDirectory = value;
      return this;
    }

    /**
     * Adds a label.
     *
     * @param label its name
     * @param value its value
     * @return this
     */
    public Builder label(String label, String value) {
      labels.put(label, value);
      return this;
    }

    /**
     * Adds a port that it listens at. This is said only: nothing is opened.
     *
     * @param port from 1 to 65535, with {@code /tcp}, which is the default, {@code /udp} or {@code
     *     /sctp}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder exposedPort(String port) {
      Matcher parts = PORT.matcher(port);
      int number = parts.matches() ? Integer.parseInt(parts.group(1)) : 0;
      if (number < 1 || number > MOST_PORT) {
        throw new InvalidSpecException(
            "exposedPort",
            "\"%s\" is no port as in 80 or 53/udp, from 1 to %d".formatted(port, MOST_PORT));
      }
      exposedPorts.add(number + (parts.group(2) == null ? "/tcp" : parts.group(2)));
      return this;
    }

    /**
     * Adds a directory whose content is to outlive a container.
     *
     * @param path absolute; not in {@code /proc}, {@code /sys} or {@code /dev}
     * @return this
     * @throws InvalidSpecException if it is another one
     */
    public Builder volume(String path) {
      MountRules.volumes(List.of(path));
      volumes.add(path);
      return this;
    }

    /**
     * What asks the command to end.
     *
     * @param signal such as {@link Signal#INT}
     * @return this
     */
    public Builder stopSignal(Signal signal) {
      stopSignal = signal;
      return this;
    }

    /**
     * Adds a change in a Dockerfile's words: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER,
     * VOLUME or WORKDIR. It is made to what the image below and the other options say, as if these
     * were what a Dockerfile begins with: {@code ENV PATH=$PATH:/opt/bin} adds to that image's
     * variable, and {@code WORKDIR app} is a directory below its own. {@link WriteLayer#commit}
     * refuses what it does not understand.
     *
     * @param instruction one line
     * @return this
     */
    public Builder change(String instruction) {
      ProcessRules.encodable("change", instruction);
      changes.add(instruction);
      return this;
    }

    /**
     * The options as they are now.
     *
     * @return a value
     */
    public CommitOptions build() {
      return new CommitOptions(this);
    }
  }
}
