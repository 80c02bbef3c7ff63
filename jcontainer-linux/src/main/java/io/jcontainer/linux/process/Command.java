package io.jcontainer.linux.process;

import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
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

/** The last step: execve(2), in each directory of PATH if the program's name has no slash. */
public final class Command {
  private Command() {}

  /**
   * Becomes the command.
   *
   * @return where the results are, if all of it fails: 0 for a call that was not made
   */
  public static List<Slot> execute(ProcessRequest request, Steps steps) {
    ProcessSpec spec = request.spec();
    Map<String, String> env = environment(request);
    boolean homeInAnswer = !env.containsKey("HOME");
    Arg environment =
        new Arg.Environment(variables(env), homeInAnswer ? Identity.homeVariable() : null);
    Arg argv = new Arg.TextList(spec.command()); // one for all, as it may be long
    String program = spec.command().get(0);
    boolean searched = !program.contains("/");
    List<String> candidates =
        searched
            ? candidates(program, env.getOrDefault("PATH", ContainerSpec.DEFAULT_PATH))
            : List.of(program);
    String why =
        searched ? "become the command, if it is in this directory of PATH" : "become the command";
    List<Slot> results = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      Slot result = new Slot("execve " + i);
      results.add(result);
      steps.add(
          Calls.execve(candidates.get(i), argv, environment)
              .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR)
              .otherwiseSkip(candidates.size() - 1 - i) // as execvp(3): it is there, but no program
              .into(result),
          why);
    }
    return results;
  }

  /**
   * What the command gets: the spec's variables, and PATH and HOME if they are not among them; but
   * no HOME if it is to be looked up.
   */
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
