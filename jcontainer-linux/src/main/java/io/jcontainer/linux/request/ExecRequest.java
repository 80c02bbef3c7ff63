package io.jcontainer.linux.request;

import java.util.Set;

/**
 * What the plan of a further process in a container is made of.
 *
 * @param process what is started
 * @param namespaces the kinds of namespaces that are the container's and not the JVM's
 */
public record ExecRequest(ProcessRequest process, Set<Kind> namespaces) {
  /** The descriptor by which the launcher gets the container: a pidfd of its first process. */
  public static final int CONTAINER = 4;
}
