package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;
import static io.jcontainer.linux.plan.Flag.Clone.SIGCHLD;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.probe.IdRangeHints;
import io.jcontainer.linux.probe.UserNamespaceHints;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes user namespaces. One lives as long as a descriptor of it is open, but its ids can only be
 * given to a process in it: so a child holds it for that moment.
 */
final class UserNamespaceMaker {
  private static final Logger LOG = LoggerFactory.getLogger(UserNamespaceMaker.class);
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;

  private static final Slot SELF = new Slot("/proc/self");
  private static final Slot READ = new Slot("read");
  private static final Slot WRITE = new Slot("write");
  private static final Slot MAP = new Slot("map");

  private final Kernel kernel;
  private final Launcher launcher;
  private final IdMaps idMaps;

  UserNamespaceMaker(Kernel kernel, Launcher launcher, IdMaps idMaps) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.idMaps = idMaps;
  }

  /**
   * An open user namespace.
   *
   * @param groupsDenied whether setgroups(2) is refused in it
   * @param holder the launch of the process that held it, which ends by itself
   */
  record Made(Fd namespace, IdMapping ids, boolean groupsDenied, Launch holder) {

    /** Waits for the end of the holder. */
    Made settled() {
      holder.finish();
      return this;
    }
  }

  /** The runtime's usual one. */
  Made makeUsual() {
    return makeFirst(idMaps.preferred());
  }

  /** One with the first of these that the host allows. */
  Made makeFirst(List<IdMapping> preferred) {
    HostUnsupportedException refused = null;
    for (IdMapping ids : preferred) {
      try {
        Made made = make(ids).settled();
        if (refused != null) {
          LOG.warn("containers get only the JVM's own user and group id: {}", refused.getMessage());
        }
        return made;
      } catch (HostUnsupportedException e) {
        refused = e;
      }
    }
    if (refused == null) {
      throw new IllegalArgumentException("no ids to try");
    }
    throw refused;
  }

  /** One with these ids; not settled yet. */
  Made make(IdMapping ids) {
    UserNamespaces.requireRoot(ids);
    Steps steps = new Steps();
    steps.add(
        new Step.Leave(
            Calls.clone(
                    List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID, CLONE_NEWUSER, SIGCHLD),
                    Reports.PID)
                .why("a process that holds a new user namespace")));
    try {
      return hold(
          steps,
          (pid, holder) -> {
            boolean denied = write(pid, ids);
            Fd namespace = kernel.open("/proc/" + pid + "/ns/user", O_RDONLY);
            return new Made(namespace, ids, denied, holder);
          });
    } catch (StartFailedException e) {
      throw new HostUnsupportedException(
          "a user namespace", e.getMessage() + "\n  " + UserNamespaceHints.current(), e);
    }
  }

  private boolean write(int pid, IdMapping ids) {
    try {
      return idMaps.write(pid, ids);
    } catch (IOException e) {
      throw new HostUnsupportedException(
          "a user namespace with the ids " + ids.uids() + " and " + ids.gids(),
          e.getMessage() + ". " + IdRangeHints.of(String.valueOf(e.getMessage())),
          e);
    }
  }

  /** What there is to know of an existing one, not settled yet; its descriptor is another. */
  Made describe(Fd existing) {
    Steps steps = new Steps();
    steps.add(Calls.dumpable(false), "nobody in it may trace us");
    steps.add(
        Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), CLONE_NEWUSER),
        "join the user namespace that the spec names");
    steps.add(
        new Step.Leave(
            Calls.clone(List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID, SIGCHLD), Reports.PID)
                .why("a process whose id maps can be read")));
    return hold(
        steps,
        (pid, holder) -> {
          IdMapping ids = IdMaps.read(pid);
          UserNamespaces.requireRoot(ids);
          boolean denied = IdMaps.groupsDenied(pid);
          return new Made(existing.duplicate(0), ids, denied, holder);
        },
        existing);
  }

  /**
   * One within another one, with the same ids; not settled yet. Only who is in the outer one, with
   * all capabilities there, may give its ids on, and nobody comes back from the inner one: so there
   * are two processes, one that enters it and one that writes.
   */
  Made nest(Made outer) {
    Steps steps = new Steps();
    steps.add(
        Calls.setns(Arg.of(UserPlacement.DESCRIPTOR), CLONE_NEWUSER),
        "who gives ids on must be in the user namespace that has them");
    steps.add(
        Calls.open("/proc/self", Open.O_PATH, Open.O_DIRECTORY, Open.O_CLOEXEC).into(SELF),
        "the process aside finds our maps by it");
    Memory ends = Memory.zeros("pipe", 8);
    steps.add(Calls.pipe(ends), "by which the process aside waits for us");
    steps.add(new Step.Load(new Arg.Address(ends, 0), 4, READ, "the end to read from"));
    steps.add(new Step.Load(new Arg.Address(ends, 4), 4, WRITE, "the end to write to"));
    steps.aside(
        Calls.cloneAsideWithOwnDescriptors().why("a process that stays, to write the maps"),
        mapWriter(outer.ids()));
    steps.add(Calls.unshare(CLONE_NEWUSER), "a user namespace within the runtime's");
    // Another container of this runtime that shares the host's pid namespace, and has
    // CAP_SYS_PTRACE, could trace us from here on. It may trace the containers as well.
    steps.add(Calls.dumpable(true), "entering it gave our /proc files to the host's root");
    steps.add(Calls.write(WRITE, "."), "the process aside may write now");
    steps.add(new Step.Await("the ids are there"));
    steps.add(
        new Step.Leave(
            Calls.clone(List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID, SIGCHLD), Reports.PID)
                .why("a process that holds the namespace")));
    try {
      return hold(
          steps,
          (pid, holder) -> {
            Fd namespace = kernel.open("/proc/" + pid + "/ns/user", O_RDONLY);
            return new Made(namespace, outer.ids(), outer.groupsDenied(), holder);
          },
          outer.namespace());
    } catch (StartFailedException e) {
      throw new HostUnsupportedException(
          "a user namespace within another one, which CAP_SYS_ADMIN needs",
          e.getMessage() + "\n  " + UserNamespaceHints.current(),
          e);
    }
  }

  /** Whoever has only read the end of file goes no further: the other process has failed. */
  private static Steps mapWriter(IdMapping ids) {
    Steps steps = new Steps();
    Memory byteRead = Memory.zeros("byte", 1);
    Slot count = new Slot("bytes read");
    steps.add(Calls.close(WRITE), "so that there is an end of file if the launcher ends");
    steps.add(
        Calls.read(Arg.of(READ), byteRead, Arg.of(1)).into(count), "until the namespace is there");
    steps.add(
        new Step.Check(
            "read() of a byte",
            Arg.of(count),
            0,
            -1,
            1,
            false,
            Errno.EPIPE,
            "the launcher has not failed"));
    writeMap("uid_map", ids.uids(), steps);
    writeMap("gid_map", ids.gids(), steps);
    return steps;
  }

  private static void writeMap(String file, List<IdMapping.Range> ranges, Steps steps) {
    StringBuilder lines = new StringBuilder();
    for (IdMapping.Range range : ranges) {
      lines.append(
          new IdMapping.Range(range.containerId(), range.containerId(), range.size()) + "\n");
    }
    steps.add(
        Calls.openIn(SELF, file, Open.O_WRONLY, Open.O_CLOEXEC).into(MAP),
        "of the process that has entered it");
    steps.add(Calls.write(MAP, lines.toString()), "each id is the same as outside; one write");
    steps.add(Calls.close(MAP), "no longer needed");
  }

  private interface Action {
    Made with(int pid, Launch holder);
  }

  /** Lets a child wait at the end of these steps while something is done with it. */
  private Made hold(Steps steps, Action action, Fd... others) {
    steps.add(Calls.dieWithParent(), "not without the JVM");
    steps.add(Reports.ready(), "tells the JVM our pid");
    steps.add(Reports.awaitClose(), "until the JVM is done");
    Program program = launcher.compile(steps.toPlan(), ContainerIds.PLACEHOLDER);
    try (Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      Launch launch = launcher.begin(program, List.of(nothing, nothing, nothing), List.of(others));
      int pid = launch.awaitReady();
      try {
        Made made = action.with(pid, launch);
        launch.letGo();
        return made;
      } catch (RuntimeException | Error e) {
        launch.abandon(e);
        throw e;
      }
    }
  }
}
