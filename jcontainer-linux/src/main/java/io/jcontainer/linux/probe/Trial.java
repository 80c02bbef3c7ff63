package io.jcontainer.linux.probe;

import io.jcontainer.HostReport.Finding;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Steps;
import java.util.List;
import java.util.Optional;

/**
 * A feature of the kernel, and steps that work only where it does. They are taken by a process of
 * their own, whose end undoes them.
 *
 * @param name of the finding
 * @param title of the finding
 * @param rights whether an ordinary user has the rights for it only in a user namespace
 * @param namespaces what the process has of its own
 * @param steps what it does
 * @param cure what is to be done where no hint about the failed step is known
 */
public record Trial(
    String name, String title, boolean rights, List<Flag> namespaces, Steps steps, String cure) {

  /** Who takes the steps. */
  public interface Runner {

    /** What failed, or empty if nothing did. */
    Optional<Failure> run(Trial trial);
  }

  /**
   * A step that failed.
   *
   * @param cause the call and its errno
   * @param hint what a user can do about it
   */
  public record Failure(String cause, Optional<String> hint) {}

  /** Tries it. */
  public Finding finding(Runner runner) {
    return runner
        .run(this)
        .map(
            failure ->
                Finding.fails(
                    name, title, failure.cause(), failure.hint().or(() -> Optional.of(cure))))
        .orElseGet(() -> Finding.works(name, title));
  }
}
