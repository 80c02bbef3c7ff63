package io.jcontainer.linux.request;

import java.util.Set;

/**
 * What the plan of a further process in a container is made of.
 *
 * @param process what is started
 * @param namespaces the kinds of namespaces that are the container's and not the JVM's
 * @param cgroups how it comes into the container's
 */
public record ExecRequest(ProcessRequest process, Set<Kind> namespaces, CgroupPlacement cgroups) {
  /** The descriptor by which the launcher gets the container: a pidfd of its first process. */
  public static final int CONTAINER = 4;

  /** One that stays where the JVM is. */
  public ExecRequest(ProcessRequest process, Set<Kind> namespaces) {
    this(process, namespaces, CgroupPlacement.INHERITED);
  }

  /** The first descriptor of its cgroups. */
  public static final int FIRST_CGROUP = CONTAINER + 1;
}
