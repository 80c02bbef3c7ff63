package io.jcontainer.linux.request;

import io.jcontainer.ProcessSpec;

/**
 * What the steps of one process are made of: a container's first one, or one that joins it.
 *
 * @param spec what the user wants
 * @param user which user namespace it is in
 * @param home its HOME, if it is root and the spec's environment has none
 * @param passed the launcher's first descriptor of those that are passed to the process
 */
public record ProcessRequest(
    ProcessSpec spec, HostFacts host, UserPlacement user, String home, int passed) {

  /** The same with other numbers for what is passed. */
  public ProcessRequest withPassed(int first) {
    return new ProcessRequest(spec, host, user, home, first);
  }

  /** Whether the user namespace is entered then. */
  public boolean entersUser(UserPlacement.Order order) {
    return user.order() == order;
  }
}
