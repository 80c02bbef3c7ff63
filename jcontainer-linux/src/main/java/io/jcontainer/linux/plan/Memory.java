package io.jcontainer.linux.plan;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory of the launcher that calls write to, or that checks look at. Two are the same only if they
 * are one object.
 */
public final class Memory {
  private final String name;
  private final int size;
  private final int[] words;

  private Memory(String name, int size, int... words) {
    this.name = name;
    this.size = size;
    this.words = words;
  }

  /** Memory of zeros. */
  public static Memory zeros(String name, int size) {
    return new Memory(name, size);
  }

  /** Memory that begins as these 32-bit words. */
  public static Memory words(String name, int... words) {
    return new Memory(name, 4 * words.length, words);
  }

  /** Memory that begins as these bytes, and zeros up to the next word. */
  public static Memory bytes(String name, byte[] bytes) {
    int[] words = new int[(bytes.length + 3) / 4];
    ByteBuffer padded = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    padded.put(0, bytes).asIntBuffer().get(words);
    return words(name, words);
  }

  /** What operands print. */
  public String name() {
    return name;
  }

  /** Its size in bytes. */
  public int size() {
    return size;
  }

  /** Whether it holds nothing but zeros before the first step. */
  public boolean isZero() {
    return words.length == 0;
  }

  /** What it holds before the first step. */
  public byte[] initial() {
    ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      bytes.putInt(word);
    }
    return bytes.array();
  }
}
