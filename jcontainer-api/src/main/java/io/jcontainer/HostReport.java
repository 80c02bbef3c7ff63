package io.jcontainer;

import io.jcontainer.spi.RuntimeProvider;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What this host, and this user on it, can do for containers; each feature was found out by doing
 * it. {@link ContainerRuntime#host()} and {@link #probe()} make one.
 *
 * @param facts what there is to know without trying, such as {@code kernel} and {@code uid}, in the
 *     order in which they are told
 * @param findings one for each feature, the most important first
 * @since 0.1.0
 */
public record HostReport(Map<String, String> facts, List<Finding> findings) {
  /** The name of the finding that says whether a container with all defaults can be started. */
  public static final String CONTAINER = "container";

  /**
   * Copies map and list.
   *
   * @param facts what there is to know without trying
   * @param findings one for each feature
   */
  public HostReport {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    findings = List.copyOf(findings);
  }

  /**
   * One feature.
   *
   * @param name a stable name for programs, such as {@code user-namespaces}
   * @param title what it is, in one line
   * @param works whether it works here
   * @param cause why it does not: the call and the error number that said no, or the setting; empty
   *     if it works
   * @param cure what the administrator can do: a command or a sentence; empty if it works, or if
   *     nothing is known
   */
  public record Finding(
      String name, String title, boolean works, Optional<String> cause, Optional<String> cure) {

    /**
     * A feature that works.
     *
     * @param name a stable name for programs
     * @param title what it is
     * @return the finding
     */
    public static Finding works(String name, String title) {
      return new Finding(name, title, true, Optional.empty(), Optional.empty());
    }

    /**
     * A feature that does not work.
     *
     * @param name a stable name for programs
     * @param title what it is
     * @param cause why
     * @param cure what the administrator can do; empty if nothing is known
     * @return the finding
     */
    public static Finding fails(String name, String title, String cause, Optional<String> cure) {
      return new Finding(name, title, false, Optional.of(cause), cure);
    }
  }

  /**
   * Tries everything now. It needs no runtime, so that a host that can have none gets a report too.
   * It takes some tens of milliseconds, and leaves nothing behind.
   *
   * @return the report
   * @throws HostUnsupportedException if no backend is on the class path or module path
   */
  public static HostReport probe() {
    return RuntimeProvider.find().probe();
  }

  /**
   * Whether a container with all defaults can be started; one was.
   *
   * @return true if it can
   */
  public boolean canStart() {
    return finding(CONTAINER).map(Finding::works).orElse(false);
  }

  /**
   * The finding with this name.
   *
   * @param name such as {@code user-namespaces}
   * @return it, or empty if it was not looked for: some features are only of use to root
   */
  public Optional<Finding> finding(String name) {
    return findings.stream().filter(finding -> finding.name().equals(name)).findFirst();
  }

  /**
   * The report in words.
   *
   * @return the facts, then a line for each feature with cause and cure below it; with a newline
   *     after each line
   */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder();
    facts.forEach((name, value) -> words.append("%-12s %s%n".formatted(name, value)));
    for (Finding finding : findings) {
      String answer = finding.works() ? "yes" : "NO";
      words.append("%-4s %-20s %s%n".formatted(answer, finding.name(), finding.title()));
      finding.cause().ifPresent(cause -> words.append(below("cause", cause)));
      finding.cure().ifPresent(cure -> words.append(below("cure", cure)));
    }
    return words.toString();
  }

  private static String below(String what, String text) {
    return "       %-6s %s%n".formatted(what + ":", text.replace("\n", "\n              "));
  }
}
