package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_CREAT;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_EXCL;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.O_WRONLY;
import static io.jcontainer.linux.sys.Errno.EINVAL;
import static io.jcontainer.linux.sys.Errno.ENOSYS;
import static io.jcontainer.linux.sys.Errno.ENXIO;
import static io.jcontainer.linux.sys.Errno.EOPNOTSUPP;
import static io.jcontainer.linux.sys.Errno.EXDEV;

import io.jcontainer.linux.copy.Owners.Owner;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.util.Map;

/**
 * Writes a copy of layers. What is small is gathered, so that many files are one order to the
 * agent. Nobody else sees the copy before it is whole.
 */
final class CopyWriter {
  /** How many files are one order, and of how many bytes: both take far less than a minute. */
  private static final int FILES = 24;

  private static final long BYTES = 16 << 20;

  private static final String SHARES = "shares the blocks if the file system can";

  private static final int LONGEST_LINK = 4095;

  private static final Slot FROM = new Slot("from");
  private static final Slot TO = new Slot("to");
  private static final Slot WHERE = new Slot("where");
  private static final Slot DATA = new Slot("data");
  private static final Slot HOLE = new Slot("hole");
  private static final Slot COUNT = new Slot("count");

  private final Workshop workshop;
  private Steps steps = new Steps();
  private int files;
  private long bytes;

  CopyWriter(Workshop workshop) {
    this.workshop = workshop;
  }

  /** Makes a directory, and opens it. */
  int makeDirectory(int parent, FileName name) {
    Steps make = new Steps();
    make.add(FileCalls.mkdirat(Arg.of(parent), name.arg(), 0700), "its mode comes last");
    make.add(
        FileCalls.openat(Arg.of(parent), name.arg(), O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC)
            .into(TO),
        "to make what is in it");
    return (int) workshop.run(make, TO)[0];
  }

  /** Closes a directory of our own, when all is in it. */
  void finish(int directory, int mode, Owner owner) {
    give(Arg.of(directory), owner, mode, Map.of());
    steps.add(Calls.close(Arg.of(directory)), "complete");
    added(0);
  }

  /** Gives a directory what the layer's has, when all is in it, and closes it. */
  void finish(int directory, FileStat stat, Owner owner, Map<String, byte[]> attributes) {
    give(Arg.of(directory), owner, stat.permissions(owner.same()), attributes);
    steps.add(FileCalls.futimens(Arg.of(directory), stat), "all that is made in it changes it");
    steps.add(Calls.close(Arg.of(directory)), "complete");
    added(0);
  }

  /** A file. */
  void file(int from, int to, LayerEntry entry, Owner owner, Map<String, byte[]> attributes) {
    FileStat stat = entry.stat();
    boolean large = stat.size() > BYTES || (stat.isSparse() && stat.size() > 0);
    open(from, to, entry.name());
    if (large) {
      long[] fds = run(FROM, TO);
      fill(Arg.of(fds[0]), Arg.of(fds[1]), stat.size());
      complete(Arg.of(fds[0]), Arg.of(fds[1]), stat, owner, attributes);
      added(0);
      return;
    }
    if (stat.size() > 0) {
      copy(Arg.of(FROM), Arg.of(TO), stat.size());
      at(Arg.of(TO), stat.size());
    }
    complete(Arg.of(FROM), Arg.of(TO), stat, owner, attributes);
    added(stat.size());
  }

  private void open(int from, int to, FileName name) {
    steps.add(
        FileCalls.openat(Arg.of(from), name.arg(), O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_CLOEXEC)
            .into(FROM),
        "the layer's");
    steps.add(
        FileCalls.createat(
                Arg.of(to), name.arg(), 0600, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_CLOEXEC)
            .into(TO),
        "the copy");
  }

  /** Both calls begin where the one before has ended, and at the end there is nothing. */
  private void copy(Arg from, Arg to, long count) {
    steps.add(copyRange(from, to, count), SHARES);
    steps.add(FileCalls.sendfile(to, from, count), "what is left");
    steps.add(FileCalls.sendfile(to, from, count), "nothing, or why there is no room for more");
  }

  private static Step.Call copyRange(Arg from, Arg to, long count) {
    return FileCalls.copyFileRange(from, to, count).tolerate(EXDEV, EOPNOTSUPP, EINVAL, ENOSYS);
  }

  private void at(Arg to, long expected) {
    steps.add(FileCalls.tell(to).into(WHERE), "how much has been copied");
    steps.add(
        new Step.Check(
            "<where> == " + expected,
            Arg.of(WHERE),
            0,
            -1,
            expected,
            false,
            Errno.ESTALE,
            "nobody has shortened it meanwhile"));
  }

  private void fill(Arg from, Arg to, long size) {
    for (long at = 0; at < size; ) {
      steps.add(
          FileCalls.seekData(from, at).tolerate(ENXIO).into(DATA), "ENXIO: the rest is a hole");
      long data = run(DATA)[0];
      if (data < 0) {
        break;
      }
      steps.add(FileCalls.seekHole(from, data).into(HOLE), "where the data ends");
      long end = Math.min(size, run(HOLE)[0]);
      steps.add(FileCalls.seek(from, data), "what was asked for has moved it");
      steps.add(FileCalls.seek(to, data), "leaves a hole");
      for (at = data; at < end; ) {
        at += part(from, to, Math.min(BYTES, end - at));
      }
    }
    steps.add(FileCalls.ftruncate(to, size), "a hole at the end");
  }

  private long part(Arg from, Arg to, long count) {
    steps.add(copyRange(from, to, count).into(COUNT), SHARES);
    long copied = run(COUNT)[0];
    if (copied <= 0) {
      steps.add(FileCalls.sendfile(to, from, count).into(COUNT), "the file systems are two");
      copied = run(COUNT)[0];
    }
    if (copied == 0) {
      throw new SyscallException("copy_file_range() = 0", Errno.ESTALE); // it became shorter
    }
    return copied;
  }

  private void complete(
      Arg from, Arg to, FileStat stat, Owner owner, Map<String, byte[]> attributes) {
    give(to, owner, stat.permissions(owner.same()), attributes);
    steps.add(FileCalls.futimens(to, stat), "as in the layer");
    steps.add(Calls.close(from), "copied");
    steps.add(Calls.close(to), "complete");
  }

  private void give(Arg fd, Owner owner, int mode, Map<String, byte[]> attributes) {
    steps.add(FileCalls.fchown(fd, owner.uid(), owner.gid()), "takes set-user-id bits away");
    steps.add(FileCalls.fchmod(fd, mode), "so the mode comes after the owner");
    attributes.forEach(
        (name, value) ->
            steps.add(FileCalls.fsetxattr(fd, name, value), "a change of owners removes some"));
  }

  /** A link. */
  void link(int from, int to, LayerEntry entry, Owner owner) {
    FileStat stat = entry.stat();
    int length = (int) Math.min(LONGEST_LINK, stat.size() == 0 ? LONGEST_LINK : stat.size());
    Memory text = Memory.zeros("text", length + 1); // ends with NUL
    Arg name = entry.name().arg();
    Arg directory = Arg.of(to);
    steps.add(FileCalls.readlinkat(Arg.of(from), name, text, length), "where it leads");
    steps.add(FileCalls.symlinkat(Arg.of(text), directory, name), "there as well");
    steps.add(FileCalls.lchownat(directory, name, owner.uid(), owner.gid()), "of the link itself");
    steps.add(FileCalls.lutimensat(directory, name, stat), "as in the layer");
    added(0);
  }

  /** A FIFO, or a socket. */
  void node(int to, LayerEntry entry, Owner owner) {
    Arg name = entry.name().arg();
    Arg directory = Arg.of(to);
    steps.add(
        FileCalls.mknodat(directory, name, (entry.stat().mode() & FileStat.TYPE) | 0600),
        "nothing is connected to it");
    steps.add(FileCalls.lchownat(directory, name, owner.uid(), owner.gid()), "as in the layer");
    steps.add(
        FileCalls.fchmodat(directory, name, entry.stat().permissions(owner.same())),
        "as in the layer");
    steps.add(FileCalls.lutimensat(directory, name, entry.stat()), "as in the layer");
    added(0);
  }

  /**
   * Another name of a file that is there already.
   *
   * @param path of the first, from the root of the copy
   */
  void hardLink(int root, FileName path, int to, FileName name) {
    steps.add(
        FileCalls.linkat(Arg.of(root), path.arg(), Arg.of(to), name.arg()),
        "one file in the layer");
    added(0);
  }

  private void added(long more) {
    files++;
    bytes += more;
    if (files >= FILES || bytes >= BYTES) {
      flush();
    }
  }

  /** Does what is gathered. */
  void flush() {
    if (files > 0) {
      run();
    }
  }

  private long[] run(Slot... results) {
    Steps all = steps;
    steps = new Steps();
    files = 0;
    bytes = 0;
    return workshop.run(all, results);
  }
}
