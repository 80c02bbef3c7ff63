package io.jcontainer.linux.user;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Flag.Resolve;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.List;

/** The steps that read the container's files of users, and those that change to one. */
public final class UserSteps {
  /** The largest file that is read. */
  public static final int MAX_FILE = 1 << 20;

  private static final int STX_MODE = 28;
  private static final int STX_SIZE = 40;
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;

  private static final Slot UID = new Slot("uid");
  private static final Slot GID = new Slot("gid");
  private static final Slot GROUPS = new Slot("number of groups");

  private UserSteps() {}

  /**
   * A file that a process has read.
   *
   * @param opened its descriptor, or a negative errno
   * @param size its size; 0 if there is none
   * @param content its content
   */
  public record File(Slot opened, Slot size, Memory content) {}

  /**
   * Reads a file that the container may have made, so that whatever it is the process does not wait
   * and nothing happens: the JVM parses it. If there is none, its size is 0.
   */
  public static File read(String path, Steps steps) {
    Slot opened = new Slot(path);
    Slot size = new Slot(path + "'s size");
    Memory content = Memory.zeros("content of " + path, MAX_FILE);
    Memory status = statusOfNothing(path);
    steps.add(
        Calls.openat2(
                path,
                List.of(Open.O_RDONLY, Open.O_NONBLOCK, Open.O_NOCTTY, Open.O_CLOEXEC),
                List.of(Resolve.RESOLVE_NO_MAGICLINKS))
            .tolerate(Errno.ENOENT)
            .into(opened),
        "our root is the container's, and so is all that a link in there leads to");
    steps.add(Calls.statx(Arg.of(opened), status).tolerate(Errno.EBADF), "it could be anything");
    steps.add(
        check(path + " is a regular file", status, STX_MODE, 4, S_IFMT, S_IFREG, Errno.EINVAL));
    steps.add(check(path + " is below 1 MiB", status, STX_SIZE, 8, -MAX_FILE, 0, Errno.EFBIG));
    steps.add(
        new Step.Load(new Arg.Address(status, STX_SIZE), 8, size, "no more, if it grows now"));
    steps.add(
        Calls.read(Arg.of(opened), content, Arg.of(size)).tolerate(Errno.EBADF), "for the JVM");
    steps.add(Calls.close(opened).tolerate(Errno.EBADF), "read: no longer needed");
    return new File(opened, size, content);
  }

  /** What statx(2) of a file that is not there leaves: an empty file. */
  private static Memory statusOfNothing(String path) {
    int[] words = new int[256 / 4];
    words[STX_MODE / 4] = S_IFREG;
    return Memory.words("statx of " + path, words);
  }

  private static Step check(
      String what, Memory status, int at, int bytes, long mask, long expected, Errno error) {
    return new Step.Check(
        what,
        new Arg.Address(status, at),
        bytes,
        mask,
        expected,
        false,
        error,
        "a FIFO, a device or a huge file could take forever");
  }

  /** Takes the ids out of the JVM's answer. */
  public static void loadAnswer(Steps steps) {
    load(Answer.UID, UID, steps);
    load(Answer.GID, GID, steps);
    load(Answer.COUNT, GROUPS, steps);
  }

  private static void load(int at, Slot slot, Steps steps) {
    steps.add(new Step.Load(new Arg.Address(Answer.MEMORY, at), 4, slot, "as the JVM found it"));
  }

  /** The number of the user, once it is known. */
  public static Arg uid(ProcessRequest request) {
    return Identity.of(request).known().map(ids -> Arg.of(ids.uid())).orElse(Arg.of(UID));
  }

  /** Becomes the user. After setresuid(2) the other two would be EPERM. */
  public static void become(ProcessRequest request, Steps steps) {
    Ids ids = Identity.of(request).known().orElse(null);
    if (!request.user().groupsDenied()) {
      steps.add(
          ids == null
              ? Calls.setgroups(Arg.of(GROUPS), new Arg.Address(Answer.MEMORY, Answer.GROUPS))
              : Calls.setgroups(ids.groups()),
          "none of the JVM's groups");
    }
    steps.add(Calls.setresgid(ids == null ? Arg.of(GID) : Arg.of(ids.gid())), "the group inside");
    steps.add(Calls.setresuid(uid(request)), "the user inside");
  }
}
