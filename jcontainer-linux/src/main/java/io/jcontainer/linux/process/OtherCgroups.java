package io.jcontainer.linux.process;

import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.Monitor;
import io.jcontainer.linux.sys.Kernel;
import java.util.function.BooleanSupplier;

/** Those of a container of another runtime, which makes and removes them. */
public final class OtherCgroups extends ContainerCgroups {
  private final Monitor monitor;
  private final BooleanSupplier alive;

  /**
   * From what is known of them.
   *
   * @param container for messages
   * @param alive whether the container has not ended
   */
  public OtherCgroups(
      Kernel kernel, String container, Cgroup group, Monitor monitor, BooleanSupplier alive) {
    super(kernel, container, group);
    this.monitor = monitor;
    this.alive = alive;
  }

  @Override
  Monitor monitor() {
    return monitor;
  }

  @Override
  void requireAlive() {
    if (!alive.getAsBoolean()) {
      throw gone();
    }
  }
}
