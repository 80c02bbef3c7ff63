package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** One of the two sides of a copy: what its agent finds. */
class Side {
  private static final Slot FOUND = new Slot("found");
  private static final Slot OPENED = new Slot("opened");
  private static final Arg BRIDGE = Arg.of(Entrance.BRIDGE);

  private final String place;
  private final Entrance.Entered entered;
  private final List<Flag> resolve;

  /**
   * A side.
   *
   * @param place where it is, for messages
   * @param resolve how a path is resolved that the caller names
   */
  Side(String place, Entrance.Entered entered, List<Flag> resolve) {
    this.place = place;
    this.entered = entered;
    this.resolve = resolve;
  }

  String place() {
    return place;
  }

  /** Where a path leads that the caller names; empty if there is nothing. */
  Optional<Node> find(String path) {
    return find(
        Calls.openat2(path, List.of(O_PATH, O_CLOEXEC), resolve)
            .why("what the caller names; within the root, if that is the container's"));
  }

  /** What is in a directory; a link is found itself. */
  Optional<Node> find(int directory, FileName name) {
    return find(
        FileCalls.openat(Arg.of(directory), name.arg(), O_PATH, O_NOFOLLOW, O_CLOEXEC)
            .why("held, but not opened: opening a device or FIFO may do something"));
  }

  private Optional<Node> find(Step.Call open) {
    Memory found = Memory.zeros("found", 8 + FileStat.BYTES);
    Steps steps = new Steps();
    steps.add(open.tolerate(Errno.ENOENT).into(FOUND));
    steps.add(
        FileCalls.statx(Arg.of(FOUND), new Arg.Address(found, 8)).tolerate(Errno.EBADF),
        "what it is; EBADF if it is not there");
    Agent.store(FOUND, found, 0, steps);
    byte[] answer = ask(steps, found, Arg.of(found.size()));
    long fd = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return fd < 0 ? Optional.empty() : Optional.of(new Node((int) fd, FileStat.parse(answer, 8)));
  }

  /** Opens a directory that was found, to read it and to work in it. */
  int enter(Node directory) {
    Steps steps = new Steps();
    steps.add(
        FileCalls.openat(
                Arg.of(directory.fd()), Arg.of("."), O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC)
            .into(OPENED),
        "the directory itself, wherever it has been moved meanwhile");
    close(directory.fd(), steps);
    return (int) run(steps, OPENED)[0];
  }

  /** Lets go of a descriptor. */
  void leave(int fd) {
    Steps steps = new Steps();
    close(fd, steps);
    run(steps);
  }

  static void close(int fd, Steps steps) {
    steps.add(Calls.close(Arg.of(fd)), "");
  }

  /** Opens the descriptor's file again. */
  Step.Call reopen(int fd, Flag... flags) {
    return FileCalls.openat(Arg.of(entered.descriptors()), Arg.of(Integer.toString(fd)), flags);
  }

  static Arg bridge() {
    return BRIDGE;
  }

  long[] run(Steps steps, Slot... results) {
    try {
      return entered.agent().run(steps, results);
    } catch (SyscallException e) {
      throw new SideException(this, e);
    }
  }

  byte[] ask(Steps steps, Memory body, Arg length) {
    try {
      return entered.agent().ask(steps, body, length);
    } catch (SyscallException e) {
      throw new SideException(this, e);
    }
  }

  /** A call failed on one side. */
  static final class SideException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Side side;
    private final SyscallException failure;

    SideException(Side side, SyscallException failure) {
      super(failure);
      this.side = side;
      this.failure = failure;
    }

    Side side() {
      return side;
    }

    SyscallException failure() {
      return failure;
    }
  }
}
