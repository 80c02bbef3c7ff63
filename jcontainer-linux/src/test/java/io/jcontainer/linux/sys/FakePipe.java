package io.jcontainer.linux.sys;

import java.io.ByteArrayOutputStream;

/** What a pipe holds, and who still has its ends. Guarded by the {@link FakeKernel}. */
final class FakePipe {
  static final int CAPACITY = 1 << 16;

  private byte[] content = new byte[0];
  private boolean writable = true;
  private boolean readable = true;

  void closeEnd(boolean toRead) {
    if (toRead) {
      readable = false;
    } else {
      writable = false;
    }
  }

  int available() {
    return content.length;
  }

  boolean wouldBlock(boolean toWrite) {
    return toWrite ? readable && content.length == CAPACITY : writable && content.length == 0;
  }

  int read(NativeBuffer target, int length) {
    if (wouldBlock(false)) {
      return Kernel.WOULD_BLOCK;
    }
    int count = Math.min(length, content.length);
    target.put(content, 0, count);
    byte[] rest = new byte[content.length - count];
    System.arraycopy(content, count, rest, 0, rest.length);
    content = rest;
    return count;
  }

  int write(NativeBuffer source, int length) {
    if (!readable) {
      throw new SyscallException("write()", Errno.EPIPE);
    }
    if (wouldBlock(true)) {
      return Kernel.WOULD_BLOCK;
    }
    byte[] bytes = new byte[Math.min(length, CAPACITY - content.length)];
    source.get(bytes, 0, bytes.length);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(content);
    all.writeBytes(bytes);
    content = all.toByteArray();
    return bytes.length;
  }
}
