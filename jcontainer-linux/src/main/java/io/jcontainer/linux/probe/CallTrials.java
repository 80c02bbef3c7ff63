package io.jcontainer.linux.probe;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;
import static io.jcontainer.linux.plan.Flag.Resolve.RESOLVE_NO_MAGICLINKS;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.sys.Errno;
import java.util.List;

/**
 * Whether the kernel has a call, and lets this process make it: asked with operands that cannot
 * succeed, it names what is wrong with them.
 */
public final class CallTrials {
  private static final Arg ZERO = Arg.of(0);
  private static final int NO_DESCRIPTOR = 0x7FFF_FFFF;
  private static final String FORBIDDEN =
      "Where the kernel has it, a seccomp filter forbids it (Docker: --security-opt"
          + " seccomp=unconfined); ";

  private CallTrials() {}

  /** All of them. */
  public static List<Trial> all() {
    return List.of(
        call(
            "openat2",
            "paths that cannot lead out of a root: openat2(2)",
            Calls.openat2(
                "/", List.of(O_PATH, O_DIRECTORY, O_CLOEXEC), List.of(RESOLVE_NO_MAGICLINKS)),
            FORBIDDEN + "Linux 5.6 has it"),
        call(
            "clone3",
            "processes that begin in another cgroup: clone3(2) with CLONE_INTO_CGROUP",
            cloneIntoCgroup().tolerate(Errno.EBADF),
            FORBIDDEN + "Linux 5.7 has it"),
        call(
            "seccomp",
            "filters of system calls: seccomp(2)",
            seccomp("SECCOMP_SET_MODE_FILTER", 1),
            "A kernel with CONFIG_SECCOMP_FILTER is needed"),
        call(
            "seccomp-notify",
            "system calls that another process answers: seccomp_unotify(2)",
            seccomp("SECCOMP_GET_NOTIF_SIZES", 3),
            "Linux 5.0 with CONFIG_SECCOMP_FILTER is needed"));
  }

  private static Trial call(String name, String title, Step.Call call, String cure) {
    return new Trial(name, title, false, List.of(), new Steps().add(call, "is it there?"), cure);
  }

  private static Step.Call seccomp(String operation, int number) {
    return Step.Call.of(Sys.SECCOMP, Arg.named(operation, number), ZERO, Arg.NULL)
        .tolerate(Errno.EFAULT);
  }

  /** A struct clone_args with a cgroup that is none. */
  private static Step.Call cloneIntoCgroup() {
    Arg flags = Arg.named("CLONE_INTO_CGROUP", 0x2_0000_0000L);
    Arg signal = Arg.named("SIGCHLD", 17);
    Arg args =
        Arg.struct64(
            flags, ZERO, ZERO, ZERO, signal, ZERO, ZERO, ZERO, ZERO, ZERO, Arg.of(NO_DESCRIPTOR));
    return Step.Call.of(Sys.CLONE3, args, Arg.of(88));
  }
}
