package io.jcontainer.linux.copy;

import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.List;

/**
 * A directory that belongs, or is to belong, to one of the ids that an ordinary user has in his
 * user namespaces only: what he does with it by a child of the calling thread.
 */
public final class OwnedDirectory {
  private OwnedDirectory() {}

  /**
   * Gives it away.
   *
   * @param user whose ids the attributes are of
   * @param namespace its user namespace
   * @param directory is the JVM's own, open
   * @throws SyscallException if that fails
   */
  public static void give(
      Launcher launcher,
      UserPlacement user,
      Fd namespace,
      Fd directory,
      RootAttributes attributes) {
    try (Workshop workshop = Workshop.open(launcher, namespace, List.of(directory))) {
      Arg opened = Arg.of(workshop.others());
      Owners.Owner owner = new Owners(user).of(attributes);
      Steps steps = new Steps();
      steps.add(FileCalls.fchown(opened, owner.uid(), owner.gid()), "to an id of the namespace");
      steps.add(FileCalls.fchmod(opened, attributes.mode()), "as it is to be");
      workshop.run(steps);
    }
  }

  /**
   * Whether there is nothing in it.
   *
   * @throws SyscallException if that cannot be found out
   */
  public static boolean isEmpty(Launcher launcher, Fd namespace, Path directory) {
    try (Workshop workshop = Workshop.open(launcher, namespace)) {
      int opened = workshop.openDirectory(directory.toString());
      Names names = workshop.listMore(opened);
      while (names != null && names.size() == 0) { // "." and ".." alone
        names = workshop.listMore(opened);
      }
      return names == null;
    }
  }
}
