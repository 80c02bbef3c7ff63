package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_PARENT_SETTID;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_VM;
import static io.jcontainer.linux.plan.Flag.Clone.SIGCHLD;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.namespace.UserNamespace;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.rootfs.OverlayServer;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An overlay for one container, and the process that serves it: a child of the launcher thread that
 * has started it, with which it dies.
 */
final class ServedOverlay implements RootResource {
  private static final int O_RDWR = 2;
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final Fd mount;
  private final int server;

  private ServedOverlay(Kernel kernel, Fd mount, int server) {
    this.kernel = kernel;
    this.mount = mount;
    this.server = server;
  }

  /**
   * Starts a server.
   *
   * @param program fuse-overlayfs(1)
   * @param descriptors those of the user namespace
   */
  static ServedOverlay start(
      Kernel kernel,
      Launcher launcher,
      Path program,
      LaunchRequest request,
      LayeredRootfs rootfs,
      List<Fd> descriptors) {
    Steps steps = begin(request, "the server of an overlay");
    OverlayServer.mount(request, rootfs, steps);
    Reports.terminal(OverlayServer.TREE, steps);
    steps.add(Reports.ready(), "tells the JVM our pid");
    Reports.awaitWord(steps);
    OverlayServer.serve(request, rootfs, program, steps);
    Launch launch = launch(kernel, launcher, steps, descriptors);
    Fd mount = launch.awaitTerminal();
    try {
      return new ServedOverlay(kernel, mount, launch.awaitCommand());
    } catch (RuntimeException | Error e) {
      mount.close();
      throw e;
    }
  }

  /** Attaches it in another process, and writes to it; fails as a start would. */
  void tryOut(
      Launcher launcher, LaunchRequest request, LayeredRootfs rootfs, List<Fd> descriptors) {
    Steps steps = begin(request, "a process that tries the overlay");
    steps.add(Reports.ready(), "tells the JVM our pid");
    OverlayServer.tryOut(request, rootfs, steps);
    steps.add(Reports.done(), "it works");
    List<Fd> all = new ArrayList<>(descriptors);
    all.add(mount);
    launch(kernel, launcher, steps, all).awaitDone();
  }

  private static Steps begin(LaunchRequest request, String why) {
    Steps steps = new Steps();
    steps.add(Calls.umask(0), "modes as the plan gives them");
    UserNamespace.enterFirst(request, steps);
    steps
        .add(
            new Step.Leave(
                Calls.clone(
                        List.of(CLONE_VM, CLONE_PARENT, CLONE_PARENT_SETTID, CLONE_NEWNS, SIGCHLD),
                        Reports.PID)
                    .why(why)))
        .add(Calls.dieWithParent(), "not without the JVM");
    return steps;
  }

  private static Launch launch(
      Kernel kernel, Launcher launcher, Steps steps, List<Fd> descriptors) {
    Program program = launcher.compile(steps.toPlan(), ContainerIds.PLACEHOLDER);
    try (Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      return launcher.begin(program, List.of(nothing, nothing, nothing), descriptors);
    }
  }

  @Override
  public List<Fd> descriptors() {
    return List.of(mount);
  }

  @Override
  public void started() {
    mount.close();
  }

  /** Kills the server, which nobody else has waited for, so that its number is still its own. */
  @Override
  public void release() {
    mount.close();
    kernel.kill(server, SIGKILL);
    kernel.waitForPid(server);
  }
}
