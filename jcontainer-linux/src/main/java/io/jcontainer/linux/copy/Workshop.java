package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;
import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Fd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agent that works on the files of containers that do not run: with the JVM's rights if it is
 * root, else with those of the root of a user namespace, which owns what its ids own. It sees the
 * host's files, in a mount namespace of its own. For one thread at a time.
 */
final class Workshop implements AutoCloseable {
  private static final int USER = 4;
  private static final int LISTING = 32 << 10;
  private static final Slot OPENED = new Slot("opened");
  private static final Slot LENGTH = new Slot("length");

  private final Agent agent;

  private final int others;

  private Workshop(Agent agent, int others) {
    this.agent = agent;
    this.others = others;
  }

  /**
   * Starts one, as a child of the calling thread.
   *
   * @param user the user namespace whose root's rights it takes, or null for the JVM's rights
   */
  static Workshop open(Launcher launcher, @Nullable Fd user) {
    return open(launcher, user, List.of());
  }

  /**
   * The same.
   *
   * @param others what it has open from {@link #others} on
   */
  static Workshop open(Launcher launcher, @Nullable Fd user, List<Fd> others) {
    Steps steps = new Steps();
    steps.add(Calls.dieWithParent(), "not without the JVM");
    steps.add(Calls.dumpable(false), "nobody in the user namespace may trace us");
    steps.add(Calls.umask(077), "modes are given later");
    if (user != null) {
      steps.add(Calls.setns(Arg.of(USER), CLONE_NEWUSER), "the rights of its root");
      steps.add(Calls.dumpable(false), "the rights have made it what fs.suid_dumpable says");
      steps.add(Calls.dieWithParent(), "the rights have cleared it");
    }
    steps.add(Calls.unshare(CLONE_NEWNS), "layers are opened as mounts of our own");
    steps.add(Calls.remount("/", MS_REC, MS_PRIVATE), "nothing spreads from here to the host");
    List<Fd> all = new ArrayList<>();
    if (user != null) {
      all.add(user);
    }
    all.addAll(others);
    return new Workshop(launcher.agent(steps, all), user == null ? USER : USER + 1);
  }

  /** The number of the first descriptor that it was given. */
  int others() {
    return others;
  }

  long[] run(Steps steps, Slot... results) {
    return agent.run(steps, results);
  }

  byte[] ask(Steps steps, Memory body, Arg length) {
    return agent.ask(steps, body, length);
  }

  /** Opens a directory by its path. */
  int openDirectory(String path) {
    return open(Arg.AT_FDCWD, Arg.of(path));
  }

  /** Opens a directory in another one. */
  int openDirectory(int parent, FileName name) {
    return open(Arg.of(parent), name.arg());
  }

  /** Opens a layer as a mount of its own, as an overlay does: nothing is mounted in it. */
  int openLayer(Path layer) {
    Steps steps = new Steps();
    steps.add(
        Calls.openTree(layer.toString(), OPEN_TREE_CLONE, O_CLOEXEC).into(OPENED),
        "without what is mounted below it");
    steps.add(
        Calls.mountSetattr(
            OPENED,
            Arg.of(0),
            List.of(AT_EMPTY_PATH),
            MOUNT_ATTR_RDONLY,
            MOUNT_ATTR_NOSUID,
            MOUNT_ATTR_NODEV),
        "a layer is never changed");
    int tree = (int) run(steps, OPENED)[0];
    int directory = openDirectory(tree, FileName.of("."));
    close(tree);
    return directory;
  }

  private int open(Arg parent, Arg name) {
    Steps steps = new Steps();
    steps.add(
        FileCalls.openat(parent, name, O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC).into(OPENED),
        "a link is not followed");
    return (int) run(steps, OPENED)[0];
  }

  void close(int fd) {
    run(new Steps().add(Calls.close(Arg.of(fd)), "no longer needed"));
  }

  /** The next names in a directory, which are few; null at its end. */
  @Nullable Names listMore(int directory) {
    Memory listing = Memory.zeros("listing", LISTING);
    Steps steps = new Steps();
    steps.add(FileCalls.getdents(Arg.of(directory), listing).into(LENGTH), "the next names");
    byte[] entries = ask(steps, listing, Arg.of(LENGTH));
    return entries.length == 0 ? null : Names.of(entries);
  }

  /** Has a directory read from its beginning again. */
  void rewind(int directory) {
    run(new Steps().add(FileCalls.seek(Arg.of(directory), 0), "from the beginning again"));
  }

  @Override
  public void close() {
    agent.close();
  }
}
