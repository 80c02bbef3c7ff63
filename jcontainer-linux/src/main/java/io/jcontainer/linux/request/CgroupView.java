package io.jcontainer.linux.request;

import java.util.List;

/**
 * The hierarchies that a container has a cgroup of its own in, which it is shown.
 *
 * @param v2 whether that of v2 is among them
 * @param v1 of each of v1 the controllers as mount(2) takes them, such as {@code cpu,cpuacct}
 */
public record CgroupView(boolean v2, List<String> v1) {
  /** None. */
  public static final CgroupView NOTHING = new CgroupView(false, List.of());

  /** Keeps a copy. */
  public CgroupView {
    v1 = List.copyOf(v1);
  }
}
