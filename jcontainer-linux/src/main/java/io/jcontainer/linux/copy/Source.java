package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_NOCTTY;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import java.util.List;
import java.util.Optional;

/** The side that is copied from. */
final class Source extends Side {
  /** The longest text of a link: PATH_MAX. */
  private static final int LINK = 4096;

  private static final Slot LENGTH = new Slot("length");
  private static final Slot FILE = new Slot("file");

  Source(String place, Entrance.Entered entered, List<Flag> resolve) {
    super(place, entered, resolve);
  }

  /**
   * The names in a directory, which are read before any of them is looked at: so nobody can keep
   * this going by making ever new ones.
   *
   * @param most how many are too many
   * @param share what they take their memory out of
   * @return empty if the directory was removed meanwhile
   */
  Optional<Names> list(int directory, int most, HeapShare share) {
    return Optional.ofNullable(Names.of(this::ask, directory, most, share));
  }

  /** The text of a link that was found; lets go of the link. */
  FileName readLink(Node link) {
    Memory text = Memory.zeros("text", LINK);
    Steps steps = new Steps();
    steps.add(FileCalls.readlink(Arg.of(link.fd()), text).into(LENGTH), "it is not followed");
    close(link.fd(), steps);
    return FileName.of(ask(steps, text, Arg.of(LENGTH)));
  }

  /** Opens a file that was found and hands it to the other side; lets go of it here. */
  void hand(Node file) {
    Memory message = FileCalls.controlMessage();
    Steps steps = new Steps();
    steps.add(
        reopen(file.fd(), O_RDONLY, O_NONBLOCK, O_NOCTTY, O_CLOEXEC).into(FILE),
        "the very file that was looked at");
    steps.add(
        new Step.Store(
            Arg.of(FILE),
            new Arg.Address(message, FileCalls.CMSG_DATA),
            4,
            "into the control message"));
    steps.add(FileCalls.sendmsg(bridge(), message), "to the other agent");
    steps.add(io.jcontainer.linux.plan.Calls.close(FILE), "it is the other's now");
    close(file.fd(), steps);
    run(steps);
  }
}
