package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import java.util.List;
import java.util.function.Consumer;

/** Images that a call names, each of which may be missing without harm to the others. */
final class ImageNames {
  static final String DESCRIPTION = "A name, an id, the beginning of one, or a name and a digest.";

  private ImageNames() {}

  /**
   * Does something with each, and goes on with the next where that fails.
   *
   * @return the exit code
   */
  static int each(List<String> names, Complaints complaints, Consumer<String> action) {
    int code = ExitCode.OK;
    for (String name : names) {
      try {
        action.accept(name);
      } catch (ContainerException e) {
        complaints.failure(e);
        code = ExitCode.of(e);
      }
    }
    return code;
  }
}
