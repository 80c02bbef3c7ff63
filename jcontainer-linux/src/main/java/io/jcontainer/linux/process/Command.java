package io.jcontainer.linux.process;

import io.jcontainer.ContainerSpec;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.user.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The last step: execve(2), in each directory of PATH if the program's name has no slash. */
public final class Command {
  private Command() {}

  /**
   * Becomes the command.
   *
   * @param home the variable HOME, where it has been looked up and the spec has none; else null
   * @return where the results are, if all of it fails: 0 for a call that was not made
   */
  public static List<Slot> execute(
      ProcessRequest request, Arg.@Nullable Address home, Steps steps) {
    Words words = Words.of(request, home);
    List<String> candidates = words.candidates();
    String why =
        isSearched(request)
            ? "become the command, if it is in this directory of PATH"
            : "become the command";
    List<Slot> results = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      Slot result = new Slot("execve " + i);
      results.add(result);
      steps.add(
          Calls.execve(candidates.get(i), words.argv(), words.environment())
              .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR)
              .otherwiseSkip(candidates.size() - 1 - i) // as execvp(3): it is there, but no program
              .into(result),
          why);
    }
    return results;
  }

  /**
   * Asks whether it could be executed, and nothing more.
   *
   * @return where the results are, in the order of {@link #execute}'s
   */
  public static List<Slot> rehearse(ProcessRequest request, Steps steps) {
    List<Slot> results = new ArrayList<>();
    for (String candidate : candidates(request)) {
      Slot result = new Slot("faccessat2 " + results.size());
      results.add(result);
      steps.add(
          Calls.mayExecute(candidate).otherwiseSkip(0).into(result),
          "whether the command is there, without becoming it");
    }
    return results;
  }

  private static boolean isSearched(ProcessRequest request) {
    return !request.spec().command().get(0).contains("/");
  }

  /** The files that may be the program, in their order. */
  static List<String> candidates(ProcessRequest request) {
    String program = request.spec().command().get(0);
    return isSearched(request)
        ? candidates(program, request.spec().env().getOrDefault("PATH", ContainerSpec.DEFAULT_PATH))
        : List.of(program);
  }

  /**
   * What the command gets: the spec's variables, and PATH and HOME if they are not among them; but
   * no HOME if it is to be looked up.
   */
  static Arg environment(ProcessRequest request, Arg.@Nullable Address home) {
    Map<String, String> env = environment(request);
    return new Arg.Environment(variables(env), env.containsKey("HOME") ? null : home);
  }

  private static Map<String, String> environment(ProcessRequest request) {
    Map<String, String> env = new LinkedHashMap<>(request.spec().env());
    env.putIfAbsent("PATH", ContainerSpec.DEFAULT_PATH);
    if (!Identity.of(request).needsPasswd()) {
      env.putIfAbsent("HOME", Identity.isRoot(request.spec().user()) ? request.home() : "/");
    }
    if (request.spec().terminal().isPresent()) {
      env.putIfAbsent("TERM", "xterm");
    }
    return env;
  }

  private static List<String> variables(Map<String, String> env) {
    List<String> variables = new ArrayList<>(env.size());
    env.forEach((name, value) -> variables.add(name + "=" + value));
    return variables;
  }

  private static List<String> candidates(String program, String path) {
    List<String> candidates = new ArrayList<>();
    for (String directory : path.split(":", -1)) {
      candidates.add((directory.isEmpty() ? "." : directory) + "/" + program);
    }
    return candidates;
  }
}
