package io.jcontainer.linux.launch;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the first bytes of a file tell execve(2): elf(5), or #!. They may be anybody's. */
sealed interface FileHead {

  /**
   * An ELF file.
   *
   * @param machine e_machine, for whom it is built
   * @param type e_type
   * @param loader PT_INTERP, or null if it has none, or none within these bytes
   */
  record Elf(int machine, int type, @Nullable String loader) implements FileHead {
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;

    boolean isProgram() {
      return type == ET_EXEC || type == ET_DYN;
    }

    /** The architecture as uname(1) names it. */
    String machineName() {
      return switch (machine) {
        case 3 -> "i386";
        case 8 -> "mips";
        case 20 -> "ppc";
        case 21 -> "ppc64";
        case 22 -> "s390x";
        case 40 -> "arm";
        case 62 -> "x86_64";
        case 183 -> "aarch64";
        case 243 -> "riscv";
        case 258 -> "loongarch";
        default -> "another machine (ELF number " + machine + ")";
      };
    }
  }

  /** A script that names its interpreter. */
  record Script(String interpreter) implements FileHead {}

  /** Nothing that a kernel executes. */
  record Other(boolean empty, boolean text) implements FileHead {}

  /** As much as is needed: a loader's name usually follows the program headers. */
  int SIZE = 4096;

  /** Reads it; nothing in it is believed. */
  static FileHead of(byte[] bytes) {
    if (startsWith(bytes, 0x7F, 'E', 'L', 'F')) {
      try {
        return elf(bytes);
      } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
        return new Other(false, false); // it is cut off
      }
    }
    if (startsWith(bytes, '#', '!')) {
      return script(bytes);
    }
    return new Other(bytes.length == 0, indexOf(bytes, 0, (byte) 0) < 0);
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.length || bytes[i] != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private static FileHead elf(byte[] bytes) {
    boolean wide = bytes[4] == 2;
    ByteOrder order = bytes[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer file = ByteBuffer.wrap(bytes).order(order);
    int type = Short.toUnsignedInt(file.getShort(16));
    int machine = Short.toUnsignedInt(file.getShort(18));
    return new Elf(machine, type, loader(bytes, file, wide));
  }

  private static @Nullable String loader(byte[] bytes, ByteBuffer file, boolean wide) {
    int interp = 3;
    long headers = wide ? file.getLong(32) : Integer.toUnsignedLong(file.getInt(28));
    int size = Short.toUnsignedInt(file.getShort(wide ? 54 : 42));
    int count = Short.toUnsignedInt(file.getShort(wide ? 56 : 44));
    for (int i = 0; i < count; i++) {
      long at = headers + (long) size * i;
      if (at < 0 || at > file.limit() - (wide ? 40 : 20)) {
        return null;
      }
      int header = (int) at;
      if (file.getInt(header) == interp) {
        long offset =
            wide ? file.getLong(header + 8) : Integer.toUnsignedLong(file.getInt(header + 4));
        long length =
            wide ? file.getLong(header + 32) : Integer.toUnsignedLong(file.getInt(header + 16));
        return text(bytes, offset, length);
      }
    }
    return null;
  }

  /** A string that ends with NUL, if all of it is there. */
  private static @Nullable String text(byte[] bytes, long offset, long length) {
    if (offset < 0 || length < 2 || offset >= bytes.length || length > bytes.length - offset) {
      return null;
    }
    int end = indexOf(bytes, (int) offset, (byte) 0);
    return end < 0 || end == offset
        ? null
        : new String(bytes, (int) offset, end - (int) offset, StandardCharsets.UTF_8);
  }

  private static FileHead script(byte[] bytes) {
    int begin = 2;
    while (begin < bytes.length && (bytes[begin] == ' ' || bytes[begin] == '\t')) {
      begin++;
    }
    int end = begin;
    while (end < bytes.length && " \t\n\0".indexOf(bytes[end]) < 0) {
      end++;
    }
    return new Script(new String(Arrays.copyOfRange(bytes, begin, end), StandardCharsets.UTF_8));
  }

  private static int indexOf(byte[] bytes, int from, byte wanted) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
