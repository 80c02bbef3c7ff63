package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerStats;
import io.jcontainer.PressureTrigger;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * What a container's cgroups are good for, as {@link io.jcontainer.Container} has it, method by
 * method; {@link NoCgroups} for one that has none.
 */
public interface CgroupControl {

  /** Changes limits, all or none. */
  void update(CgroupLimits limits);

  /** What is used now. */
  ContainerStats stats();

  /** The same again and again. */
  Flow.Publisher<ContainerStats> stats(Duration every);

  /** What happens. */
  Flow.Publisher<ContainerEvent> events();

  /** What is waited for. */
  Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger);

  /** Stops all processes, and waits until they stand. */
  void pause();

  /** Lets them go on. */
  void resume();

  /** Whether they were stopped. */
  boolean isPaused();

  /** Where they are; none if there are none. */
  List<CgroupDirectory> directories();

  /** What of the limits is not enforced. */
  List<String> unenforced();
}
