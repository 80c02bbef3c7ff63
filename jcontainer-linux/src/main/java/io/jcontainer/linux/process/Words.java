package io.jcontainer.linux.process;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.request.ProcessRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a process is nothing but words: no other step depends on them.
 *
 * @param cwd the working directory
 * @param candidates the files that may be the program, in their order
 * @param argv its arguments, the program's name among them
 * @param environment its variables
 */
public record Words(String cwd, List<String> candidates, Arg argv, Arg environment) {

  /**
   * Those of a process.
   *
   * @param home the variable HOME, where it has been looked up and the spec has none; else null
   */
  public static Words of(ProcessRequest request, Arg.@Nullable Address home) {
    return new Words(
        request.spec().cwd(),
        Command.candidates(request),
        new Arg.TextList(request.spec().command()), // one for all candidates, as it may be long
        Command.environment(request, home));
  }

  /** The files that may be the program of a process, in their order. */
  public static List<String> candidates(ProcessRequest request) {
    return Command.candidates(request);
  }
}
