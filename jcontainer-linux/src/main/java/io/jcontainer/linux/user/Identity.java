package io.jcontainer.linux.user;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.User;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.probe.IdRangeHints;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * As whom a process runs, as a plan knows it: by numbers, or by where the JVM's answer will have
 * them when it has looked them up.
 */
public final class Identity {
  private final ProcessSpec spec;
  private final @Nullable Ids known;

  private Identity(ProcessSpec spec, @Nullable Ids known) {
    this.spec = spec;
    this.known = known;
  }

  /**
   * What the spec says.
   *
   * @throws HostUnsupportedException if it has ids that the container has not
   */
  public static Identity of(ProcessRequest request) {
    ProcessSpec spec = request.spec();
    if (Accounts.needsPasswd(spec) || Accounts.needsGroup(spec)) {
      return new Identity(spec, null);
    }
    return new Identity(spec, find(request, null, null));
  }

  /**
   * What the spec says with the container's files.
   *
   * @param passwd the content of /etc/passwd; null if there is none, or it is not needed
   * @param group the same of /etc/group
   * @throws io.jcontainer.InvalidSpecException if there is no such user or group
   * @throws HostUnsupportedException if it has ids that the container has not
   */
  public static Ids find(
      ProcessRequest request, byte @Nullable [] passwd, byte @Nullable [] group) {
    Ids ids = Accounts.find(request.spec(), passwd, group);
    check(ids, request.user());
    return ids;
  }

  private static void check(Ids ids, UserPlacement user) {
    if (!user.mapsUser(ids.uid())) {
      throw unmapped("the user id " + ids.uid(), user);
    }
    if (!user.mapsGroup(ids.gid())) {
      throw unmapped("the group id " + ids.gid(), user);
    }
    for (long group : ids.groups()) {
      if (!user.mapsGroup(group)) {
        throw unmapped("the group id " + group, user);
      }
      if (user.groupsDenied()) {
        throw unmapped("a supplementary group", user);
      }
    }
  }

  private static HostUnsupportedException unmapped(String what, UserPlacement user) {
    String cure =
        user.order() == Order.FIRST
            ? IdRangeHints.ids()
            : "RuntimeOptions.withIds or namespaces.ids can give it others";
    return new HostUnsupportedException(
        what,
        "the container's user namespace has the user ids %s and the group ids %s%s. %s"
            .formatted(
                user.ids().uids(),
                user.ids().gids(),
                user.groupsDenied() ? ", and no setgroups(2)" : "",
                cure),
        null);
  }

  /** Whether this is the container's root, by whatever groups. */
  public static boolean isRoot(User user) {
    return user.user().equals("root") || user.user().equals("0");
  }

  /** Whether the numbers are known only when the container's files have been read. */
  public boolean isLookedUp() {
    return known == null;
  }

  /** Whether /etc/passwd is read for it. */
  public boolean needsPasswd() {
    return Accounts.needsPasswd(spec);
  }

  /** Whether /etc/group is read for it. */
  public boolean needsGroup() {
    return Accounts.needsGroup(spec);
  }

  /** The numbers, if they need not be looked up. */
  public Optional<Ids> known() {
    return Optional.ofNullable(known);
  }

  /** Where the variable HOME will be, if /etc/passwd is read for it. */
  public static Arg.Address homeVariable() {
    return new Arg.Address(Answer.MEMORY, Answer.HOME);
  }

  /** Where the words for capset(2) will be, if the numbers are looked up. */
  public Arg capabilities() {
    return new Arg.Address(Answer.MEMORY, Answer.CAPABILITIES);
  }
}
