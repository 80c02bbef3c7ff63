package io.jcontainer.linux.sys.jna;

import static io.jcontainer.linux.sys.jna.JnaKernel.checked;
import static io.jcontainer.linux.sys.jna.JnaKernel.failure;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The calls of streams: many, and of many bytes. */
final class StreamCalls {
  private static final int CHUNK = 1 << 16;
  private static final long POLLIN = 1;
  private static final long POLLPRI = 2;
  private static final long POLLOUT = 4;

  private StreamCalls() {}

  static void nonBlocking(Fd fd, boolean on) {
    int getFlags = 3;
    int setFlags = 4;
    int nonBlocking = 0x800;
    int flags = checked(LibC.fcntl(fd.number(), getFlags, 0), () -> "fcntl(" + fd + ", F_GETFL)");
    int changed = on ? flags | nonBlocking : flags & ~nonBlocking;
    checked(
        LibC.fcntl(fd.number(), setFlags, changed),
        () -> "fcntl(%s, F_SETFL, 0x%x)".formatted(fd, changed));
  }

  static int read(Fd fd, JnaBuffer target, int length) {
    Memory memory = target.first(length);
    while (true) {
      long count = LibC.read(fd.number(), memory, length);
      if (count >= 0) {
        return (int) count;
      }
      if (wouldBlock("read", fd, length)) {
        return Kernel.WOULD_BLOCK;
      }
    }
  }

  static int readAt(Fd file, JnaBuffer target, int length, long offset) {
    return (int)
        JnaKernel.retried(
            () -> "pread(%s, %d bytes, %d)".formatted(file, length, offset),
            target.first(length),
            memory -> LibC.pread(file.number(), memory, length, offset));
  }

  static int write(Fd fd, JnaBuffer source, int length) {
    Memory memory = source.first(length);
    while (true) {
      long count = LibC.write(fd.number(), memory, length);
      if (count >= 0) {
        return (int) count;
      }
      if (wouldBlock("write", fd, length)) {
        return Kernel.WOULD_BLOCK;
      }
    }
  }

  /** What the last call's failure means; false if it is to be made again. */
  private static boolean wouldBlock(String call, Fd fd, int length) {
    int errno = Native.getLastError();
    if (errno == Errno.EAGAIN.number()) {
      return true;
    }
    if (errno != Errno.EINTR.number()) {
      throw failure("%s(%s, %d bytes)".formatted(call, fd, length));
    }
    return false;
  }

  static int available(Fd fd) {
    long fionread = 0x541B;
    try (Memory count = new Memory(4)) {
      checked(LibC.ioctl(fd.number(), fionread, count), () -> "ioctl(" + fd + ", FIONREAD)");
      return count.getInt(0);
    }
  }

  static void poll(Fd fd, boolean toWrite, Fd eventfd) {
    long[] descriptors = {pollfd(fd, toWrite ? POLLOUT : POLLIN), pollfd(eventfd, POLLIN)};
    int found = LibC.poll(descriptors, descriptors.length, -1);
    if (found < 0 && Native.getLastError() != Errno.EINTR.number()) {
      throw failure("poll({%s, %s})".formatted(fd, eventfd));
    }
  }

  /** Whether there is something exceptional about it now, which this takes note of. */
  static boolean hasException(Fd fd) {
    long[] descriptors = {pollfd(fd, POLLPRI)};
    int found;
    do {
      found = LibC.poll(descriptors, descriptors.length, 0);
    } while (found < 0 && Native.getLastError() == Errno.EINTR.number());
    if (found < 0) {
      throw failure("poll({%s, POLLPRI})".formatted(fd));
    }
    return found > 0;
  }

  /** Waits until there is something exceptional about it. */
  static boolean awaitChange(Fd fd, int timeoutMillis) {
    int found = LibC.poll(new long[] {pollfd(fd, POLLPRI)}, 1, timeoutMillis);
    if (found < 0 && Native.getLastError() != Errno.EINTR.number()) {
      throw failure("poll({%s, POLLPRI}, %d ms)".formatted(fd, timeoutMillis));
    }
    return found > 0;
  }

  /** struct pollfd in a little-endian word: the descriptor, and behind it what is asked for. */
  private static long pollfd(Fd fd, long events) {
    return fd.number() | events << 32;
  }

  /** Writes to a file from its start, and leaves its offset there. */
  static void writeAt(Fd file, byte[] bytes, long offset) {
    long written =
        JnaKernel.retried(
            () -> "pwrite(%s, %d bytes, %d)".formatted(file, bytes.length, offset),
            bytes,
            source -> LibC.pwrite(file.number(), source, source.length, offset));
    if (written < bytes.length) { // there was room for a part of it
      throw new SyscallException(
          "pwrite(%s, %d bytes, %d) = %d".formatted(file, bytes.length, offset, written),
          Errno.ENOSPC);
    }
  }

  static void writeFile(Kernel kernel, Path file, String content) {
    int writeOnly = 1;
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    Supplier<String> call = () -> "write(\"%s\", \"%s\")".formatted(file, content.strip());
    try (Fd fd = kernel.open(file.toString(), writeOnly)) {
      long written =
          JnaKernel.retried(call, bytes, source -> LibC.write(fd.number(), source, source.length));
      if (written < bytes.length) {
        throw new SyscallException(call.get() + " = " + written, Errno.ENOSPC);
      }
    }
  }

  static void fill(Fd file, byte[] content) {
    try (Memory memory = new Memory(Math.max(1, Math.min(content.length, CHUNK)))) {
      for (int at = 0; at < content.length; ) {
        int length = Math.min(content.length - at, CHUNK);
        memory.write(0, content, at, length);
        long offset = at;
        at +=
            (int)
                JnaKernel.<Pointer>retried(
                    () -> "pwrite(%s, %d bytes, %d)".formatted(file, length, offset),
                    memory,
                    pointer -> LibC.pwrite(file.number(), pointer, length, offset));
      }
    }
  }
}
