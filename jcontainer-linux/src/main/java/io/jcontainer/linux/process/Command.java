package io.jcontainer.linux.process;

import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last step: execve(2), in each directory of PATH if the program's name has no slash. */
public final class Command {
  private Command() {}

  /** Becomes the command. */
  public static void execute(ProcessRequest request, Steps steps) {
    ProcessSpec spec = request.spec();
    Map<String, String> env = environment(request);
    Arg environment = new Arg.Environment(variables(env));
    Arg argv = new Arg.TextList(spec.command()); // one for all, as it may be long
    String program = spec.command().get(0);
    if (program.contains("/")) {
      steps.add(Calls.execve(program, argv, environment), "become the command");
      return;
    }
    String path = env.getOrDefault("PATH", ContainerSpec.DEFAULT_PATH);
    List<String> candidates = candidates(program, path);
    for (int i = 0; i < candidates.size(); i++) {
      steps.add(
          Calls.execve(candidates.get(i), argv, environment)
              .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR)
              .into(result(i)),
          "become the command, if it is in this directory of PATH");
    }
    // As execvp(3): that a program is there, but may not be executed, is said rather than ENOENT.
    for (int i = 0; i < candidates.size(); i++) {
      steps.add(check(i, "execve(\"" + candidates.get(i) + "\")", -Errno.EACCES.number(), true));
    }
    int last = candidates.size() - 1;
    steps.add(check(last, "execve(\"" + program + "\") in PATH=" + path, 0, false));
  }

  private static Step check(int index, String call, long expected, boolean differs) {
    Errno error = differs ? Errno.EACCES : Errno.ENOENT;
    return new Step.Check(
        call,
        Arg.of(result(index)),
        0,
        -1,
        expected,
        differs,
        error,
        differs ? "it may not be executed" : "it was in no directory");
  }

  /** What the command gets: the spec's variables, and PATH and HOME if they are not among them. */
  private static Map<String, String> environment(ProcessRequest request) {
    Map<String, String> env = new LinkedHashMap<>(request.spec().env());
    env.putIfAbsent("PATH", ContainerSpec.DEFAULT_PATH);
    env.putIfAbsent("HOME", request.home());
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

  private static Slot result(int index) {
    return new Slot("execve " + index);
  }
}
