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

/** The names in a directory. They lie in one array: there may be millions of them. */
final class Names {
  private static final int NAME = 19;
  private static final int LISTING = 32 << 10;

  /** Enough for the names in most directories. */
  private static final int SHORT_LISTING = 4 << 10;

  private static final Slot LENGTH = new Slot("length");

  private byte[] bytes = new byte[256];
  private int end;

  /** Where each name begins; it ends with NUL. */
  private int[] starts = new int[16];

  private int count;

  /** What has a directory open. */
  interface Reader {
    /** Takes these steps and returns what the memory then holds. */
    byte[] ask(Steps steps, Memory body, Arg length);
  }

  /**
   * The names in a directory that has not been read before, as the kernel has them.
   *
   * @param most how many are too many: no more are read then
   * @return null if the directory was removed meanwhile
   */
  static @Nullable Names of(Reader reader, int directory, int most) {
    Names names = new Names();
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

  /** Adds what getdents64(2) returns, apart from "." and "..". */
  void add(byte[] entries) {
    ByteBuffer words = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < entries.length; at += words.getShort(at + 16) & 0xFFFF) {
      int from = at + NAME;
      int to = from;
      while (entries[to] != 0) {
        to++;
      }
      boolean dots =
          entries[from] == '.' && (to - from == 1 || (to - from == 2 && entries[from + 1] == '.'));
      if (!dots) {
        add(entries, from, to - from);
      }
    }
  }

  /** Adds a name. */
  void add(FileName name) {
    byte[] added = name.bytes();
    add(added, 0, added.length);
  }

  /** Adds the names of another directory. */
  void add(Names others) {
    for (int i = 0; i < others.count; i++) {
      int from = others.starts[i];
      add(others.bytes, from, others.length(from));
    }
  }

  private void add(byte[] source, int from, int length) {
    if (end + length + 1 > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end + length + 1, Math.multiplyExact(bytes.length, 2)));
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
    }
    System.arraycopy(source, from, bytes, end, length);
    starts[count++] = end;
    end += length;
    bytes[end++] = 0;
  }

  int size() {
    return count;
  }

  FileName get(int index) {
    int from = starts[index];
    return FileName.of(Arrays.copyOfRange(bytes, from, from + length(from)));
  }

  private int length(int from) {
    int to = from;
    while (bytes[to] != 0) {
      to++;
    }
    return to - from;
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
    int a = one;
    int b = two;
    while (bytes[a] == bytes[b]) {
      if (bytes[a] == 0) {
        return 0;
      }
      a++;
      b++;
    }
    return Byte.compareUnsigned(bytes[a], bytes[b]);
  }
}
