package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOCTTY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;
import static io.jcontainer.linux.sys.Errno.EBADF;
import static io.jcontainer.linux.sys.Errno.EINVAL;
import static io.jcontainer.linux.sys.Errno.ELOOP;
import static io.jcontainer.linux.sys.Errno.ENODATA;
import static io.jcontainer.linux.sys.Errno.ENOENT;
import static io.jcontainer.linux.sys.Errno.ENOTDIR;
import static io.jcontainer.linux.sys.Errno.ENXIO;
import static io.jcontainer.linux.sys.Errno.EOPNOTSUPP;
import static io.jcontainer.linux.sys.Errno.ERANGE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads directories whose files others may change meanwhile, by an agent. Nothing is found by more
 * than its name in a directory that is open, no link is followed, and nothing but directories and
 * files is opened.
 */
final class TreeReader implements TreeFiles {
  private static final int CHUNK = 256 << 10;

  /** Of a name: whether it is there, what it is, how long the list is, the list of attributes. */
  private static final int STAT = 8;

  private static final int LIST_LENGTH = STAT + FileStat.BYTES;
  private static final int LIST = LIST_LENGTH + 8;
  private static final int LIST_SIZE = 512;
  private static final int RECORD = LIST + LIST_SIZE;

  /** XATTR_LIST_MAX, and XATTR_SIZE_MAX. */
  private static final int LARGEST = 64 << 10;

  /** PATH_MAX. */
  private static final int LONGEST_LINK = 4096;

  private static final Slot FOUND = new Slot("found");
  private static final Slot LENGTH = new Slot("length");

  private final Workshop workshop;

  TreeReader(Workshop workshop) {
    this.workshop = workshop;
  }

  @Override
  public Names list(int directory, HeapShare share) {
    Names names = Names.of(workshop::ask, directory, Integer.MAX_VALUE, share);
    return names == null ? new Names(share) : names.sorted();
  }

  @Override
  public Map<FileName, LayerEntry> look(int directory, List<FileName> names) {
    Memory found = Memory.zeros("found", RECORD * names.size());
    Steps steps = new Steps();
    steps.add(Calls.fchdir(Arg.of(directory)), "names are relative to it");
    for (int i = 0; i < names.size(); i++) {
      int at = RECORD * i;
      Arg name = names.get(i).arg();
      steps.add(
          FileCalls.statxat(Arg.AT_FDCWD, name, new Arg.Address(found, at + STAT))
              .tolerate(ENOENT)
              .into(FOUND),
          "a link is itself");
      steps.add(
          FileCalls.llistxattr(name, new Arg.Address(found, at + LIST), LIST_SIZE)
              .tolerate(ENOENT, EOPNOTSUPP, ERANGE)
              .into(LENGTH),
          "an overlay has left its marks there");
      Agent.store(FOUND, found, at, steps);
      Agent.store(LENGTH, found, at + LIST_LENGTH, steps);
    }
    byte[] answer = workshop.ask(steps, found, Arg.of(found.size()));
    ByteBuffer words = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
    Map<FileName, LayerEntry> entries = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      int at = RECORD * i;
      if (words.getLong(at) < 0) {
        continue;
      }
      FileName name = names.get(i);
      int length = (int) words.getLong(at + LIST_LENGTH);
      byte[] list =
          length == -ERANGE.number()
              ? longList(name)
              : Arrays.copyOfRange(answer, at + LIST, at + LIST + Math.max(0, length));
      entries.put(name, new LayerEntry(name, FileStat.parse(answer, at + STAT), attributes(list)));
    }
    return entries;
  }

  /** Names, each of which ends with NUL: bytes, a character each. */
  private static List<String> attributes(byte[] names) {
    return names.length == 0 ? List.of() : List.of(new String(names, ISO_8859_1).split("\0"));
  }

  /** Of a name in the working directory. */
  private byte[] longList(FileName name) {
    Memory list = Memory.zeros("attributes", 8 + LARGEST);
    Steps steps = new Steps();
    steps.add(
        FileCalls.llistxattr(name.arg(), new Arg.Address(list, 8), LARGEST)
            .tolerate(ENOENT)
            .into(LENGTH),
        "more than others have");
    byte[] answer = answer(steps, list);
    return answer == null ? new byte[0] : answer;
  }

  /**
   * What a call has written behind the first 8 bytes, which are for how much that is.
   *
   * @return null if it has failed in a tolerated way
   */
  private byte @Nullable [] answer(Steps steps, Memory memory) {
    Agent.store(LENGTH, memory, 0, steps);
    byte[] answer = workshop.ask(steps, memory, Arg.of(memory.size()));
    long length = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return length < 0 ? null : Arrays.copyOfRange(answer, 8, 8 + (int) length);
  }

  @Override
  public byte @Nullable [] attribute(int directory, FileName name, String attribute) {
    Memory value = Memory.zeros("value", 8 + LARGEST);
    Steps steps = new Steps();
    steps.add(Calls.fchdir(Arg.of(directory)), "the name is relative to it");
    steps.add(
        FileCalls.lgetxattr(name.arg(), attribute, new Arg.Address(value, 8), LARGEST)
            .tolerate(ENOENT, ENODATA)
            .into(LENGTH),
        "of a link itself");
    return answer(steps, value);
  }

  @Override
  public @Nullable FileName link(int directory, FileName name) {
    Memory text = Memory.zeros("text", 8 + LONGEST_LINK);
    Steps steps = new Steps();
    steps.add(
        FileCalls.readlinkat(Arg.of(directory), name.arg(), new Arg.Address(text, 8), LONGEST_LINK)
            .tolerate(ENOENT, EINVAL)
            .into(LENGTH),
        "EINVAL: it is no link any more");
    byte[] answer = answer(steps, text);
    return answer == null ? null : FileName.of(answer);
  }

  @Override
  public int open(int directory, FileName name) {
    Steps steps = new Steps();
    steps.add(
        FileCalls.openat(
                Arg.of(directory), name.arg(), O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC)
            .tolerate(ENOENT, ENOTDIR, ELOOP)
            .into(FOUND),
        "unless it is no directory any more");
    return Math.max(GONE, (int) workshop.run(steps, FOUND)[0]);
  }

  @Override
  public int openAbove(int directory, long inode) {
    Memory found = Memory.zeros("found", 8 + FileStat.BYTES);
    Steps steps = new Steps();
    steps.add(
        FileCalls.openat(Arg.of(directory), Arg.of(".."), O_RDONLY, O_DIRECTORY, O_CLOEXEC)
            .into(FOUND),
        "wherever it has been moved");
    Opened above = opened(found, steps);
    if (above.stat().inode() == inode) {
      return above.fd();
    }
    workshop.close(above.fd());
    return GONE;
  }

  @Override
  public @Nullable OpenFile openFile(int directory, FileName name) {
    Memory found = Memory.zeros("found", 8 + FileStat.BYTES);
    Steps steps = new Steps();
    steps.add(
        FileCalls.openat(
                Arg.of(directory),
                name.arg(),
                O_RDONLY,
                O_NOFOLLOW,
                O_NONBLOCK,
                O_NOCTTY,
                O_CLOEXEC)
            .tolerate(ENOENT, ELOOP, ENXIO)
            .into(FOUND),
        "a device that has come in its place cannot be opened on this mount");
    Opened opened = opened(found, steps);
    if (opened.fd() < 0) {
      return null;
    }
    if (opened.stat().type() == FileStat.Type.FILE) {
      return new OpenFile(opened.fd(), opened.stat());
    }
    workshop.close(opened.fd());
    return null;
  }

  private record Opened(int fd, FileStat stat) {}

  /** What the last of these steps has opened. */
  private Opened opened(Memory found, Steps steps) {
    steps.add(
        FileCalls.statx(Arg.of(FOUND), new Arg.Address(found, 8)).tolerate(EBADF),
        "what it is; EBADF if it is not there");
    Agent.store(FOUND, found, 0, steps);
    byte[] answer = workshop.ask(steps, found, Arg.of(found.size()));
    long fd = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return new Opened((int) fd, FileStat.parse(answer, 8));
  }

  @Override
  public byte[] read(int file) {
    Memory bytes = Memory.zeros("bytes", CHUNK);
    Steps steps = new Steps();
    steps.add(FileCalls.read(Arg.of(file), bytes, CHUNK).into(LENGTH), "the next of it");
    return workshop.ask(steps, bytes, Arg.of(LENGTH));
  }

  @Override
  public void close(int fd) {
    workshop.close(fd);
  }
}
