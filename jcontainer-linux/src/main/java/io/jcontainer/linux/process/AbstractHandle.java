package io.jcontainer.linux.process;

import io.jcontainer.ContainerHandle;

/** Two handles of the same container are equal. */
abstract class AbstractHandle implements ContainerHandle {

  @Override
  public final boolean equals(Object other) {
    return other instanceof AbstractHandle handle && handle.id().equals(id());
  }

  @Override
  public final int hashCode() {
    return id().hashCode();
  }

  @Override
  public String toString() {
    return "container " + id() + " " + command();
  }
}
