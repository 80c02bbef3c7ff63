package io.jcontainer.linux.state;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One runtime's own file of records. It is locked as long as it is open: a file whose lock nobody
 * holds is what a JVM has left that was killed.
 */
final class RecordFile implements AutoCloseable {
  static final String PREFIX = "containers-";

  /** More containers than these are not listed by others. */
  static final int MOST_SLOTS = 1 << 16;

  private static final int O_CREAT_EXCL_WRONLY = 0xC1;
  private static final int PRIVATE = 0600;

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
   * another is made. Where it cannot be had, nothing of it stays.
   */
  static RecordFile create(Kernel kernel, Path directory, int owner) {
    while (true) {
      Path path =
          directory.resolve(
              PREFIX + owner + "-" + Long.toHexString(ThreadLocalRandom.current().nextLong()));
      Fd file = kernel.open(path.toString(), O_CREAT_EXCL_WRONLY);
      RecordFile fresh = new RecordFile(kernel, path, file);
      try {
        kernel.chmod(file, PRIVATE); // who looks before that passes it over
        kernel.lock(file, true, true);
      } catch (RuntimeException | Error e) {
        fresh.close();
        throw e;
      }
      if (Files.exists(path)) {
        return fresh;
      }
      file.close();
    }
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

  /** Has a slot lie on the disk before there is a record for it. */
  void makeRoom(int slot) {
    kernel.writeAt(file, new byte[RecordCodec.SLOT], (long) slot * RecordCodec.SLOT);
  }

  /** Writes a record into a slot. */
  void write(int slot, ContainerRecord record) {
    kernel.writeAt(file, RecordCodec.encode(record), (long) slot * RecordCodec.SLOT);
  }

  /**
   * Frees a slot. Under the lock, since others may have it at once. It is free also if it cannot be
   * written: on a full disk that is one which has no record.
   */
  synchronized void clear(int slot) {
    if (used.get(slot)) {
      used.clear(slot);
      kernel.writeAt(file, RecordCodec.CLEARED, (long) slot * RecordCodec.SLOT);
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
