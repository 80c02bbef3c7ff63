package io.jcontainer.linux.request;

import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.linux.plan.Flag;
import java.util.function.Function;

/** The kinds of namespaces, in the order in which existing ones are joined: namespaces(7). */
public enum Kind {
  USER(Flag.Clone.CLONE_NEWUSER, "user", Namespaces::user),
  NETWORK(Flag.Clone.CLONE_NEWNET, "net", Namespaces::network),
  UTS(Flag.Clone.CLONE_NEWUTS, "uts", Namespaces::uts),
  IPC(Flag.Clone.CLONE_NEWIPC, "ipc", Namespaces::ipc),
  CGROUP(Flag.Clone.CLONE_NEWCGROUP, "cgroup", Namespaces::cgroup),
  TIME(Flag.Clone.CLONE_NEWTIME, "time", Namespaces::time),
  PID(Flag.Clone.CLONE_NEWPID, "pid", Namespaces::pid),
  /** The last, for it takes the root directory, and with it /proc, away. */
  MOUNT(Flag.Clone.CLONE_NEWNS, "mnt", Namespaces::mount);

  private final Flag.Clone flag;
  private final String file;
  private final Function<Namespaces, Namespace> choice;

  Kind(Flag.Clone flag, String file, Function<Namespaces, Namespace> choice) {
    this.flag = flag;
    this.file = file;
    this.choice = choice;
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
    return choice.apply(namespaces);
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
