package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.process.Child;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM does for a container, in order; {@link ProcessStart} goes on with it. Runs in a
 * launcher thread.
 */
final class ContainerStart {
  private final Kernel kernel;
  private final HostFacts host;
  private final UserNamespaces users;
  private final ProcessStart starts;
  private final RootForms forms;
  private final RootCopies copies;
  private final NetworkPool networks;
  private final Programs<ContainerSpec> programs;

  ContainerStart(
      Kernel kernel,
      HostFacts host,
      UserNamespaces users,
      Launcher launcher,
      ProcessStart starts,
      RootForms forms,
      RootCopies copies,
      NetworkPool networks) {
    this.kernel = kernel;
    this.host = host;
    this.users = users;
    this.starts = starts;
    this.forms = forms;
    this.copies = copies;
    this.networks = networks;
    this.programs = new Programs<>(launcher);
  }

  /**
   * Starts a container.
   *
   * @param owner what the container asks of its runtime
   */
  LinuxContainer start(ContainerSpec spec, LinuxContainer.Host owner) {
    return start(ContainerIds.next(), spec, owner);
  }

  /** The same with this id. */
  LinuxContainer start(String id, ContainerSpec spec, LinuxContainer.Host owner) {
    Map<Path, SourceKind> sources = MountSources.look(spec);
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors());
        PreparedNamespaces prepared = PreparedNamespaces.take(spec, user, joined, networks)) {
      LaunchRequest request =
          request(spec, ContainerIds.PLACEHOLDER, user, joined, sources).with(prepared.numbers());
      Fd kept = KeptDirectory.take(kernel, spec, user.placement(), id);
      return start(request, id, user, descriptors(user, joined, prepared), owner, kept);
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    }
  }

  /**
   * The same.
   *
   * @param descriptors what the plan finds from 4 on
   * @param kept what stays open as long as the container runs; is closed if it does not start
   */
  private LinuxContainer start(
      LaunchRequest overlay,
      String id,
      UserNamespaces.Entry user,
      List<Fd> descriptors,
      LinuxContainer.Host owner,
      @Nullable Fd kept) {
    ContainerSpec spec = overlay.spec();
    RootCopies.Copy copy = null;
    boolean started = false;
    try {
      LaunchRequest request = overlay.with(forms.choose(overlay, user.descriptors()).form());
      copy = copies.make(id, request, user.namespace());
      Program program =
          programs
              .of(
                  spec,
                  List.of(
                      request.user(),
                      request.idmapLayers(),
                      request.joined(),
                      request.prepared(),
                      request.sources(),
                      request.form()),
                  () -> ContainerSteps.of(request))
              .named(id);
      ProcessStart.Started process =
          starts.start(program, id, request.process(), descriptors, kin(spec));
      started = true;
      if (kept != null) {
        process.child().hold(kept::close);
      }
      LinuxContainer container =
          new LinuxContainer(request, id, process.child(), process.streams(), owner);
      if (copy != null) {
        copies.removeAfter(container, copy);
      }
      return container;
    } catch (RuntimeException | Error e) {
      if (!started && copy != null) {
        copies.withdraw(copy, e);
      }
      throw e;
    } finally {
      if (!started && kept != null) {
        kept.close();
      }
    }
  }

  /** In an own pid namespace all others die with process 1. */
  private static Child.Kin kin(ContainerSpec spec) {
    return spec.init() && !Kind.PID.isOwn(spec.namespaces())
        ? Child.Kin.DESCENDANTS
        : Child.Kin.KERNELS;
  }

  /** What {@link #start} would do. */
  LaunchPlan plan(ContainerSpec spec) {
    Map<Path, SourceKind> sources = MountSources.look(spec);
    try (UserNamespaces.Entry user = users.enter(spec);
        JoinedNamespaces joined = JoinedNamespaces.open(kernel, spec, user.descriptors())) {
      LaunchRequest overlay =
          request(spec, ContainerIds.EXAMPLE, user, joined, sources)
              .with(PreparedNamespaces.look(spec, user, joined, networks));
      RootForms.Choice choice = forms.foresee(overlay, user.descriptors());
      List<LaunchPlan.Step> steps = new ArrayList<>(choice.steps(spec));
      steps.addAll(ContainerSteps.of(overlay.with(choice.form())).describe());
      return new LaunchPlan(steps);
    } catch (SyscallException e) {
      throw StartFailures.of(e);
    }
  }

  private LaunchRequest request(
      ContainerSpec spec,
      String id,
      UserNamespaces.Entry user,
      JoinedNamespaces joined,
      Map<Path, SourceKind> sources) {
    users.requireIdmappedMounts(spec, user);
    return new LaunchRequest(
        spec, id, host, user.placement(), users.idmapLayers(spec, user), joined.numbers(), sources);
  }

  private static List<Fd> descriptors(
      UserNamespaces.Entry user, JoinedNamespaces joined, PreparedNamespaces prepared) {
    List<Fd> descriptors = new ArrayList<>(user.descriptors());
    descriptors.addAll(joined.descriptors());
    descriptors.addAll(prepared.descriptors());
    return descriptors;
  }
}
