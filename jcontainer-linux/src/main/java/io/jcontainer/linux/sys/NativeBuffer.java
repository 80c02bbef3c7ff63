package io.jcontainer.linux.sys;

/**
 * Memory outside of the heap that calls read into and write from. For one thread at a time; what is
 * out of its bounds is an {@link IndexOutOfBoundsException}.
 */
public interface NativeBuffer extends AutoCloseable {

  /** How many bytes it has. */
  int size();

  /** Copies its first bytes into an array. */
  void get(byte[] target, int offset, int length);

  /** Copies bytes of an array to its beginning. */
  void put(byte[] source, int offset, int length);

  /** Frees it; it must not be used any more. */
  @Override
  void close();
}
