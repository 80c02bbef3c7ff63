package io.jcontainer.linux.cgroup;

import io.jcontainer.DeviceRule;
import io.jcontainer.linux.cgroup.bpf.Assembler;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Devices on v2: what v1's devices controller does is there done by BPF programs that are attached
 * to the cgroup, bpf(2). They go with it.
 */
final class DevicePrograms {
  private static final String LIMIT = "limits.devices";

  private final Kernel kernel;

  /** By these system calls. */
  DevicePrograms(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Allows a cgroup what these rules allow, in place of what others have allowed before. All that
   * are attached have to allow a device, so that meanwhile it is what both allow, and never more.
   * Changes nothing if it cannot be done.
   *
   * @param cgroup a directory of v2
   * @return why it cannot be done here, or empty if it is
   * @throws SyscallException if a call failed for another reason than that it may not be made
   */
  Optional<Unenforced> replace(Fd cgroup, List<DeviceRule> rules) {
    List<Fd> before = new ArrayList<>();
    try (Fd program = kernel.bpfLoad(Assembler.encode(DeviceProgram.of(rules)))) {
      for (int id : kernel.bpfAttached(cgroup)) {
        before.add(kernel.bpfProgram(id));
      }
      kernel.bpfAttach(cgroup, program);
      before.forEach(each -> kernel.bpfDetach(cgroup, each));
      return Optional.empty();
    } catch (SyscallException e) {
      return Optional.of(unenforced(e));
    } finally {
      before.forEach(Fd::close);
    }
  }

  private static Unenforced unenforced(SyscallException e) {
    String why = "it is a BPF program of the cgroup, and " + e.getMessage();
    if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
      return new Unenforced(
          LIMIT,
          why,
          Optional.of(
              "It takes CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, on the host: run the JVM as"
                  + " root. In a user namespace, devices are kept away by its mounts: a container"
                  + " has only the nodes that it is given"));
    }
    if (e.errno() == Errno.ENOSYS || e.errno() == Errno.EINVAL) {
      return new Unenforced(
          LIMIT,
          why,
          Optional.of("A kernel with CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF is needed"));
    }
    throw e;
  }
}
