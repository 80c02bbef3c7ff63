package io.jcontainer.linux.request;

import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.linux.plan.Flag;

/** The kinds of namespaces, in the order in which existing ones are joined: namespaces(7). */
public enum Kind {
  USER(Flag.Clone.CLONE_NEWUSER, "user"),
  NETWORK(Flag.Clone.CLONE_NEWNET, "net"),
  UTS(Flag.Clone.CLONE_NEWUTS, "uts"),
  IPC(Flag.Clone.CLONE_NEWIPC, "ipc"),
  CGROUP(Flag.Clone.CLONE_NEWCGROUP, "cgroup"),
  TIME(Flag.Clone.CLONE_NEWTIME, "time"),
  PID(Flag.Clone.CLONE_NEWPID, "pid"),
  /** The last, for it takes the root directory, and with it /proc, away. */
  MOUNT(Flag.Clone.CLONE_NEWNS, "mnt");

  private final Flag.Clone flag;
  private final String file;

  Kind(Flag.Clone flag, String file) {
    this.flag = flag;
    this.file = file;
  }

  /** The flag that stands for it in clone(2), unshare(2) and setns(2). */
  public Flag.Clone flag() {
    return flag;
  }

  /** Its file below /proc/PID/ns. */
  public String file() {
    return file;
  }

  /** Which one of this kind was chosen. */
  public Namespace of(Namespaces namespaces) {
    return switch (this) {
      case USER -> namespaces.user();
      case NETWORK -> namespaces.network();
      case UTS -> namespaces.uts();
      case IPC -> namespaces.ipc();
      case CGROUP -> namespaces.cgroup();
      case TIME -> namespaces.time();
      case PID -> namespaces.pid();
      case MOUNT -> namespaces.mount();
    };
  }

  /** Whether a new one was chosen. */
  public boolean isOwn(Namespaces namespaces) {
    return of(namespaces) instanceof Namespace.Own;
  }

  /** Whether the JVM's was chosen. */
  public boolean isHost(Namespaces namespaces) {
    return of(namespaces) instanceof Namespace.Host;
  }
}
