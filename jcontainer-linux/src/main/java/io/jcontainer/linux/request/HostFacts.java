package io.jcontainer.linux.request;

import io.jcontainer.Rlimit;
import io.jcontainer.linux.plan.Arch;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a plan needs to know of the host.
 *
 * @param arch the architecture
 * @param uid the JVM's effective user id
 * @param gid the JVM's effective group id
 * @param scratch an existing directory, over which containers mount their own file system
 * @param lastCapability the highest number that this kernel knows: /proc/sys/kernel/cap_last_cap
 * @param kernelFiles which of the paths to hide or protect below /proc and /sys exist, and whether
 *     each is a directory
 * @param root what of the host's root directory {@link io.jcontainer.LayeredRootfs#host()} shows
 * @param hardLimits the JVM's, {@link Rlimit#UNLIMITED} for none
 */
public record HostFacts(
    Arch arch,
    int uid,
    int gid,
    String scratch,
    int lastCapability,
    Map<String, Boolean> kernelFiles,
    HostRoot root,
    Map<Rlimit.Resource, Long> hardLimits) {

  /** Whether the JVM runs as root. */
  public boolean isRoot() {
    return uid == 0;
  }

  /**
   * What of the host's root directory containers are shown.
   *
   * @param directories system directories such as {@code usr}, names without a slash
   * @param links system directories that are links, with their targets
   * @param etcBinds files and directories below {@code etc} that programs need
   * @param etcLinks the same for what is a link, with their targets
   */
  public record HostRoot(
      List<String> directories,
      SortedMap<String, String> links,
      List<EtcEntry> etcBinds,
      SortedMap<String, String> etcLinks) {}

  /**
   * Something below the host's {@code /etc}.
   *
   * @param path below {@code /etc}, such as {@code ssl/certs}
   * @param directory whether it is a directory
   */
  public record EtcEntry(String path, boolean directory) {}
}
