package io.jcontainer;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * A part of root's power: capabilities(7). In the order of the kernel's numbers, from 0 on; all of
 * them are there since Linux 5.9.
 *
 * @since 0.1.0
 */
public enum Capability {
  /** Change the owner of files. */
  CHOWN,
  /** Read, write and execute files whatever their mode. */
  DAC_OVERRIDE,
  /** Read files and search directories whatever their mode. */
  DAC_READ_SEARCH,
  /** Do with files what else only their owner may. */
  FOWNER,
  /** Keep set-user-id bits when a file changes. */
  FSETID,
  /** Send signals to processes of others. */
  KILL,
  /** Take other group ids. */
  SETGID,
  /** Take other user ids. */
  SETUID,
  /** Drop capabilities from the bounding set, and make them inheritable. */
  SETPCAP,
  /** Make files immutable. */
  LINUX_IMMUTABLE,
  /** Listen on ports below 1024. */
  NET_BIND_SERVICE,
  /** Not used by the kernel. */
  NET_BROADCAST,
  /** Configure the network. */
  NET_ADMIN,
  /** Use raw and packet sockets. */
  NET_RAW,
  /** Lock memory. */
  IPC_LOCK,
  /** Use System V IPC objects whatever their mode. */
  IPC_OWNER,
  /** Load kernel modules: only in the host's user namespace. */
  SYS_MODULE,
  /** Use I/O ports and the like: only in the host's user namespace. */
  SYS_RAWIO,
  /** Use chroot(2), and join mount namespaces. */
  SYS_CHROOT,
  /** Trace processes of others. */
  SYS_PTRACE,
  /** Switch process accounting: only in the host's user namespace. */
  SYS_PACCT,
  /** Mount, make namespaces, and much else. */
  SYS_ADMIN,
  /** Reboot. */
  SYS_BOOT,
  /** Raise priorities: only in the host's user namespace. */
  SYS_NICE,
  /** Go beyond resource limits: only in the host's user namespace. */
  SYS_RESOURCE,
  /** Set the clock: only in the host's user namespace. */
  SYS_TIME,
  /** Configure terminals. */
  SYS_TTY_CONFIG,
  /** Make device nodes: only in the host's user namespace. */
  MKNOD,
  /** Lease files. */
  LEASE,
  /** Write to the audit log. */
  AUDIT_WRITE,
  /** Configure auditing: only in the host's user namespace. */
  AUDIT_CONTROL,
  /** Give capabilities to files. */
  SETFCAP,
  /** Override mandatory access control. */
  MAC_OVERRIDE,
  /** Configure mandatory access control. */
  MAC_ADMIN,
  /** Read and clear the kernel's log: only in the host's user namespace. */
  SYSLOG,
  /** Wake the host up. */
  WAKE_ALARM,
  /** Keep the host from sleeping. */
  BLOCK_SUSPEND,
  /** Read the audit log. */
  AUDIT_READ,
  /** Observe performance. */
  PERFMON,
  /** Load BPF programs: only in the host's user namespace. */
  BPF,
  /** Checkpoint and restore processes. */
  CHECKPOINT_RESTORE;

  /**
   * Parses a name as Docker or the kernel spells it, in either case, or {@code ALL}.
   *
   * @param text such as {@code NET_ADMIN} or {@code cap_net_admin}
   * @return the capability; with {@code ALL}, all of them
   * @throws InvalidSpecException if there is no such capability
   */
  public static Set<Capability> parse(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.equals("ALL")) {
      return EnumSet.allOf(Capability.class);
    }
    String plain = name.startsWith("CAP_") ? name.substring(4) : name;
    for (Capability capability : values()) {
      if (capability.name().equals(plain)) {
        return EnumSet.of(capability);
      }
    }
    throw new InvalidSpecException(
        "capabilities", "\"" + text + "\" is no capability of capabilities(7), and not ALL");
  }

  /**
   * The kernel's number.
   *
   * @return from 0 to 40
   */
  @SuppressWarnings("EnumOrdinal") // KernelHeadersTest compares them
  public int number() {
    return ordinal();
  }

  /** The kernel's name, such as {@code CAP_NET_ADMIN}. */
  @Override
  public String toString() {
    return "CAP_" + name();
  }
}
