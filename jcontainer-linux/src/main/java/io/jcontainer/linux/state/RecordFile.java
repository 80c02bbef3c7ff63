package io.jcontainer.linux.state;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One runtime's own file of records. It is locked as long as it is open: a file whose lock nobody
 * holds is what a JVM has left that was killed.
 */
final class RecordFile implements AutoCloseable {
  static final String PREFIX = "containers-";

  /** More containers than these are not listed by others. */
  static final int MOST_SLOTS = 1 << 16;

  private static final int O_WRONLY = 1;
  private static final int O_NOFOLLOW = (int) Flag.Open.O_NOFOLLOW.bits(Arch.current());

  private final Kernel kernel;
  private final Path path;
  private final Fd file;
  private final BitSet used = new BitSet();

  private RecordFile(Kernel kernel, Path path, Fd file) {
    this.kernel = kernel;
    this.path = path;
    this.file = file;
  }

  /**
   * A new one. Before it is locked, another JVM may take it for a dead one's and delete it: then
   * another is made.
   */
  static RecordFile create(Kernel kernel, Path directory, int owner) throws IOException {
    while (true) {
      Path path =
          directory.resolve(
              PREFIX + owner + "-" + Long.toHexString(ThreadLocalRandom.current().nextLong()));
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Optional<Fd> file = openLocked(kernel, path);
      if (file.isPresent()) {
        return new RecordFile(kernel, path, file.get());
      }
    }
  }

  private static Optional<Fd> openLocked(Kernel kernel, Path path) {
    Fd file;
    try {
      file = kernel.open(path.toString(), O_WRONLY | O_NOFOLLOW);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      kernel.lock(file, true, true);
      if (Files.exists(path)) {
        return Optional.of(file);
      }
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
    file.close();
    return Optional.empty();
  }

  Path path() {
    return path;
  }

  /**
   * Finds a free slot, which is the caller's until it is cleared.
   *
   * @return its number, or -1 if there is none
   */
  synchronized int reserve() {
    int slot = used.nextClearBit(0);
    if (slot >= MOST_SLOTS) {
      return -1;
    }
    used.set(slot);
    return slot;
  }

  /** Writes a record into a slot. */
  void write(int slot, ContainerRecord record) {
    kernel.writeAt(file, RecordCodec.encode(record), (long) slot * RecordCodec.SLOT);
  }

  /** Frees a slot. Under the lock, since others may have it at once. */
  synchronized void clear(int slot) {
    if (used.get(slot)) {
      kernel.writeAt(file, RecordCodec.CLEARED, (long) slot * RecordCodec.SLOT);
      used.clear(slot);
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // Whoever looks next finds that nobody holds the lock, and deletes it.
    } finally {
      file.close();
    }
  }
}
