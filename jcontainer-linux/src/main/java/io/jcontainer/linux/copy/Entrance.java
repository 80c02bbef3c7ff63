package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Fd;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** How an agent gets to where its files are. */
final class Entrance {
  /** The socket to the other side's agent. */
  static final int BRIDGE = 4;

  private static final int CONTAINER = 5;

  private static final Slot DESCRIPTORS = new Slot("descriptors");

  private static final Arg FOR_FILES =
      Arg.named("CAP_CHOWN|CAP_DAC_OVERRIDE|CAP_FOWNER", 1 | 1 << 1 | 1 << 3);

  private Entrance() {}

  /**
   * An agent, and what it keeps open.
   *
   * @param descriptors its /proc/self/fd, by which it opens again what it has found
   */
  record Entered(Agent agent, int descriptors) {}

  /** With the JVM's ids and rights, on the host. */
  static Entered host(Launcher launcher, Fd bridge) {
    return enter(launcher, List.of(bridge), new Steps());
  }

  /**
   * With the ids of the container's root, in its mounts; but not in its pid namespace, so that
   * nothing in there sees the agent.
   *
   * @param container a pidfd of its first process
   * @param kinds which namespaces it does not share with the JVM
   */
  static Entered container(
      Launcher launcher, Fd bridge, Fd container, Set<Kind> kinds, UserPlacement user) {
    Steps steps = new Steps();
    List<Flag> joined = new ArrayList<>();
    for (Kind kind : List.of(Kind.USER, Kind.MOUNT)) {
      if (kinds.contains(kind)) {
        joined.add(kind.flag());
      }
    }
    if (!joined.isEmpty()) {
      steps.add(
          Calls.setns(Arg.of(CONTAINER), joined.toArray(Flag[]::new)),
          "both in one call: which of them has to be first depends on who owns the mounts");
    }
    steps.add(Calls.close(Arg.of(CONTAINER)), "it is not needed any more");
    becomeRoot(user, steps);
    return enter(launcher, List.of(bridge, container), steps);
  }

  /**
   * The same by the namespaces themselves, which outlive the container.
   *
   * @param mounts the mount namespace
   * @param users the user namespaces that it is in, the outer one first
   */
  static Entered held(Launcher launcher, Fd bridge, Fd mounts, List<Fd> users, UserPlacement user) {
    List<Fd> others = new ArrayList<>(List.of(bridge, mounts));
    others.addAll(users);
    Steps steps = new Steps();
    Step mount = Calls.setns(Arg.of(CONTAINER), CLONE_NEWNS).why("its files");
    boolean mountsFirst = user.order() != Order.FIRST;
    if (mountsFirst) { // they belong to a namespace above
      steps.add(mount);
    }
    for (int i = 0; i < users.size(); i++) {
      steps.add(Calls.setns(Arg.of(CONTAINER + 1 + i), CLONE_NEWUSER), "whose ids are root's");
      if (i == 0 && !mountsFirst) { // they belong to this one
        steps.add(mount);
      }
    }
    for (int i = 0; i <= users.size(); i++) {
      steps.add(Calls.close(Arg.of(CONTAINER + i)), "it is not needed any more");
    }
    becomeRoot(user, steps);
    return enter(launcher, others, steps);
  }

  private static void becomeRoot(UserPlacement user, Steps steps) {
    if (!user.groupsDenied()) {
      steps.add(Calls.setgroups(List.of()), "none of the JVM's groups");
    }
    steps.add(Calls.setresgid(Arg.of(0)), "root's group inside");
    steps.add(Calls.setresuid(Arg.of(0)), "root inside: what is made belongs to it");
    Arg none = Arg.of(0);
    steps.add(
        Calls.capset(Arg.struct32(FOR_FILES, FOR_FILES, none, none, none, none)),
        "all files that the container's ids own, and no more");
    steps.add(Calls.noNewPrivs(), "nothing is executed, and nothing could give more");
    steps.add(Calls.dumpable(false), "a change of ids has made it what fs.suid_dumpable says");
    steps.add(Calls.dieWithParent(), "a change of ids has cleared it");
  }

  private static Entered enter(Launcher launcher, List<Fd> others, Steps steps) {
    Steps first = new Steps();
    first.add(Calls.dieWithParent(), "not without the JVM");
    first.add(Calls.dumpable(false), "nobody in the container may trace us once we are in there");
    first.add(Calls.umask(077), "modes are given later");
    Agent agent = launcher.agent(first, others);
    try {
      Steps open = new Steps();
      open.add(
          Calls.open("/proc/self/fd", O_PATH, O_DIRECTORY, O_CLOEXEC).into(DESCRIPTORS),
          "while the host's /proc is there");
      int descriptors = (int) agent.run(open, DESCRIPTORS)[0];
      steps.add(Calls.chdir("/"), "where paths begin");
      agent.run(steps);
      return new Entered(agent, descriptors);
    } catch (RuntimeException | Error e) {
      agent.close();
      throw e;
    }
  }
}
