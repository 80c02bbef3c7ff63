package io.jcontainer.linux.probe;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWCGROUP;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWIPC;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNET;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWPID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWTIME;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUTS;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Steps;
import java.util.List;

/** Each kind of namespace is made: namespaces(7). */
public final class NamespaceTrials {
  private NamespaceTrials() {}

  /** All kinds but user namespaces, which come first and by themselves. */
  public static List<Trial> all() {
    return List.of(
        own("mount-namespace", "own mounts", CLONE_NEWNS),
        own("pid-namespace", "own processes", CLONE_NEWPID),
        own("network-namespace", "an own network", CLONE_NEWNET),
        own("uts-namespace", "an own host name", CLONE_NEWUTS),
        own("ipc-namespace", "own System V IPC and message queues", CLONE_NEWIPC),
        own("cgroup-namespace", "an own view of cgroups", CLONE_NEWCGROUP),
        new Trial(
            "time-namespace",
            "own monotonic clocks",
            true,
            List.of(),
            new Steps().add(Calls.unshare(CLONE_NEWTIME), "only unshare(2) knows this flag"),
            "A kernel with CONFIG_TIME_NS is needed; without it, only clockOffsets is missing"));
  }

  private static Trial own(String name, String title, Flag kind) {
    return new Trial(
        name, title, true, List.of(kind), new Steps(), "A kernel with this kind is needed");
  }
}
