package io.jcontainer.linux.process;

import io.jcontainer.Capability;
import io.jcontainer.Signal;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import java.util.Set;

/**
 * What it takes to join a container.
 *
 * @param door a pidfd of one of its processes, for setns(2); closed with this
 * @param id the container
 * @param user which user namespace it is in
 * @param home the HOME of its processes, if nothing else is said
 * @param namespaces the kinds of namespaces that are the container's and not the JVM's
 * @param capabilities what its processes may have at most
 * @param stopSignal what asks its processes to end
 */
public record Joining(
    Fd door,
    String id,
    UserPlacement user,
    String home,
    Set<Kind> namespaces,
    Set<Capability> capabilities,
    Signal stopSignal)
    implements AutoCloseable {

  @Override
  public void close() {
    door.close();
  }
}
