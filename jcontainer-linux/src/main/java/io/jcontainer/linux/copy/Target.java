package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_CREAT;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_EXCL;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.O_WRONLY;
import static io.jcontainer.linux.sys.Errno.EACCES;
import static io.jcontainer.linux.sys.Errno.EAGAIN;
import static io.jcontainer.linux.sys.Errno.EBUSY;
import static io.jcontainer.linux.sys.Errno.EDQUOT;
import static io.jcontainer.linux.sys.Errno.EEXIST;
import static io.jcontainer.linux.sys.Errno.EINVAL;
import static io.jcontainer.linux.sys.Errno.EIO;
import static io.jcontainer.linux.sys.Errno.EISDIR;
import static io.jcontainer.linux.sys.Errno.ENOSPC;
import static io.jcontainer.linux.sys.Errno.EPERM;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FileStat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The side that is copied to. A file or link gets its name by rename(2) when it is whole: what had
 * the name before is replaced, not written to, and a link not followed.
 */
final class Target extends Side {
  /** How much is copied at a time: a slow disk takes less than the minute that an agent has. */
  private static final long CHUNK = 16 << 20;

  /** What a file system may say to a change of a file of our own, such as one without owners. */
  private static final Errno[] REFUSALS = {EPERM, EACCES, EINVAL, EIO};

  private static final Errno[] CANNOT_WRITE = {ENOSPC, EDQUOT, EINVAL, EIO};
  private static final Errno[] CANNOT_READ = {EAGAIN, EPERM, EINVAL, EIO};
  private static final Errno[] CANNOT_REPLACE = {EISDIR, EBUSY, EPERM, EACCES};

  private static final Slot MADE = new Slot("made");
  private static final Slot OPENED = new Slot("opened");
  private static final Slot FROM = new Slot("from");
  private static final Slot TO = new Slot("to");

  private final boolean givesToRoot;

  /**
   * A side.
   *
   * @param givesToRoot whether what is made is given to the ids 0; else it is the agent's
   */
  Target(String place, Entrance.Entered entered, List<Flag> resolve, boolean givesToRoot) {
    super(place, entered, resolve);
    this.givesToRoot = givesToRoot;
  }

  /**
   * A directory to copy into.
   *
   * @param made whether it was made for that
   */
  record Directory(int fd, boolean made) {}

  /** Makes a directory, unless it is there. */
  Directory makeDirectory(int parent, FileName name) {
    Steps steps = new Steps();
    steps.add(
        FileCalls.mkdirat(Arg.of(parent), name.arg(), 0700).tolerate(EEXIST).into(MADE),
        "nobody else's until it is whole");
    steps.add(
        FileCalls.openat(Arg.of(parent), name.arg(), O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC)
            .into(OPENED),
        "a link that is there is not followed");
    long[] results = run(steps, MADE, OPENED);
    return new Directory((int) results[1], results[0] == 0);
  }

  /** Gives a directory what the source has, if it was made; lets go of it. */
  void finish(Directory directory, FileStat stat) {
    Arg fd = Arg.of(directory.fd());
    Attempts attempts = new Attempts(this);
    if (directory.made()) {
      give(fd, stat, attempts);
      attempts.attempt(FileCalls.futimens(fd, stat), "as the source has", REFUSALS);
    }
    attempts.add(Calls.close(fd)).run();
  }

  private void give(Arg fd, FileStat stat, Attempts attempts) {
    if (givesToRoot) {
      attempts.attempt(FileCalls.fchown(fd, 0), "a set-group-id directory gives its own", REFUSALS);
    }
    // Never set-user-id, set-group-id or sticky.
    attempts.attempt(
        FileCalls.fchmod(fd, stat.permissions() & 0777), "as the source has", REFUSALS);
  }

  /** Makes a link. */
  void makeLink(int parent, FileName name, FileName text, FileStat stat) {
    Arg directory = Arg.of(parent);
    FileName temporary = temporaryName();
    Steps make = new Steps();
    run(make.add(FileCalls.symlinkat(text.arg(), directory, temporary.arg()), "to be renamed"));
    try {
      Attempts attempts = new Attempts(this);
      if (givesToRoot) {
        attempts.attempt(FileCalls.lchownat(directory, temporary.arg(), 0), "itself", REFUSALS);
      }
      attempts.attempt(
          FileCalls.lutimensat(directory, temporary.arg(), stat), "as the source has", REFUSALS);
      attempts.run();
      attempts = new Attempts(this);
      name(directory, temporary, name, attempts);
      attempts.run();
    } catch (RuntimeException e) {
      throw withdrawn(directory, temporary, e);
    }
  }

  /**
   * Makes a file from the one that the other side has handed over.
   *
   * @param between what is done after each part of a long one; it may throw
   */
  void makeFile(int parent, FileName name, FileStat stat, Runnable between) {
    Arg directory = Arg.of(parent);
    FileName temporary = temporaryName();
    long[] fds = create(directory, temporary);
    Arg from = Arg.of(fds[0]);
    Arg to = Arg.of(fds[1]);
    try {
      Attempts attempts = new Attempts(this);
      give(to, stat, attempts);
      attempts.run();
      fill(to, from, stat.size(), between);
      Attempts last = new Attempts(this);
      last.attempt(FileCalls.futimens(to, stat), "as the source has", REFUSALS);
      last.add(Calls.close(from)).add(Calls.close(to));
      name(directory, temporary, name, last);
      last.run();
    } catch (RuntimeException e) {
      throw withdrawn(directory, temporary, e);
    }
  }

  /** The file that was handed over, and a new one. */
  private long[] create(Arg directory, FileName temporary) {
    Memory message = FileCalls.controlMessage();
    Steps steps = new Steps();
    steps.add(FileCalls.recvmsg(bridge(), message), "from the other agent");
    steps.add(
        new Step.Load(
            new Arg.Address(message, FileCalls.CMSG_DATA), 4, FROM, "out of the control message"));
    steps.add(
        FileCalls.createat(
                directory, temporary.arg(), 0600, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_CLOEXEC)
            .into(TO),
        "nobody else's until it is whole");
    return run(steps, FROM, TO);
  }

  /** Not more than there was when it was found, so that a file which grows for ever has an end. */
  private void fill(Arg to, Arg from, long size, Runnable between) {
    for (long rest = size; rest > 0; ) {
      long count = send(to, from, Math.min(rest, CHUNK));
      if (count == 0) {
        return; // it has become shorter
      }
      rest -= count;
      between.run();
    }
    if (size == 0 && hasContent(from)) {
      throw new NoSizeException();
    }
  }

  private boolean hasContent(Arg from) {
    return new Attempts(this)
            .attempt(
                Calls.read(from, Memory.zeros("byte", 1), Arg.of(1)),
                "files of /proc do",
                CANNOT_READ)
            .run()[0]
        > 0;
  }

  private long send(Arg to, Arg from, long count) {
    return new Attempts(this)
        .attempt(FileCalls.sendfile(to, from, count), "within the kernel", CANNOT_WRITE)
        .run()[0];
  }

  private static void name(Arg directory, FileName temporary, FileName name, Attempts attempts) {
    attempts.attempt(
        FileCalls.renameat(directory, temporary.arg(), name.arg()),
        "at once, and whatever has the name is not followed",
        CANNOT_REPLACE);
  }

  private RuntimeException withdrawn(Arg directory, FileName temporary, RuntimeException failure) {
    try {
      Steps steps = new Steps();
      run(steps.add(FileCalls.unlinkat(directory, temporary.arg()), "it has not become whole"));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private static FileName temporaryName() {
    return FileName.of(".jcontainer-copy-%016x".formatted(ThreadLocalRandom.current().nextLong()));
  }

  /** A file has a content, but says that its size is 0. */
  static final class NoSizeException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
