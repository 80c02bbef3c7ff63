package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_CREAT;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_EXCL;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;
import static io.jcontainer.linux.plan.Flag.Open.O_WRONLY;

import io.jcontainer.ByteSize;
import io.jcontainer.Mount;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.List;

/**
 * A small tmpfs below the scratch file system, which covers it: it holds what is mounted from
 * memory, the files that come from the JVM, and an empty directory for what is hidden.
 */
final class Stash {
  /** Open for it. */
  static final Slot DIRECTORY = new Slot("stash");

  /** The empty directory's name. */
  static final String EMPTY = "empty";

  private static final long PAGE = 4096;
  private static final Slot FILE = new Slot("file");

  private Stash() {}

  /** Makes it, if anything needs it, and a mount from each file. */
  static void make(LaunchRequest request, List<FileMount> files, boolean empty, Steps steps) {
    if (files.isEmpty() && !empty) {
      return;
    }
    steps.add(
        Calls.mount(
            "tmpfs",
            request.host().scratch(),
            "mode=755," + Scratch.limits(size(files)) + Scratch.owner(request),
            MS_NOSUID,
            MS_NODEV),
        "a place for what is mounted from memory");
    steps.add(Calls.chdir(request.host().scratch()), "the next paths are relative to it");
    Scratch.actAsOwner(request, steps);
    if (empty) {
      steps.add(Calls.mkdir(EMPTY, 0555), "what shows where a directory is hidden");
      steps.add(
          Calls.open(".", O_PATH, O_DIRECTORY, O_CLOEXEC).into(DIRECTORY),
          "it stays reachable when it is covered");
    }
    files.forEach(file -> file.make(steps));
    Scratch.actAsSelf(request, steps);
    steps.add(Calls.chdir("/"), "not in the way of what is mounted over it");
  }

  private static ByteSize size(List<FileMount> files) {
    long pages = 2;
    for (FileMount file : files) {
      pages += file.content().length / PAGE + 1;
    }
    return ByteSize.ofBytes(pages * PAGE);
  }

  /**
   * A file with its content.
   *
   * @param name of the file, and of the mount
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it, or compares it
  record FileMount(Slot name, byte[] content, int mode) {
    FileMount(Slot name, Mount.InMemoryFile file) {
      this(name, file.content(), file.mode());
    }

    private void make(Steps steps) {
      steps.add(
          Calls.create(name.name(), mode, O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC).into(FILE),
          "a file that the JVM gives the content of");
      if (content.length > 0) {
        Slot written = new Slot("written");
        steps.add(Calls.write(FILE, content).into(written), "its content");
        steps.add(
            new Step.Check(
                "<written> == " + content.length,
                Arg.of(written),
                0,
                -1,
                content.length,
                false,
                Errno.ENOSPC,
                "all of it"));
      }
      steps.add(Calls.close(FILE), "complete: no longer needed");
      steps.add(Calls.openTree(name.name(), OPEN_TREE_CLONE, O_CLOEXEC).into(name), "as a mount");
      steps.add(
          Calls.mountSetattr(
              name,
              Arg.of(0),
              List.of(AT_EMPTY_PATH),
              MOUNT_ATTR_RDONLY,
              MOUNT_ATTR_NOSUID,
              MOUNT_ATTR_NODEV),
          "nobody changes it");
    }
  }
}
