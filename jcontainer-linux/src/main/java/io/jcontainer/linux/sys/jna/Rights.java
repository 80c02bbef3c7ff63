package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/**
 * What sendmsg(2) takes: bytes, and descriptors along with them: struct msghdr, iovec and cmsg(3)
 * of a 64-bit Linux, in one piece of memory.
 */
final class Rights implements AutoCloseable {
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int VECTOR = 56;
  private static final int CONTROL = VECTOR + 16;
  private static final int CMSG_DATA = 16;

  private final Memory memory;

  Rights(byte[] bytes, int[] descriptors) {
    int length = CMSG_DATA + 4 * descriptors.length;
    int space = length + 7 & -8;
    memory = new Memory(CONTROL + space + (long) bytes.length);
    memory.clear(CONTROL + (long) space);
    memory.setPointer(16, memory.share(VECTOR));
    memory.setLong(24, 1);
    memory.setPointer(32, memory.share(CONTROL));
    memory.setLong(40, length);
    memory.setPointer(VECTOR, memory.share(CONTROL + (long) space));
    memory.setLong(VECTOR + 8, bytes.length);
    memory.setLong(CONTROL, length);
    memory.setInt(CONTROL + 8, SOL_SOCKET);
    memory.setInt(CONTROL + 12, SCM_RIGHTS);
    memory.write(CONTROL + (long) CMSG_DATA, descriptors, 0, descriptors.length);
    memory.write(CONTROL + (long) space, bytes, 0, bytes.length);
  }

  /** The operand of sendmsg(2). */
  Pointer header() {
    return memory;
  }

  @Override
  public void close() {
    memory.close();
  }
}
