package io.jcontainer.images.tar;

import java.io.IOException;
import java.util.Arrays;

/** Where in a file with holes the bytes belong that an archive has of it. */
public final class SparseMap {
  private static final int MOST = 100_000;

  private final long size;
  private final long[] offsets;
  private final long[] lengths;

  private SparseMap(long size, long[] offsets, long[] lengths) {
    this.size = size;
    this.offsets = offsets;
    this.lengths = lengths;
  }

  /** How many bytes the file has. */
  public long size() {
    return size;
  }

  /** How many pieces there are. */
  public int count() {
    return offsets.length;
  }

  /** Where a piece begins; the next one begins behind its end. */
  public long offset(int piece) {
    return offsets[piece];
  }

  /** How many bytes a piece has. */
  public long length(int piece) {
    return lengths[piece];
  }

  /** Collects the pieces in the order in which an archive has them. */
  static final class Builder {
    private long[] numbers = new long[16];
    private int count;

    /** An offset, or a length behind an offset. */
    void add(long number) throws IOException {
      if (count >= 2 * MOST) {
        throw new BadStreamException("tar: has a file of more than %d pieces".formatted(MOST));
      }
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = number;
    }

    /**
     * All of them.
     *
     * @param size of the file
     * @param stored how many bytes the archive has of it
     */
    SparseMap build(long size, long stored) throws IOException {
      if (count % 2 != 0) {
        throw bad();
      }
      long[] offsets = new long[count / 2];
      long[] lengths = new long[count / 2];
      long end = 0;
      long sum = 0;
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = numbers[2 * i];
        lengths[i] = numbers[2 * i + 1];
        if (offsets[i] < end || lengths[i] < 0 || offsets[i] > size - lengths[i]) {
          throw bad();
        }
        end = offsets[i] + lengths[i];
        sum += lengths[i];
      }
      if (sum != stored) {
        throw bad();
      }
      return new SparseMap(size, offsets, lengths);
    }

    private static BadStreamException bad() {
      return new BadStreamException("tar: the pieces of a file with holes do not fit into it");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SparseMap map
        && map.size == size
        && Arrays.equals(map.offsets, offsets)
        && Arrays.equals(map.lengths, lengths);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(size) + 31 * Arrays.hashCode(offsets);
  }
}
