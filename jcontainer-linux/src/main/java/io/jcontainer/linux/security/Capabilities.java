package io.jcontainer.linux.security;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The capabilities of the command: capabilities(7). Permitted, effective and bounding are Docker's
 * default set; inheritable and ambient are empty.
 */
public final class Capabilities {
  /** By number. */
  private static final List<String> NAMES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  /** Docker's default set. CAP_MKNOD is no danger, since every mount is nodev. */
  private static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_RAW",
          "CAP_SYS_CHROOT",
          "CAP_MKNOD",
          "CAP_AUDIT_WRITE",
          "CAP_SETFCAP");

  /** By number: what drops it, or nothing if it is kept. */
  private static final List<Optional<Step>> DROPS =
      IntStream.range(0, Long.SIZE).mapToObj(Capabilities::drop).toList();

  private static final Step KEEP =
      Calls.capset(DEFAULT.stream().mapToLong(name -> 1L << NAMES.indexOf(name)).sum())
          .why("the default set; nothing inheritable, or a file capability could raise it again");

  private Capabilities() {}

  private static Optional<Step> drop(int number) {
    String name = number < NAMES.size() ? NAMES.get(number) : "capability " + number;
    return DEFAULT.contains(name)
        ? Optional.empty()
        : Optional.of(Calls.capbsetDrop(name, number).why("not in the default set"));
  }

  /** Shrinks the bounding set: needs CAP_SETPCAP, so it comes before {@link #keep}. */
  public static void bound(ProcessRequest request, Steps steps) {
    for (int number = 0; number <= request.host().lastCapability(); number++) {
      DROPS.get(number).ifPresent(steps::add);
    }
  }

  /** Keeps the default set. */
  public static void keep(Steps steps) {
    steps.add(KEEP);
  }
}
