package io.jcontainer.linux.copy;

import static io.jcontainer.linux.sys.Errno.ENOENT;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The names in a directory, some bytes more than they are long: there may be millions of them. */
final class Names {
  private static final int NAME = 19;
  private static final int LISTING = 32 << 10;

  /** Enough for the names in most directories. */
  private static final int SHORT_LISTING = 4 << 10;

  private static final Slot LENGTH = new Slot("length");

  /** How many bits of a place are that in its chunk; no name is longer than a chunk. */
  private static final int BITS = 16;

  private static final int CHUNK = 1 << BITS;

  private final HeapShare share;

  /** In parts, so that none of it is copied when there is more. */
  private byte[][] chunks = {new byte[256]};

  private int last;
  private int end;

  /** Where each name begins; it ends with NUL. */
  private int[] starts = new int[16];

  private int count;
  private long taken;

  /** Reads what getdents64(2) has returned once. */
  static Names of(byte[] entries) {
    Names names = new Names(HeapShare.all());
    names.add(entries);
    return names;
  }

  /** Names that take their memory out of a share. */
  Names(HeapShare share) {
    this.share = share;
  }

  private void take(long bytes) {
    share.take(bytes);
    taken += bytes;
  }

  /** Gives the share back; they are of no use any more. */
  void forget() {
    share.give(taken);
    taken = 0;
  }

  /** What has a directory open. */
  interface Reader {
    /** Takes these steps and returns what the memory then holds. */
    byte[] ask(Steps steps, Memory body, Arg length);
  }

  /**
   * The names in a directory that has not been read before, as the kernel has them.
   *
   * @param most how many are too many: no more are read then
   * @param share what they take their memory out of
   * @return null if the directory was removed meanwhile
   */
  static @Nullable Names of(Reader reader, int directory, int most, HeapShare share) {
    Names names = new Names(share);
    int length = SHORT_LISTING;
    while (names.count <= most) {
      byte[] entries = next(reader, directory, length);
      if (entries == null) {
        return null;
      }
      if (entries.length == 0) {
        break;
      }
      names.add(entries);
      length = entries.length > SHORT_LISTING / 2 ? LISTING : SHORT_LISTING;
    }
    return names;
  }

  private static byte @Nullable [] next(Reader reader, int directory, int length) {
    Memory listing = Memory.zeros("listing", 8 + length);
    Steps steps = new Steps();
    steps.add(
        FileCalls.getdents(Arg.of(directory), new Arg.Address(listing, 8), length)
            .tolerate(ENOENT)
            .into(LENGTH),
        "the next names; ENOENT: it was removed, and has none");
    Agent.store(LENGTH, listing, 0, steps);
    byte[] answer = reader.ask(steps, listing, Arg.of(listing.size()));
    long filled = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return filled < 0 ? null : Arrays.copyOfRange(answer, 8, 8 + (int) filled);
  }

  /** Adds what getdents64(2) returns, apart from "." and "..", and what leads elsewhere. */
  void add(byte[] entries) {
    ByteBuffer words = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < entries.length; at += words.getShort(at + 16) & 0xFFFF) {
      int from = at + NAME;
      int to = from;
      boolean slash = false;
      while (entries[to] != 0) {
        slash |= entries[to++] == '/';
      }
      boolean dots =
          entries[from] == '.' && (to - from == 1 || (to - from == 2 && entries[from + 1] == '.'));
      if (!dots && !slash && to > from) {
        add(entries, from, to - from);
      }
    }
  }

  /** Adds a name. */
  void add(FileName name) {
    byte[] added = name.bytes();
    add(added, 0, added.length);
  }

  /** Adds the names of another directory, which has no use of them any more. */
  void add(Names others) {
    for (int i = 0; i < others.count; i++) {
      int from = others.starts[i];
      add(others.chunk(from), offset(from), others.length(from));
    }
    others.forget();
  }

  private void add(byte[] source, int from, int length) {
    if (end + length + 1 > chunks[last].length) {
      more(length + 1);
    }
    if (count == starts.length) {
      take(2L * Integer.BYTES * count); // and as much again while they are sorted
      starts = Arrays.copyOf(starts, 2 * count);
    }
    System.arraycopy(source, from, chunks[last], end, length);
    starts[count++] = (last << BITS) | end;
    end += length;
    chunks[last][end++] = 0;
  }

  /** The first chunk grows, for most directories are small. */
  private void more(int length) {
    int now = chunks[last].length;
    if (last == 0 && end + length <= CHUNK) {
      int grown = Math.min(CHUNK, Math.max(end + length, 2 * now));
      take(grown - now);
      chunks[0] = Arrays.copyOf(chunks[0], grown);
      return;
    }
    take(CHUNK);
    last++;
    if (last == CHUNK) {
      throw new HeapShare.ExceededException("the names in a directory take more than 4 GiB");
    }
    if (last == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * last);
    }
    chunks[last] = new byte[CHUNK];
    end = 0;
  }

  private byte[] chunk(int place) {
    return chunks[place >>> BITS];
  }

  private static int offset(int place) {
    return place & (CHUNK - 1);
  }

  int size() {
    return count;
  }

  FileName get(int index) {
    int from = starts[index];
    int offset = offset(from);
    return FileName.of(Arrays.copyOfRange(chunk(from), offset, offset + length(from)));
  }

  private int length(int from) {
    byte[] bytes = chunk(from);
    int to = offset(from);
    while (bytes[to] != 0) {
      to++;
    }
    return to - offset(from);
  }

  /** Sorts them by their bytes, and removes those that are there twice. */
  Names sorted() {
    int[] other = new int[count];
    for (int width = 1; width < count; width *= 2) {
      for (int from = 0; from < count; from += 2 * width) {
        merge(from, Math.min(count, from + width), Math.min(count, from + 2 * width), other);
      }
      int[] swap = starts;
      starts = other;
      other = swap.length == count ? swap : Arrays.copyOf(swap, count);
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (kept == 0 || compare(starts[kept - 1], starts[i]) != 0) {
        starts[kept++] = starts[i];
      }
    }
    count = kept;
    return this;
  }

  private void merge(int from, int middle, int to, int[] target) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft =
          left < middle && (right >= to || compare(starts[left], starts[right]) <= 0);
      target[i] = starts[takeLeft ? left++ : right++];
    }
  }

  /** NUL is less than what any name has in it, so that what is shorter comes first. */
  private int compare(int one, int two) {
    byte[] first = chunk(one);
    byte[] second = chunk(two);
    int a = offset(one);
    int b = offset(two);
    while (first[a] == second[b]) {
      if (first[a] == 0) {
        return 0;
      }
      a++;
      b++;
    }
    return Byte.compareUnsigned(first[a], second[b]);
  }
}
