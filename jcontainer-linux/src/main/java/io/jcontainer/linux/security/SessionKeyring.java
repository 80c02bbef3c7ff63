package io.jcontainer.linux.security;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Errno;
import java.util.stream.LongStream;

/**
 * The steps that let go of the JVM's keys: session-keyring(7). Whoever has its session keyring has
 * them all, in whatever user namespace, and execve(2) keeps it.
 */
public final class SessionKeyring {
  /** As many as a byte can name. */
  private static final int OWNERS = 256;

  private static final Slot OWNER = new Slot("owner of the keyring");

  private SessionKeyring() {}

  /**
   * Takes a new one. It counts for the real user, who may have 200 keys unless it is the host's
   * root (/proc/sys/kernel/keys/maxkeys): where there are many ids, an ordinary user's containers
   * have different ones for this one call, so that there may be thousands.
   *
   * @param pid where the number of this process stands, as the JVM sees it
   * @param why why here
   */
  public static void renew(ProcessRequest request, Arg.Address pid, String why, Steps steps) {
    if (request.entersUser(UserPlacement.Order.FIRST) && mapsOwners(request.user())) {
      steps.add(
          new Step.Load(pid, 1, OWNER, "any number below 256 that others hardly have just now"));
      steps.add(
          Calls.setRealUid(Arg.of(OWNER)),
          "it pays for the keyring: one user may have 200 keys; who we become comes later");
    }
    steps.add(Calls.newSessionKeyring().tolerate(Errno.ENOSYS), why);
  }

  private static boolean mapsOwners(UserPlacement user) {
    return LongStream.range(0, OWNERS).allMatch(user::mapsUser);
  }
}
