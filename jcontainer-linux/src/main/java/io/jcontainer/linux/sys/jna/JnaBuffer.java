package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import io.jcontainer.linux.sys.NativeBuffer;
import java.util.Objects;

/** A buffer whose bounds are checked here: the C library is told an address, and no size. */
final class JnaBuffer implements NativeBuffer {
  private final Memory memory;

  JnaBuffer(int size) {
    memory = new Memory(size);
  }

  /** The memory, for a call that uses this many bytes of it. */
  Memory first(int length) {
    Objects.checkFromIndexSize(0, length, size());
    return memory;
  }

  @Override
  public int size() {
    return (int) memory.size();
  }

  @Override
  public void get(byte[] target, int offset, int length) {
    first(length).read(0, target, offset, length);
  }

  @Override
  public void put(byte[] source, int offset, int length) {
    first(length).write(0, source, offset, length);
  }

  @Override
  public void close() {
    memory.close();
  }
}
