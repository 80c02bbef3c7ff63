package io.jcontainer.linux.run;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostReport;
import io.jcontainer.HostReport.Finding;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.probe.CallTrials;
import io.jcontainer.linux.probe.CgroupProbe;
import io.jcontainer.linux.probe.CgroupTrials;
import io.jcontainer.linux.probe.Facts;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.probe.IdRangeHints;
import io.jcontainer.linux.probe.JvmProbes;
import io.jcontainer.linux.probe.MountTrials;
import io.jcontainer.linux.probe.NamespaceTrials;
import io.jcontainer.linux.probe.OverlayTrials;
import io.jcontainer.linux.probe.Trial;
import io.jcontainer.linux.probe.UserNamespaceHints;
import io.jcontainer.linux.process.Guests;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tries each feature of the host, in order. What is made for it is gone when it returns. */
public final class HostReporter {
  private static final String CONTAINER_TITLE = "a container with all defaults";
  private static final String USER = "user-namespaces";
  private static final String RANGE = "id-ranges";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Kernel kernel;
  private final HostFacts host;
  private final Launcher launcher;
  private final UserNamespaceMaker maker;
  private final IdMaps idMaps;
  private final ContainerStart starts;
  private final Supplier<Cgroups> cgroups;

  /**
   * For a runtime.
   *
   * @param cgroups makes some for a report, which are closed behind it
   */
  HostReporter(
      Kernel kernel,
      HostFacts host,
      Launcher launcher,
      UserNamespaceMaker maker,
      IdMaps idMaps,
      ContainerStart starts,
      Supplier<Cgroups> cgroups) {
    this.kernel = kernel;
    this.host = host;
    this.launcher = launcher;
    this.maker = maker;
    this.idMaps = idMaps;
    this.starts = starts;
    this.cgroups = cgroups;
  }

  /** The report on a host that can have no runtime to try anything with. */
  public static HostReport unfit(ContainerException failure) {
    Finding container =
        Finding.fails(
            HostReport.CONTAINER,
            CONTAINER_TITLE,
            String.valueOf(failure.getMessage()),
            Optional.empty());
    return new HostReport(Facts.all(), List.of(container));
  }

  /**
   * Must run in a launcher thread.
   *
   * @param owner of the container that is started
   */
  HostReport report(Guests owner) {
    Map<String, String> facts = Facts.all();
    facts.put("architecture", host.arch().name().toLowerCase(Locale.ROOT));
    facts.put("uid", Integer.toString(host.uid()));
    List<Finding> findings = new ArrayList<>();
    findings.add(container(owner));

    List<HostUnsupportedException> refused = new ArrayList<>();
    UserNamespaceMaker.Made made = userNamespace(refused);
    facts.put("ids", made == null ? "none" : ids(made.ids()));
    try (Fd user = made == null ? null : made.namespace()) {
      findings.add(userNamespaces(made, refused));
      if (made != null) {
        findings.add(idRanges(made.ids(), refused));
        findings.add(ownIds());
      }
      Trial.Runner runner = new TrialRunner(kernel, launcher, host.isRoot(), user);
      List<Trial> trials = new ArrayList<>(NamespaceTrials.all());
      trials.addAll(MountTrials.all(host.scratch()));
      trials.addAll(OverlayTrials.all(host.scratch(), host.isRoot() && user != null));
      trials.addAll(CallTrials.all());
      trials.forEach(trial -> findings.add(trial.finding(runner)));

      JvmProbes jvm = new JvmProbes(kernel);
      if (host.isRoot() && user != null) {
        findings.add(jvm.idmappedMounts(user));
      }
      findings.add(jvm.pidfd());
      findings.add(jvm.memfd());
    }
    Finding found = CgroupProbe.find(host.isRoot());
    findings.add(found);
    try (Cgroups some = cgroups.get()) {
      findings.addAll(new CgroupTrials(kernel, some, found, host.isRoot()).all());
    }
    findings.add(JvmProbes.fuseOverlayfs());
    return new HostReport(facts, findings);
  }

  private Finding container(Guests owner) {
    String name = HostReport.CONTAINER;
    String title = CONTAINER_TITLE;
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .stdin(Stdio.NULL)
            .stdout(Stdio.NULL)
            .stderr(Stdio.NULL)
            .timeout(PATIENCE)
            .build();
    try (LinuxContainer container = starts.start(spec, owner)) {
      ExitStatus exit = container.waitFor();
      return exit.isSuccess()
          ? Finding.works(name, title)
          : Finding.fails(name, title, "`true` in it " + exit, Optional.empty());
    } catch (StartFailedException e) {
      return Finding.fails(name, title, e.step().call() + ": " + e.errno(), e.hint());
    } catch (ContainerException e) {
      return Finding.fails(name, title, cause(e), Optional.of("See below for what is missing"));
    }
  }

  private UserNamespaceMaker.@Nullable Made userNamespace(List<HostUnsupportedException> refused) {
    for (IdMapping ids : idMaps.preferred()) {
      try {
        return maker.make(ids).settled();
      } catch (HostUnsupportedException e) {
        refused.add(e);
      } catch (SyscallException e) {
        refused.add(
            new HostUnsupportedException(
                "a user namespace", String.valueOf(e.getMessage()), StartFailures.of(e)));
      }
    }
    return null;
  }

  private static Finding userNamespaces(
      UserNamespaceMaker.@Nullable Made made, List<HostUnsupportedException> refused) {
    String title = "ids and rights of its own for a container";
    if (made != null) {
      return Finding.works(USER, title);
    }
    HostUnsupportedException last = refused.get(refused.size() - 1);
    return Finding.fails(USER, title, cause(last), Optional.of(cure(last)));
  }

  private static String cure(HostUnsupportedException e) {
    if (e.getCause() instanceof IOException said) { // it was made, but got no ids
      return IdRangeHints.of(String.valueOf(said.getMessage()));
    }
    Optional<String> hint =
        e.getCause() instanceof StartFailedException start && start.step().actor() == Actor.JVM
            ? start.hint()
            : Optional.empty();
    return hint.orElseGet(UserNamespaceHints::current);
  }

  /** Without the hints in it, which are told as the cure. */
  private static String cause(ContainerException e) {
    if (e.getCause() instanceof StartFailedException start) {
      return start.step().call() + ": " + start.errno();
    }
    Throwable first = e.getCause() == null ? e : e.getCause();
    return String.valueOf(first.getMessage()).lines().findFirst().orElse(first.toString());
  }

  private Finding idRanges(IdMapping ids, List<HostUnsupportedException> refused) {
    String title = "more ids than one, for programs that change users";
    if (ids.uids().stream().mapToLong(IdMapping.Range::size).sum() > 1) {
      return Finding.works(RANGE, title);
    }
    if (refused.isEmpty()) {
      String missing = idMaps.missing().orElse("the range is of one id");
      return Finding.fails(RANGE, title, missing, Optional.of(IdRangeHints.grant()));
    }
    String cause = cause(refused.get(0));
    return Finding.fails(RANGE, title, cause, Optional.of(IdRangeHints.of(cause)));
  }

  private Finding ownIds() {
    String name = "id-ranges-unshared";
    String title = "ids that no other user may give away too";
    List<String> sharers = idMaps.sharers();
    return sharers.isEmpty()
        ? Finding.works(name, title)
        : Finding.fails(
            name,
            title,
            "the same are granted to " + String.join(", ", sharers),
            Optional.of(
                "usermod --del-subuids and --del-subgids, then --add-subuids and --add-subgids with"
                    + " a range that no other line has"));
  }

  private static String ids(IdMapping ids) {
    return ids.uids().stream()
        .map(
            range ->
                span(range.containerId(), range.size())
                    + (range.size() == 1 ? " is the host's " : " are the host's ")
                    + span(range.hostId(), range.size()))
        .collect(Collectors.joining(", "));
  }

  private static String span(long first, long size) {
    return size == 1 ? Long.toString(first) : first + "-" + (first + size - 1);
  }
}
