package io.jcontainer.linux.process;

import io.jcontainer.linux.sys.Kernel;

/** A container that can be joined from outside, of this JVM or of another. */
public interface Joinable {

  /**
   * What it takes to join it now.
   *
   * @throws io.jcontainer.ContainerGoneException if it has ended
   */
  Joining join(Kernel kernel);

  /** Its cgroups. */
  CgroupControl cgroups();

  /** Whether its first process has not ended yet. */
  boolean isAlive();
}
