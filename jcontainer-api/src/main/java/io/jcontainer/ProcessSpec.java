package io.jcontainer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A process in a container as a value: what runs, as whom, with which streams. A container's first
 * process is described by one ({@link ContainerSpec#process()}), and so is every further one.
 * Immutable, so one spec starts any number of processes.
 *
 * @since 0.1.0
 */
public final class ProcessSpec {
  private final List<String> entrypoint;
  private final List<String> command;
  private final Map<String, String> env;
  private final String cwd;
  private final Stdio stdin;
  private final Stdio stdout;
  private final Stdio stderr;
  private final @Nullable Terminal terminal;
  private final @Nullable Duration timeout;
  private final User user;
  private final List<String> groups;
  private final Capabilities capabilities;
  private final int umask;
  private final List<Rlimit> rlimits;
  private final Map<Integer, Stdio> descriptors;
  private final @Nullable Integer oomScoreAdj;
  private final @Nullable Integer nice;
  private final @Nullable Scheduling scheduling;

  private ProcessSpec(Builder builder) {
    entrypoint = builder.entrypoint;
    command = joined(builder.entrypoint, builder.command);
    env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
    cwd = builder.cwd;
    stdin = builder.stdin;
    stdout = builder.stdout;
    stderr = builder.stderr;
    terminal = builder.terminal;
    timeout = builder.timeout;
    user = builder.user;
    groups = List.copyOf(builder.groups);
    capabilities = builder.capabilities;
    umask = builder.umask;
    rlimits = List.copyOf(builder.rlimits.values());
    descriptors = Collections.unmodifiableMap(new TreeMap<>(builder.descriptors));
    oomScoreAdj = builder.oomScoreAdj;
    nice = builder.nice;
    scheduling = builder.scheduling;
    ProcessRules.check(this);
  }

  private static List<String> joined(List<String> entrypoint, List<String> command) {
    if (entrypoint.isEmpty()) {
      return command;
    }
    List<String> words = new ArrayList<>(entrypoint);
    words.addAll(command);
    return List.copyOf(words);
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
    builder.entrypoint = entrypoint;
    builder.command = command.subList(entrypoint.size(), command.size());
    builder.env.putAll(env);
    builder.cwd = cwd;
    builder.stdin = stdin;
    builder.stdout = stdout;
    builder.stderr = stderr;
    builder.terminal = terminal;
    builder.timeout = timeout;
    builder.user = user;
    builder.groups.addAll(groups);
    builder.capabilities = capabilities;
    builder.umask = umask;
    rlimits.forEach(builder::rlimit);
    builder.descriptors.putAll(descriptors);
    builder.oomScoreAdj = oomScoreAdj;
    builder.nice = nice;
    builder.scheduling = scheduling;
    return builder;
  }

  /**
   * The program and its arguments, with the {@link #entrypoint()} first. A program without a slash
   * is looked for in the container's PATH.
   *
   * @return at least one
   */
  public List<String> command() {
    return command;
  }

  /**
   * The first words of the command, which stay when a builder's {@link Builder#command} replaces
   * the rest.
   *
   * @return the words; none by default
   */
  public List<String> entrypoint() {
    return entrypoint;
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
   * The terminal that its standard streams are, and that controls its session.
   *
   * @return the terminal at its first size, or empty for none
   */
  public Optional<Terminal> terminal() {
    return Optional.ofNullable(terminal);
  }

  /**
   * How long the process may run, counted from the moment when it has been started.
   *
   * @return the time, or empty for no limit
   */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  /**
   * Who runs it; {@link User#root()} by default.
   *
   * @return the container's user
   */
  public User user() {
    return user;
  }

  /**
   * Supplementary groups, beside those that the user brings: names, or decimal numbers.
   *
   * @return the groups; none by default
   */
  public List<String> groups() {
    return groups;
  }

  /**
   * What it may have of root's power; {@link Capabilities#defaults()} by default.
   *
   * @return the capabilities
   */
  public Capabilities capabilities() {
    return capabilities;
  }

  /**
   * Which bits are taken from the mode of what it creates: umask(2).
   *
   * @return from 0 to 0777; 022 by default
   */
  public int umask() {
    return umask;
  }

  /**
   * Its resource limits: setrlimit(2). What is not among them is the JVM's.
   *
   * @return at most one for each resource; none by default
   */
  public List<Rlimit> rlimits() {
    return rlimits;
  }

  /**
   * Descriptors beside the standard streams, by the numbers that it has them by.
   *
   * @return from 3 on, in order; none by default
   */
  public Map<Integer, Stdio> descriptors() {
    return descriptors;
  }

  /**
   * How gladly the kernel kills it when memory runs out: proc_pid_oom_score_adj(5).
   *
   * @return from -1000, never, to 1000, first; or empty for the JVM's
   */
  public OptionalInt oomScoreAdj() {
    return oomScoreAdj == null ? OptionalInt.empty() : OptionalInt.of(oomScoreAdj);
  }

  /**
   * Its nice value: setpriority(2).
   *
   * @return from -20, the most of the processor, to 19, the least; or empty for the JVM's
   */
  public OptionalInt nice() {
    return nice == null ? OptionalInt.empty() : OptionalInt.of(nice);
  }

  /**
   * Its scheduling class.
   *
   * @return the class, or empty for the JVM's
   */
  public Optional<Scheduling> scheduling() {
    return Optional.ofNullable(scheduling);
  }

  @Override
  public String toString() {
    return "process " + command;
  }

  /** Describes a process. Not for several threads at once. */
  public static final class Builder {
    private List<String> command = List.of();
    private List<String> entrypoint = List.of();

    /** Whether the words behind the entrypoint came with it, and are of no use behind another. */
    private boolean commandOfEntrypoint;

    private final Map<String, String> env = new LinkedHashMap<>();
    private String cwd = "/";
    private Stdio stdin = Stdio.PIPE;
    private Stdio stdout = Stdio.PIPE;
    private Stdio stderr = Stdio.PIPE;
    private @Nullable Terminal terminal;
    private @Nullable Duration timeout;
    private User user = User.root();
    private final List<String> groups = new ArrayList<>();
    private Capabilities capabilities = Capabilities.defaults();
    private int umask = 022;
    private final Map<Rlimit.Resource, Rlimit> rlimits = new LinkedHashMap<>();
    private final Map<Integer, Stdio> descriptors = new LinkedHashMap<>();
    private @Nullable Integer oomScoreAdj;
    private @Nullable Integer nice;
    private @Nullable Scheduling scheduling;

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
     * The program and its arguments; needed. Behind an {@link #entrypoint}, the arguments of that.
     *
     * @param words at least one without an entrypoint, without NUL
     * @return this
     */
    public Builder command(List<String> words) {
      command = List.copyOf(words);
      commandOfEntrypoint = false;
      return this;
    }

    /**
     * The first words of the command, before those of {@link #command}; none by default. Where the
     * process is that of an image, the image's own command is dropped with the image's entrypoint,
     * as with Docker's {@code --entrypoint}.
     *
     * @param words none for no entrypoint; without NUL
     * @return this
     */
    public Builder entrypoint(String... words) {
      return entrypoint(List.of(words));
    }

    /**
     * The same as {@link #entrypoint(String...)}.
     *
     * @param words none for no entrypoint; without NUL
     * @return this
     */
    public Builder entrypoint(List<String> words) {
      entrypoint = List.copyOf(words);
      if (commandOfEntrypoint) {
        command = List.of();
        commandOfEntrypoint = false;
      }
      return this;
    }

    /** What an image says; each of the two can be replaced. */
    Builder from(Image image) {
      entrypoint = image.entrypoint();
      command = image.command();
      commandOfEntrypoint = true;
      env.putAll(image.environment());
      cwd = image.workingDirectory();
      user = image.user();
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
     * Lets the three standard streams be a pseudo-terminal, which controls the process's session:
     * programs ask for input and draw as they do for a human, and keys such as Ctrl-C (byte 3) are
     * signals. {@link ContainerProcess#stdin()} types, and {@link ContainerProcess#stdout()} has
     * what the terminal shows, errors as well; the three streams must stay {@link Stdio#PIPE} in
     * the spec. TERM is {@code xterm} unless the environment has another. In a root file system of
     * a container's own, the first process's terminal is {@code /dev/console}, too.
     *
     * @param size its first size, such as {@link Terminal#DEFAULT}
     * @return this
     */
    public Builder terminal(Terminal size) {
      terminal = size;
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
     * Who runs it; {@link User#root()} by default.
     *
     * @param value the container's user
     * @return this
     */
    public Builder user(User value) {
      user = value;
      return this;
    }

    /**
     * Who runs it, as {@link User#parse} takes it.
     *
     * @param text such as {@code www-data} or {@code 1000:100}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder user(String text) {
      return user(User.parse(text));
    }

    /**
     * Adds supplementary groups to those that the user brings.
     *
     * @param names names, looked up in the container's {@code /etc/group}, or decimal numbers
     * @return this
     */
    public Builder groups(String... names) {
      groups.addAll(List.of(names));
      return this;
    }

    /**
     * What it may have of root's power; {@link Capabilities#defaults()} by default.
     *
     * @param value the capabilities
     * @return this
     */
    public Builder capabilities(Capabilities value) {
      capabilities = value;
      return this;
    }

    /**
     * Which bits are taken from the mode of what it creates; 022 by default.
     *
     * @param mask from 0 to 0777
     * @return this
     */
    public Builder umask(int mask) {
      umask = mask;
      return this;
    }

    /**
     * Adds a resource limit, or replaces the one of the same resource. To go above the JVM's own
     * hard limit, the JVM must run as root.
     *
     * @param limit the limit
     * @return this
     */
    public Builder rlimit(Rlimit limit) {
      rlimits.put(limit.resource(), limit);
      return this;
    }

    /**
     * Passes a descriptor beside the standard streams, or replaces the one of the same number.
     *
     * @param number which one it is for the process, from 3 to 255
     * @param source {@link Stdio#descriptor}, {@link Stdio#from}, {@link Stdio#to}, {@link
     *     Stdio#appendTo}, {@link Stdio#bytes}, {@link Stdio#text} or {@link Stdio#NULL}
     * @return this
     */
    public Builder descriptor(int number, Stdio source) {
      descriptors.put(number, source);
      return this;
    }

    /**
     * How gladly the kernel kills it when memory runs out; the JVM's by default. To go below that,
     * the JVM must run as root.
     *
     * @param score from -1000, never, to 1000, first
     * @return this
     */
    public Builder oomScoreAdj(int score) {
      oomScoreAdj = score;
      return this;
    }

    /**
     * Its nice value; the JVM's by default. To go below that, the JVM must run as root, or have an
     * RLIMIT_NICE for it.
     *
     * @param value from -20, the most of the processor, to 19, the least
     * @return this
     */
    public Builder nice(int value) {
      nice = value;
      return this;
    }

    /**
     * Its scheduling class; the JVM's by default.
     *
     * @param value the class
     * @return this
     */
    public Builder scheduling(Scheduling value) {
      scheduling = value;
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
