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

  private final Memory bytes;
  private final Memory vector = new Memory(16);
  private final Memory control = new Memory(24);
  private final Memory header = new Memory(56);

  Message(int size) {
    bytes = new Memory(Math.max(1, size));
  }

  /** What recvmsg(2) takes, to receive what comes after so many bytes. */
  Pointer prepare(int received) {
    vector.setPointer(0, bytes.share(received));
    vector.setLong(8, bytes.size() - received);
    control.clear();
    header.clear();
    header.setPointer(16, vector);
    header.setLong(24, 1);
    header.setPointer(32, control);
    header.setLong(40, ONE_DESCRIPTOR);
    return header;
  }

  /** The descriptor that has come with the last message. */
  OptionalInt descriptor() {
    boolean there =
        header.getLong(40) >= ONE_DESCRIPTOR
            && control.getLong(0) == ONE_DESCRIPTOR
            && control.getInt(8) == SOL_SOCKET
            && control.getInt(12) == SCM_RIGHTS;
    return there ? OptionalInt.of(control.getInt(16)) : OptionalInt.empty();
  }

  void read(byte[] target, int count) {
    bytes.read(0, target, 0, count);
  }

  @Override
  public void close() {
    header.close();
    control.close();
    vector.close();
    bytes.close();
  }
}
