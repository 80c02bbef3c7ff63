package io.jcontainer.linux.probe;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.DeviceRule;
import io.jcontainer.HostReport.Finding;
import io.jcontainer.IoLimit;
import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.cgroup.Controller;
import io.jcontainer.linux.cgroup.Freezer;
import io.jcontainer.linux.cgroup.Hierarchies;
import io.jcontainer.linux.cgroup.Unenforced;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What cgroups can do: each limit is written into one that is made for it and removed again. */
public final class CgroupTrials {
  private static final String ID = "doctor";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Pattern FIRST_PROCESSOR = Pattern.compile("Cpus_allowed_list:\\s*(\\d+)");
  private static final Pattern HUGE_PAGES = Pattern.compile("hugepages-(\\d+)kB");

  /** The directory of a runtime, whose name is another each time. */
  private static final Pattern RUNTIME = Pattern.compile("jcontainer-\\d+-[0-9a-f]{8}");

  private final Kernel kernel;
  private final Cgroups cgroups;
  private final Finding known;
  private final boolean root;

  /**
   * For a runtime's cgroups.
   *
   * @param known what was found without making any: its cure is not told again
   * @param root whether they are that user's
   */
  public CgroupTrials(Kernel kernel, Cgroups cgroups, Finding known, boolean root) {
    this.kernel = kernel;
    this.cgroups = cgroups;
    this.known = known;
    this.root = root;
  }

  /** What the trial of one limit needs, and whether it can be done. */
  private interface Request {
    CgroupLimits.Builder of(CgroupLimits.Builder limits) throws IOException;
  }

  /** Tries all of it. */
  public List<Finding> all() {
    List<Finding> findings = new ArrayList<>();
    findings.add(limit("memory", "a limit of memory", limits -> limits.memory("64m")));
    findings.add(
        limit(
            "swap",
            "a limit of swap space",
            limits -> limits.memory("64m").memorySwap(ByteSize.ofBytes(0))));
    findings.add(limit("cpu", "a limit of processor time", limits -> limits.cpus(1)));
    findings.add(
        limit("cpuset", "a choice of processors", limits -> limits.cpuset(firstProcessor())));
    findings.add(limit("pids", "a limit of processes", limits -> limits.pids(10)));
    findings.add(
        limit(
            "io",
            "limits of what is read and written",
            limits -> limits.io(IoLimit.readBps(disk(), CgroupLimits.UNLIMITED))));
    findings.add(
        limit(
            "io-weight",
            "a part of the disks where others want them, too",
            limits -> limits.ioWeight(100)));
    findings.add(
        limit(
            "hugetlb",
            "a limit of huge pages",
            limits -> limits.hugetlb(hugePage(), ByteSize.UNLIMITED)));
    findings.add(
        limit("devices", "rules for devices", limits -> limits.devices(DeviceRule.usual())));
    if (!root && known.works()) {
      findings.add(boundary());
    }
    findings.add(freeze());
    findings.add(pressure());
    return findings;
  }

  private Finding limit(String name, String title, Request request) {
    String full = "cgroup-" + name;
    try {
      CgroupLimits limits = request.of(CgroupLimits.builder()).bestEffort().build();
      Cgroup group = cgroups.make(ID, limits);
      List<Unenforced> leftOut = group.leftOut();
      group.remove();
      return leftOut.isEmpty()
          ? Finding.works(full, title)
          : fails(full, title, leftOut.get(0).why(), leftOut.get(0).cure());
    } catch (IOException | UncheckedIOException | ContainerException | SyscallException e) {
      return fails(full, title, String.valueOf(e.getMessage()), Optional.empty());
    }
  }

  private Finding fails(String name, String title, String cause, Optional<String> cure) {
    String stable = RUNTIME.matcher(cause).replaceAll("jcontainer-*");
    boolean same = cure.isPresent() && cure.equals(known.cure());
    return Finding.fails(name, title, stable, same ? Optional.of("See cgroups") : cure);
  }

  private Finding freeze() {
    String name = "cgroup-freezer";
    String title = "pausing a container";
    try {
      Cgroup group = cgroups.make(ID, CgroupLimits.builder().bestEffort().build());
      try {
        Optional<Freezer> freezer = Freezer.of(kernel, group.directories());
        if (freezer.isEmpty()) {
          List<Unenforced> leftOut = group.leftOut();
          return leftOut.isEmpty()
              ? fails(name, title, "no hierarchy has the controller", Optional.empty())
              : fails(name, title, leftOut.get(0).why(), leftOut.get(0).cure());
        }
        freezer.get().freeze(PATIENCE);
        freezer.get().thaw();
        return Finding.works(name, title);
      } finally {
        group.remove();
      }
    } catch (ContainerException | SyscallException e) {
      return fails(name, title, String.valueOf(e.getMessage()), Optional.empty());
    }
  }

  /**
   * An ordinary user's cgroups are those of who is root in its containers. One with CAP_SYS_ADMIN
   * can mount them, and then only nsdelegate, which v1 has not, keeps its limits from it.
   */
  private static Finding boundary() {
    String name = "cgroup-boundary";
    String title = "limits that a container with CAP_SYS_ADMIN cannot change";
    try {
      Hierarchies hierarchies = Hierarchies.look();
      for (Controller controller : List.of(Controller.MEMORY, Controller.CPU, Controller.PIDS)) {
        if (hierarchies.of(controller).stream().anyMatch(each -> each.version() == Version.V1)) {
          return Finding.fails(
              name,
              title,
              "the cgroups of v1 with the controller %s are the user's"
                  .formatted(controller.name(Version.V1)),
              Optional.of("Do not give CAP_SYS_ADMIN to such containers, or use cgroups v2"));
        }
      }
      boolean delegates =
          Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
              .filter(line -> line.contains(" - cgroup2 "))
              .anyMatch(line -> line.contains("nsdelegate"));
      return delegates
          ? Finding.works(name, title)
          : Finding.fails(
              name,
              title,
              "cgroups v2 are mounted without nsdelegate",
              Optional.of("mount -o remount,nsdelegate /sys/fs/cgroup"));
    } catch (IOException e) {
      return Finding.fails(name, title, e.toString(), Optional.empty());
    }
  }

  /** Pressure is that of the JVM's own cgroup, which has the files if any has. */
  private static Finding pressure() {
    String name = "cgroup-pressure";
    String title = "how long a container waits for what it lacks";
    String cure =
        "A kernel with CONFIG_PSI is needed; booted with psi=1 if that is not the default";
    try {
      Optional<Path> own =
          Hierarchies.look().v2().map(each -> each.ownDirectory().resolve("memory.pressure"));
      if (own.isEmpty()) {
        return Finding.fails(
            name, title, "no hierarchy of cgroups v2 is mounted", Optional.of(cure));
      }
      Files.readString(own.get());
      return Finding.works(name, title);
    } catch (IOException e) {
      return Finding.fails(name, title, e.toString(), Optional.of(cure));
    }
  }

  private static String firstProcessor() throws IOException {
    Matcher matcher = FIRST_PROCESSOR.matcher(Files.readString(Path.of("/proc/self/status")));
    if (!matcher.find()) {
      throw new IOException("/proc/self/status has no line Cpus_allowed_list");
    }
    return matcher.group(1);
  }

  private static Path disk() throws IOException {
    try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
      return disks
          .map(each -> Path.of("/dev").resolve(each.getFileName()))
          .sorted()
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(() -> new IOException("there is no disk in /dev to try it with"));
    }
  }

  private static ByteSize hugePage() throws IOException {
    try (Stream<Path> sizes = Files.list(Path.of("/sys/kernel/mm/hugepages"))) {
      return sizes
          .map(each -> HUGE_PAGES.matcher(each.getFileName().toString()))
          .filter(Matcher::matches)
          .map(each -> ByteSize.ofBytes(Long.parseLong(each.group(1)) << 10))
          .min((one, other) -> Long.compare(one.bytes(), other.bytes()))
          .orElseThrow(() -> new IOException("the kernel has no huge pages"));
    }
  }
}
