package io.jcontainer.linux.run;

import io.jcontainer.linux.image.LayerOwner;
import io.jcontainer.linux.image.LayerStore;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.probe.HostProbe;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.rootfs.KernelFilesystems;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a runtime has for unpacking: a launcher, and for an ordinary user a user namespace. */
public final class UnpackingUser implements AutoCloseable {
  private final Kernel kernel = new JnaKernel();
  private final HostFacts host = HostProbe.look(kernel, KernelFilesystems.paths());
  private final LauncherBinary binary;
  private final Launcher launcher;
  private UserNamespaceMaker.@Nullable Made made;

  /** Keeps the launcher in this directory if it has to be a file. */
  public UnpackingUser(Path state) {
    binary = LauncherBinary.install(kernel, host.arch(), StateDirectory.at(state, host.uid()));
    launcher = new Launcher(kernel, binary, host.arch());
  }

  public boolean isRoot() {
    return host.isRoot();
  }

  public Kernel kernel() {
    return kernel;
  }

  public Launcher launcher() {
    return launcher;
  }

  /** A store as the runtime has it. */
  public LayerStore store(Path directory) {
    return new LayerStore(kernel, launcher, directory, isRoot() ? null : this::owner);
  }

  /** The usual user namespace. */
  public synchronized LayerOwner owner() {
    if (made == null) {
      made =
          new UserNamespaceMaker(kernel, launcher, new IdMaps(host.uid(), host.gid())).makeUsual();
    }
    return new LayerOwner(made.ids(), made.namespace());
  }

  @Override
  public void close() {
    if (made != null) {
      made.namespace().close();
    }
    binary.close();
  }
}
