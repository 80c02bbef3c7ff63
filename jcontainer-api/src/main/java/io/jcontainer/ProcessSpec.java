package io.jcontainer;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A process in a container as a value: what runs, as whom, with which streams. A container's first
 * process is described by one ({@link ContainerSpec#process()}), and so is every further one.
 * Immutable, so one spec starts any number of processes.
 *
 * @since 0.1.0
 */
public final class ProcessSpec {
  private final List<String> command;
  private final Map<String, String> env;
  private final String cwd;
  private final Stdio stdin;
  private final Stdio stdout;
  private final Stdio stderr;
  private final @Nullable Duration timeout;

  private ProcessSpec(Builder builder) {
    command = List.copyOf(builder.command);
    env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    cwd = builder.cwd;
    stdin = builder.stdin;
    stdout = builder.stdout;
    stderr = builder.stderr;
    timeout = builder.timeout;
    ProcessRules.check(this);
  }

  /**
   * A builder with all defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A command with all defaults.
   *
   * @param command the program and its arguments
   * @return the spec
   * @throws InvalidSpecException if the command is empty or holds a NUL
   */
  public static ProcessSpec of(String... command) {
    return builder().command(command).build();
  }

  /**
   * A builder that starts from this spec.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.command = command;
    builder.env.putAll(env);
    builder.cwd = cwd;
    builder.stdin = stdin;
    builder.stdout = stdout;
    builder.stderr = stderr;
    builder.timeout = timeout;
    return builder;
  }

  /**
   * The program and its arguments. A program without a slash is looked for in the container's PATH.
   *
   * @return at least one
   */
  public List<String> command() {
    return command;
  }

  /**
   * The environment, in order. Nothing is inherited from the JVM; PATH and HOME are added if they
   * are missing.
   *
   * @return names and values
   */
  public Map<String, String> env() {
    return env;
  }

  /**
   * The working directory in the container.
   *
   * @return an absolute path; {@code /} by default
   */
  public String cwd() {
    return cwd;
  }

  /**
   * Where standard input comes from; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stdin() {
    return stdin;
  }

  /**
   * Where standard output leads; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stdout() {
    return stdout;
  }

  /**
   * Where standard error leads; {@link Stdio#PIPE} by default.
   *
   * @return the choice
   */
  public Stdio stderr() {
    return stderr;
  }

  /**
   * How long the process may run, counted from the moment when it has been started.
   *
   * @return the time, or empty for no limit
   */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  @Override
  public String toString() {
    return "process " + command;
  }

  /** Describes a process. Not for several threads at once. */
  public static final class Builder {
    private List<String> command = List.of();
    private final Map<String, String> env = new LinkedHashMap<>();
    private String cwd = "/";
    private Stdio stdin = Stdio.PIPE;
    private Stdio stdout = Stdio.PIPE;
    private Stdio stderr = Stdio.PIPE;
    private @Nullable Duration timeout;

    private Builder() {}

    /**
     * The program and its arguments; needed.
     *
     * @param words at least one, without NUL
     * @return this
     */
    public Builder command(String... words) {
      return command(List.of(words));
    }

    /**
     * The program and its arguments; needed.
     *
     * @param words at least one, without NUL
     * @return this
     */
    public Builder command(List<String> words) {
      command = List.copyOf(words);
      return this;
    }

    /**
     * Adds a variable to the environment, or replaces it.
     *
     * @param name without {@code =} and NUL, not empty
     * @param value without NUL
     * @return this
     */
    public Builder env(String name, String value) {
      env.put(name, value);
      return this;
    }

    /**
     * Adds variables to the environment, or replaces them; {@code env(System.getenv())} inherits
     * the JVM's.
     *
     * @param variables names and values
     * @return this
     */
    public Builder env(Map<String, String> variables) {
      env.putAll(variables);
      return this;
    }

    /**
     * The working directory; {@code /} by default.
     *
     * @param directory an absolute path in the container
     * @return this
     */
    public Builder cwd(String directory) {
      cwd = directory;
      return this;
    }

    /**
     * Where standard input comes from.
     *
     * @param choice which
     * @return this
     */
    public Builder stdin(Stdio choice) {
      stdin = choice;
      return this;
    }

    /**
     * Where standard output leads.
     *
     * @param choice which
     * @return this
     */
    public Builder stdout(Stdio choice) {
      stdout = choice;
      return this;
    }

    /**
     * Where standard error leads.
     *
     * @param choice which
     * @return this
     */
    public Builder stderr(Stdio choice) {
      stderr = choice;
      return this;
    }

    /**
     * How long the process may run before it is killed; no limit by default.
     *
     * @param atMost more than zero
     * @return this
     */
    public Builder timeout(Duration atMost) {
      timeout = atMost;
      return this;
    }

    /**
     * The spec as a value.
     *
     * @return the spec
     * @throws InvalidSpecException if something is missing or wrong; it names the field
     */
    public ProcessSpec build() {
      return new ProcessSpec(this);
    }
  }
}
