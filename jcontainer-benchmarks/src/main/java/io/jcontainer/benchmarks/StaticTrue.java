package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The smallest program that succeeds: a static ELF file of one segment, whose only instructions are
 * {@code exit_group(0)}. All contestants run this one, so that no dynamic linker is measured; and
 * no compiler is needed for it.
 */
final class StaticTrue {
  private static final int HEADERS = 64 + 56;
  private static final long ADDRESS = 0x400000;

  /** The largest page size of either architecture: the kernel refuses a smaller alignment there. */
  private static final long ALIGNMENT = 0x10000;

  private static final short EM_X86_64 = 62;
  private static final short EM_AARCH64 = 183;

  private StaticTrue() {}

  /** Writes it, executable for everyone. */
  static void write(Path file) throws IOException {
    Files.write(file, image(System.getProperty("os.arch")));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The file's bytes for an architecture as Java names it. */
  static byte[] image(String architecture) {
    return switch (architecture) {
      case "amd64", "x86_64" ->
          elf(
              EM_X86_64, 0x31, 0xff, // xor edi, edi
              0xb8, 231, 0, 0, 0, // mov eax, exit_group
              0x0f, 0x05); // syscall
      case "aarch64" ->
          elf(
              EM_AARCH64,
              0x00,
              0x00,
              0x80,
              0xd2, // mov x0, 0
              0xc8,
              0x0b,
              0x80,
              0xd2, // mov x8, exit_group (94)
              0x01,
              0x00,
              0x00,
              0xd4); // svc 0
      default ->
          throw new UnsupportedOperationException(
              "no static program for " + architecture + ", only for x86_64 and aarch64");
    };
  }

  /** An Elf64_Ehdr, one Elf64_Phdr, and the instructions: elf(5). */
  private static byte[] elf(short machine, int... code) {
    int size = HEADERS + code.length;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0); // 64 bits, little-endian
    out.putShort((short) 2).putShort(machine).putInt(1); // ET_EXEC
    out.putLong(ADDRESS + HEADERS).putLong(64).putLong(0).putInt(0); // entry, phoff, shoff, flags
    out.putShort((short) 64).putShort((short) 56).putShort((short) 1); // ehsize, phentsize, phnum
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0); // no sections
    out.putInt(1).putInt(5).putLong(0); // PT_LOAD, PF_R | PF_X, offset
    out.putLong(ADDRESS).putLong(ADDRESS).putLong(size).putLong(size).putLong(ALIGNMENT);
    for (int b : code) {
      out.put((byte) b);
    }
    return out.array();
  }
}
