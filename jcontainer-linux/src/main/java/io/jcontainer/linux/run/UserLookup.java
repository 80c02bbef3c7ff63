package io.jcontainer.linux.run;

import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.security.CapabilitySteps;
import io.jcontainer.linux.user.Answer;
import io.jcontainer.linux.user.Identity;
import io.jcontainer.linux.user.Ids;
import io.jcontainer.linux.user.UserSteps;
import org.jspecify.annotations.Nullable;

/**
 * How a process learns which numbers its user has: it reads the container's files, where only it
 * can, and the JVM reads what is in them, where a mistake does less harm. Does nothing if the spec
 * has numbers.
 */
final class UserLookup {
  private UserLookup() {}

  /** The process's part, in its last user namespace, as the root of that. */
  static void ask(ProcessRequest request, Steps steps) {
    Identity identity = Identity.of(request);
    if (!identity.isLookedUp()) {
      return;
    }
    if (identity.needsPasswd()) {
      send("/etc/passwd", steps);
    }
    if (identity.needsGroup()) {
      send("/etc/group", steps);
    }
    Reports.receive(Answer.MEMORY, steps);
    UserSteps.loadAnswer(steps);
  }

  private static void send(String path, Steps steps) {
    UserSteps.File file = UserSteps.read(path, steps);
    Reports.file(file.opened(), file.size(), file.content(), steps);
  }

  /** The variable HOME of the answer; null if it is not looked up. */
  static Arg.@Nullable Address home(ProcessRequest request) {
    return Identity.of(request).needsPasswd() ? Identity.homeVariable() : null;
  }

  /**
   * The JVM's part, once the launch has begun.
   *
   * @return the variable HOME as it was found; null if it is not looked up
   * @throws io.jcontainer.InvalidSpecException if there is no such user or group
   * @throws io.jcontainer.HostUnsupportedException if it has ids that the container has not
   */
  static Arg.@Nullable Address answer(ProcessRequest request, Launch launch) {
    Identity identity = Identity.of(request);
    if (!identity.isLookedUp()) {
      return null;
    }
    byte[] passwd = identity.needsPasswd() ? launch.awaitFile() : null;
    byte[] group = identity.needsGroup() ? launch.awaitFile() : null;
    try {
      Ids ids = Identity.find(request, passwd, group);
      launch.send(
          Answer.bytes(ids, CapabilitySteps.words(request.spec().capabilities(), ids.uid() == 0)));
      return identity.needsPasswd() ? Answer.home(ids) : null;
    } catch (RuntimeException | Error e) {
      launch.abandon(e);
      throw e;
    }
  }
}
