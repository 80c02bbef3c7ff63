package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOEXEC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.AT_RECURSIVE;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import java.util.List;

/**
 * What a spec hides or protects in the root file system. What lies at its paths, nobody knows
 * before: so each way is tried, the ones that do not fit fail in a way that is tolerated, and in
 * the end it is looked at whether it is hidden.
 */
final class Masks {
  private static final Slot MASK = new Slot("mask");
  private static final Slot NULL = new Slot("null");

  /** Of struct statx; the same on all architectures. */
  private static final int ATTRIBUTES = 8;

  private static final int MODE = 28;
  private static final int RDEV = 128;

  /** The size of a struct statx. */
  static final int STATX = 256;

  private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;
  private static final long S_IFMT = 0xF000;
  private static final long S_IFCHR = 0x2000;

  /** Major 1, minor 3: two 32-bit fields, the major one first. */
  private static final long NULL_DEVICE = 1 | 3L << 32;

  private Masks() {}

  /** Opens the host's /dev/null, while the host's paths can still be seen. */
  static void open(Steps steps) {
    Memory stat = Memory.zeros("stat", STATX);
    steps.add(
        Calls.open("/dev/null", O_PATH, O_NOFOLLOW, O_CLOEXEC).into(NULL),
        "shows where a file is hidden; no layer can put another in its place");
    steps.add(Calls.statxAll(NULL, stat), "is it what it is called?");
    steps.add(isCharacterDevice("/dev/null", stat));
    steps.add(
        new Step.Check(
            "statx(\"/dev/null\").stx_rdev == 1:3",
            new Arg.Address(stat, RDEV),
            8,
            -1,
            NULL_DEVICE,
            false,
            Errno.ENODEV,
            "the null device and no other"));
  }

  /** A check that this is a character device. */
  static Step isCharacterDevice(String path, Memory stat) {
    return isOfType(path, stat, "S_IFCHR", S_IFCHR);
  }

  /** A check that this is of one type. */
  static Step isOfType(String path, Memory stat, String name, long type) {
    return new Step.Check(
        "statx(\"" + path + "\").stx_mode & S_IFMT == " + name,
        new Arg.Address(stat, MODE),
        4,
        S_IFMT,
        type,
        false,
        Errno.ENODEV,
        "somebody may have put something else there");
  }

  /** Hides a path. */
  static void hide(Slot root, String path, Steps steps) {
    String inside = path.substring(1);
    openFound(root, inside, steps, O_DIRECTORY);
    steps.add(
        Calls.openTree(Stash.DIRECTORY, Stash.EMPTY, OPEN_TREE_CLONE, O_CLOEXEC).into(MASK),
        "an empty directory");
    steps.add(
        Calls.mountSetattr(
            MASK,
            Arg.of(0),
            List.of(AT_EMPTY_PATH),
            MOUNT_ATTR_RDONLY,
            MOUNT_ATTR_NOSUID,
            MOUNT_ATTR_NODEV,
            MOUNT_ATTR_NOEXEC),
        "nothing can be put there");
    cover("hides it, if it is a directory", steps, Errno.EBADF);

    openFound(root, inside, steps);
    steps.add(
        Calls.openTree(NULL, "", OPEN_TREE_CLONE, O_CLOEXEC, AT_EMPTY_PATH).into(MASK),
        "the null device");
    steps.add(
        Calls.mountSetattr(
            MASK,
            Arg.of(0),
            List.of(AT_EMPTY_PATH),
            MOUNT_ATTR_RDONLY,
            MOUNT_ATTR_NOSUID,
            MOUNT_ATTR_NOEXEC),
        "the device can be written, but not its mode or owner");
    cover("hides it, if it is a file", steps, Errno.EBADF, Errno.EINVAL, Errno.ENOTDIR);

    // It says "mounted on" before: what is not there leaves it so.
    int[] words = new int[STATX / 4];
    words[ATTRIBUTES / 4] = (int) STATX_ATTR_MOUNT_ROOT;
    Memory stat = Memory.words("stat", words);
    openFound(root, inside, steps);
    steps.add(
        Calls.statxAll(Target.FOUND, stat).tolerate(Errno.EBADF), "is something mounted there?");
    closeFound(steps);
    steps.add(
        new Step.Check(
            "statx(\"" + inside + "\").stx_attributes & STATX_ATTR_MOUNT_ROOT",
            new Arg.Address(stat, ATTRIBUTES),
            8,
            STATX_ATTR_MOUNT_ROOT,
            STATX_ATTR_MOUNT_ROOT,
            false,
            Errno.EBUSY,
            "hidden, or not there at all: nothing in between"));
  }

  /** Makes a path read-only. */
  static void protect(Slot root, String path, Steps steps) {
    openFound(root, path.substring(1), steps);
    steps.add(
        Calls.openTree(Target.FOUND, "", OPEN_TREE_CLONE, O_CLOEXEC, AT_EMPTY_PATH, AT_RECURSIVE)
            .tolerate(Errno.EBADF)
            .into(MASK),
        "a mount of its own,");
    steps.add(
        Calls.mountSetattr(MASK, Arg.of(0), List.of(AT_EMPTY_PATH, AT_RECURSIVE), MOUNT_ATTR_RDONLY)
            .tolerate(Errno.EBADF),
        "so that it can be read-only, with all that is mounted below it");
    cover("in its own place", steps, Errno.EBADF);
  }

  private static void openFound(Slot root, String inside, Steps steps, Flag... flags) {
    steps.add(
        Calls.openInRoot(root, inside, flags)
            .tolerate(Errno.ENOENT, Errno.ENOTDIR)
            .into(Target.FOUND),
        "nothing, if it is not there, or no directory");
  }

  private static void cover(String why, Steps steps, Errno... tolerated) {
    steps.add(Calls.moveMount(MASK, Target.FOUND).tolerate(tolerated), why);
    steps.add(Calls.close(MASK).tolerate(Errno.EBADF), "no longer needed");
    closeFound(steps);
  }

  private static void closeFound(Steps steps) {
    steps.add(Calls.close(Target.FOUND).tolerate(Errno.EBADF), "no longer needed");
  }
}
