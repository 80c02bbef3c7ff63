package io.jcontainer.linux.process;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;
import static io.jcontainer.linux.plan.Flag.Resolve.RESOLVE_NO_MAGICLINKS;

import io.jcontainer.Stdio;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.user.Identity;
import java.util.List;

/** What the first process is, apart from its namespaces, its root and its rights. */
public final class Process1 {
  private static final Slot CWD = new Slot("cwd");

  private Process1() {}

  /**
   * Gives the pipes to the container's user: who opens /dev/stdout opens the pipe anew, which is
   * EACCES for all but its owner.
   */
  public static void ownStreams(ProcessRequest request, Steps steps) {
    Owner owner = pipeOwner(request);
    List<Stdio> streams =
        List.of(request.spec().stdin(), request.spec().stdout(), request.spec().stderr());
    for (int fd = 0; fd < streams.size(); fd++) {
      if (owner != Owner.ALREADY && Streams.isPipe(streams.get(fd))) {
        steps.add(
            owner == Owner.ANYBODY
                ? Calls.fchmod(fd, 0666)
                : Calls.fchown(fd, request.user().rootUid(), request.user().rootGid()),
            "so that the container can open /dev/std* again");
      }
    }
  }

  /** The same by the JVM itself, for a process that has no rights over them any more. */
  public static void ownStreams(ProcessRequest request, List<Fd> pipes, Kernel kernel) {
    Owner owner = pipeOwner(request);
    for (Fd pipe : pipes) {
      if (owner == Owner.ANYBODY) {
        kernel.chmod(pipe, 0666);
      } else if (owner == Owner.ROOT) {
        kernel.chown(pipe, request.user().rootUid(), request.user().rootGid());
      }
    }
  }

  private enum Owner {
    ALREADY,
    /** The container's root. */
    ROOT,
    /**
     * An ordinary user may not give anything away, and another user may not be known yet. But no
     * path leads others to a pipe.
     */
    ANYBODY
  }

  private static Owner pipeOwner(ProcessRequest request) {
    boolean ordinary = request.entersUser(Order.FIRST);
    boolean root = Identity.isRoot(request.spec().user());
    if (root
        && (request.entersUser(Order.NEVER)
            || (ordinary && request.user().rootUid() == request.host().uid()))) {
      return Owner.ALREADY;
    }
    if (request.spec().terminal().isPresent()) {
      return Owner.ALREADY; // there are no pipes
    }
    return ordinary || !root ? Owner.ANYBODY : Owner.ROOT;
  }

  /** Whether this is the step that has the path of the working directory, as its second operand. */
  public static boolean isWorkingDirectory(Step step) {
    return step instanceof Step.Call call && CWD.equals(call.result());
  }

  /** Closes what {@link #enterWorkingDirectory} has open. */
  public static void closeWorkingDirectory(Steps steps) {
    steps.add(Calls.close(CWD), "looked at");
  }

  /** Enters the working directory with the container's rights and in its root. */
  public static void enterWorkingDirectory(ProcessRequest request, Steps steps) {
    steps.add(
        Calls.openat2(
                request.spec().cwd(),
                List.of(O_PATH, O_DIRECTORY, O_CLOEXEC),
                List.of(RESOLVE_NO_MAGICLINKS))
            .into(CWD),
        "no way through /proc/self/fd to a directory that leaked in");
    steps.add(Calls.fchdir(CWD), "to what was found: a path could lead elsewhere by now");
    Memory path = Memory.zeros("path", 4096);
    steps.add(
        Calls.getcwd(path).tolerate(Errno.ERANGE, Errno.ENAMETOOLONG),
        "the kernel puts \"(unreachable)\" before a path outside of the root");
    steps.add(
        new Step.Check(
            "getcwd() begins with /",
            Arg.of(path),
            1,
            0xFF,
            '/',
            false,
            Errno.EXDEV,
            "the directory lies within the root"));
  }
}
