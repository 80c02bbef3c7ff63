package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_IDMAP;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.AT_RECURSIVE;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.UserPlacement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory or file of the host as a mount of the container's own, read-only unless said
 * otherwise: open_tree(2).
 *
 * <p>It is opened in the container's mount namespace, since a descriptor of the old one is EINVAL
 * there, and before the scratch file system hides what lies below it.
 */
final class Tree {
  private static final int IN_SLOTS = 64;

  /** Above all that the launcher was given, and what it opens. */
  private static final int FIRST_NUMBER = 256;

  private static final Slot PASSING = new Slot("low");

  private final String name;
  private final String path;
  private final boolean idmapped;
  private final boolean recursive;
  private final boolean readOnly;
  private final boolean directory;
  private final Slot slot;

  /** The number by which it is open, if it is not by a slot; 0 if it is. */
  private final int number;

  /** Where it stands already, to be copied from; null if it is attached nowhere yet. */
  private @Nullable String standsAt;

  /**
   * Describes one.
   *
   * @param name names it among the others
   * @param path an absolute path of the host
   * @param idmapped whether the container's ids are to stand for the same numbers on disk
   * @param recursive whether what is mounted below it comes along
   */
  Tree(String name, String path, boolean idmapped, boolean recursive) {
    this(name, path, idmapped, recursive, true, true, 0);
  }

  private Tree(
      String name,
      String path,
      boolean idmapped,
      boolean recursive,
      boolean readOnly,
      boolean directory,
      int number) {
    this.name = name;
    this.path = path;
    this.idmapped = idmapped;
    this.recursive = recursive;
    this.readOnly = readOnly;
    this.directory = directory;
    this.slot = number == 0 ? new Slot(name) : PASSING;
    this.number = number;
  }

  /**
   * A layer of a root file system, without what is mounted below it. The launcher keeps 255 results
   * of calls, and there can be more layers: the first have such a place, the others a number.
   *
   * @param index from 0, the lowest, on
   */
  static Tree layer(int index, String path, boolean idmapped) {
    int number = index < IN_SLOTS ? 0 : FIRST_NUMBER + index;
    return new Tree("low" + index, path, idmapped, false, true, true, number);
  }

  /** A directory that can be written, without what is mounted below it. */
  static Tree writable(String name, String path) {
    return new Tree(name, path, false, false, false, true, 0);
  }

  /** A file, or a directory with what is mounted below it. */
  static Tree ofEither(String name, String path, boolean directory) {
    return new Tree(name, path, false, true, true, directory, 0);
  }

  String name() {
    return name;
  }

  /** The path on the host. */
  String path() {
    return path;
  }

  /** Makes something to attach it to. */
  void mountPoint(String target, String why, Steps steps) {
    steps.add(directory ? Calls.mkdir(target, 0755) : Calls.mkfile(target), why);
  }

  /** It is there, restricted, at this path: {@link #attach} copies it from there. */
  void standsAt(String place) {
    standsAt = place;
  }

  /** Makes the mount, attached nowhere yet, and restricted before anyone can see it. */
  void open(Steps steps) {
    steps.add(
        recursive
            ? Calls.openTree(path, OPEN_TREE_CLONE, O_CLOEXEC, AT_RECURSIVE).into(slot)
            : Calls.openTree(path, OPEN_TREE_CLONE, O_CLOEXEC).into(slot),
        "a mount of its own, from the host's " + path);
    List<Flag> how = recursive ? List.of(AT_EMPTY_PATH, AT_RECURSIVE) : List.of(AT_EMPTY_PATH);
    if (idmapped) {
      steps.add(
          Calls.mountSetattr(
              slot,
              Arg.of(UserPlacement.DESCRIPTOR),
              how,
              MOUNT_ATTR_RDONLY,
              MOUNT_ATTR_NOSUID,
              MOUNT_ATTR_NODEV,
              MOUNT_ATTR_IDMAP),
          "root's files are to be the container's root's");
    } else if (!readOnly) {
      steps.add(
          Calls.mountSetattr(slot, Arg.of(0), how, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV),
          "flags are only added: what the host has locked stays");
    } else {
      steps.add(
          Calls.mountSetattr(
              slot, Arg.of(0), how, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV),
          "flags are only added: what the host has locked stays");
    }
    if (number != 0) {
      steps.add(Calls.dup3(slot, number, O_CLOEXEC), "where it is kept: there are many");
      steps.add(Calls.close(slot), "kept by that number");
    }
  }

  /** Attaches it. */
  void attach(String target, Steps steps) {
    if (standsAt != null) {
      Flag[] how = recursive ? new Flag[] {MS_BIND, MS_REC} : new Flag[] {MS_BIND};
      steps.add(Calls.bind(standsAt, target, how), "the host's " + path + ", restricted as it is");
      return;
    }
    if (number != 0) {
      steps.add(Calls.duplicate(Arg.of(number), number).into(slot), "one of many");
      steps.add(Calls.close(Arg.of(number)), "not needed by that number");
    }
    steps.add(Calls.moveMount(slot, target), "attach " + path);
    steps.add(Calls.close(slot), "attached: no longer needed");
  }
}
