package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Paths of a container's choosing, as descriptors. Layers and shared directories can have a link
 * anywhere, and somebody may exchange it at any moment; so each path is resolved by the kernel, in
 * the root and nowhere else, and what it has found is used by descriptor.
 */
final class Target {
  /** What was found. */
  static final Slot FOUND = new Slot("target");

  private static final Slot PARENT = new Slot("parent");
  private static final Memory STATFS = Memory.zeros("statfs", 120);
  private static final long PROC_SUPER_MAGIC = 0x9fa0;
  private static final long SYSFS_MAGIC = 0x6265_6572;

  private final Slot root;
  private final Set<String> made = new HashSet<>(List.of("proc", "dev"));

  /**
   * Paths in a root.
   *
   * @param root open for it
   */
  Target(Slot root) {
    this.root = root;
  }

  /** Makes what is missing, and opens it. */
  void make(String path, boolean directory, Steps steps) {
    String inside = path.substring(1);
    boolean ofProc = inside.startsWith("proc/");
    if (!ofProc) {
      for (int slash = inside.indexOf('/'); slash >= 0; slash = inside.indexOf('/', slash + 1)) {
        add(inside.substring(0, slash), true, steps);
      }
      add(inside, directory, steps);
    }
    steps.add(
        Calls.openInRoot(root, inside).into(FOUND), "whatever links it has, it lies in the root");
    if (!ofProc) {
      steps.add(Calls.fstatfs(FOUND, STATFS), "which file system it has led to");
      not(inside, "PROC_SUPER_MAGIC", PROC_SUPER_MAGIC, steps);
      not(inside, "SYSFS_MAGIC", SYSFS_MAGIC, steps);
    }
  }

  /** Makes what is missing of a directory, and leaves nothing open. */
  void makeDirectory(String path, Steps steps) {
    make(path, true, steps);
    steps.add(Calls.close(FOUND), "it is there");
  }

  private void add(String path, boolean directory, Steps steps) {
    if (!made.add(path)) {
      return;
    }
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    Slot parent = slash < 0 ? root : PARENT;
    if (slash >= 0) {
      steps.add(
          Calls.openInRoot(root, path.substring(0, slash), O_DIRECTORY).into(PARENT),
          "where to make " + name);
    }
    // If it is there, that is what is said first, also in a read-only file system.
    steps.add(
        (directory ? Calls.mkdir(parent, name, 0755) : Calls.mkfile(parent, name))
            .tolerate(Errno.EEXIST),
        "made, if it is not there");
    if (slash >= 0) {
      steps.add(Calls.close(PARENT), "no longer needed");
    }
  }

  private static void not(String path, String name, long magic, Steps steps) {
    steps.add(
        new Step.Check(
            "fstatfs(\"" + path + "\").f_type != " + name,
            Arg.of(STATFS),
            8,
            -1,
            magic,
            true,
            Errno.EXDEV,
            "a link must not lead into what is the kernel's"));
  }
}
