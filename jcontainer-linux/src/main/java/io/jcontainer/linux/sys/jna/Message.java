package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.OptionalInt;

/**
 * What recvmsg(2) fills: bytes, and at most one descriptor: struct msghdr and cmsg(3) of a 64-bit
 * Linux.
 */
final class Message implements AutoCloseable {
  /** The descriptor is close-on-exec from the first. */
  static final int CMSG_CLOEXEC = 0x4000_0000;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;

  /** CMSG_LEN(sizeof(int)); with CMSG_SPACE, which is aligned, there would be room for two. */
  private static final int ONE_DESCRIPTOR = 20;

  private static final int HEADER = 0;
  private static final int VECTOR = 56;
  private static final int CONTROL = VECTOR + 16;
  private static final int BYTES = CONTROL + 24;

  private final int size;

  /** One piece for all, since each has to be given back. */
  private final Memory memory;

  Message(int size) {
    this.size = size;
    memory = new Memory(BYTES + size);
  }

  /** What recvmsg(2) takes, to receive what comes after so many bytes. */
  Pointer prepare(int received) {
    memory.clear(BYTES);
    long address = Pointer.nativeValue(memory);
    memory.setLong(VECTOR, address + BYTES + received);
    memory.setLong(VECTOR + 8, size - received);
    memory.setLong(HEADER + 16, address + VECTOR);
    memory.setLong(HEADER + 24, 1);
    memory.setLong(HEADER + 32, address + CONTROL);
    memory.setLong(HEADER + 40, ONE_DESCRIPTOR);
    return memory;
  }

  /** The descriptor that has come with the last message. */
  OptionalInt descriptor() {
    boolean there =
        memory.getLong(HEADER + 40) >= ONE_DESCRIPTOR
            && memory.getLong(CONTROL) == ONE_DESCRIPTOR
            && memory.getInt(CONTROL + 8) == SOL_SOCKET
            && memory.getInt(CONTROL + 12) == SCM_RIGHTS;
    return there ? OptionalInt.of(memory.getInt(CONTROL + 16)) : OptionalInt.empty();
  }

  void read(byte[] target, int count) {
    memory.read(BYTES, target, 0, count);
  }

  @Override
  public void close() {
    memory.close();
  }
}
