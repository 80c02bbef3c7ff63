package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands of bpf(2), each with its part of union bpf_attr. */
final class BpfCalls {
  private static final long BPF = "amd64".equals(System.getProperty("os.arch")) ? 321 : 280;

  private static final int BPF_PROG_LOAD = 5;
  private static final int BPF_PROG_ATTACH = 8;
  private static final int BPF_PROG_DETACH = 9;
  private static final int BPF_PROG_GET_FD_BY_ID = 13;
  private static final int BPF_PROG_QUERY = 16;

  private static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
  private static final int BPF_CGROUP_DEVICE = 6;
  private static final int BPF_F_ALLOW_MULTI = 2;

  private static final int INSN_SIZE = 8;
  private static final int LOG_SIZE = 1 << 16;

  /** No cgroup has more programs of one type: BPF_CGROUP_MAX_PROGS of the kernel. */
  private static final int MOST_PROGRAMS = 64;

  private BpfCalls() {}

  /** The number of a descriptor that is close-on-exec, as all of bpf(2). */
  static int load(byte[] insns) {
    String call =
        "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE, %d instructions)"
            .formatted(insns.length / INSN_SIZE);
    int fd = load(insns, null);
    if (fd >= 0) {
      return fd;
    }
    Errno errno = Errno.of(Native.getLastError());
    if (errno != Errno.EINVAL && errno != Errno.EACCES) {
      throw new SyscallException(call, errno);
    }
    // The verifier tells only those who ask, which makes it slower.
    try (Memory log = new Memory(LOG_SIZE)) {
      log.clear();
      fd = load(insns, log);
      if (fd >= 0) {
        return fd;
      }
      String said = log.getString(0, StandardCharsets.US_ASCII.name()).strip();
      throw new SyscallException(
          said.isEmpty() ? call : call + ", of which the verifier says: " + said,
          Errno.of(Native.getLastError()));
    }
  }

  private static int load(byte[] insns, @Nullable Memory log) {
    try (Memory program = new Memory(insns.length);
        Memory license = new Memory(1); // empty: no helper function of the kernel's is called
        Memory attributes = new Memory(48)) {
      program.write(0, insns, 0, insns.length);
      license.clear();
      attributes.clear();
      attributes.setInt(0, BPF_PROG_TYPE_CGROUP_DEVICE);
      attributes.setInt(4, insns.length / INSN_SIZE);
      attributes.setLong(8, Pointer.nativeValue(program));
      attributes.setLong(16, Pointer.nativeValue(license));
      if (log != null) {
        attributes.setInt(24, 1);
        attributes.setInt(28, LOG_SIZE);
        attributes.setLong(32, Pointer.nativeValue(log));
      }
      return bpf(BPF_PROG_LOAD, attributes);
    }
  }

  static void attach(Fd cgroup, Fd program) {
    attachment(
        BPF_PROG_ATTACH, BPF_F_ALLOW_MULTI, cgroup, program, "ATTACH", ", BPF_F_ALLOW_MULTI");
  }

  static void detach(Fd cgroup, Fd program) {
    attachment(BPF_PROG_DETACH, 0, cgroup, program, "DETACH", "");
  }

  private static void attachment(
      int command, int flags, Fd cgroup, Fd program, String name, String flagNames) {
    try (Memory attributes = new Memory(20)) {
      attributes.clear();
      attributes.setInt(0, cgroup.number());
      attributes.setInt(4, program.number());
      attributes.setInt(8, BPF_CGROUP_DEVICE);
      attributes.setInt(12, flags);
      JnaKernel.checked(
          bpf(command, attributes),
          () ->
              "bpf(BPF_PROG_%s, cgroup %s, program %s, BPF_CGROUP_DEVICE%s)"
                  .formatted(name, cgroup, program, flagNames));
    }
  }

  static List<Integer> attached(Fd cgroup) {
    try (Memory ids = new Memory(4L * MOST_PROGRAMS);
        Memory attributes = new Memory(32)) {
      attributes.clear();
      attributes.setInt(0, cgroup.number());
      attributes.setInt(4, BPF_CGROUP_DEVICE);
      attributes.setLong(16, Pointer.nativeValue(ids));
      attributes.setInt(24, MOST_PROGRAMS);
      JnaKernel.checked(
          bpf(BPF_PROG_QUERY, attributes),
          () -> "bpf(BPF_PROG_QUERY, cgroup %s, BPF_CGROUP_DEVICE)".formatted(cgroup));
      List<Integer> attached = new ArrayList<>();
      for (int i = 0; i < attributes.getInt(24); i++) {
        attached.add(ids.getInt(4L * i));
      }
      return attached;
    }
  }

  static int byId(int id) {
    try (Memory attributes = new Memory(12)) {
      attributes.clear();
      attributes.setInt(0, id);
      return JnaKernel.checked(
          bpf(BPF_PROG_GET_FD_BY_ID, attributes), () -> "bpf(BPF_PROG_GET_FD_BY_ID, " + id + ")");
    }
  }

  private static int bpf(int command, Memory attributes) {
    return (int)
        LibC.syscall(BPF, command, Pointer.nativeValue(attributes), attributes.size(), 0, 0);
  }
}
