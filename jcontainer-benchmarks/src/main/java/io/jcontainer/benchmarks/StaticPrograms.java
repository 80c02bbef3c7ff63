package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The smallest programs: static ELF files of one segment. One whose only instructions are {@code
 * exit_group(0)}, which all contestants run, so that no dynamic linker is measured; and one that
 * waits for ever. No compiler is needed for them.
 */
final class StaticPrograms {
  private static final int HEADERS = 64 + 56;
  private static final long ADDRESS = 0x400000;

  /** The largest page size of either architecture: the kernel refuses a smaller alignment there. */
  private static final long ALIGNMENT = 0x10000;

  private static final short EM_X86_64 = 62;
  private static final short EM_AARCH64 = 183;

  private StaticPrograms() {}

  /** Writes {@code exit_group(0)}. */
  static void writeTrue(Path file) throws IOException {
    write(
        file,
        elf(
            EM_X86_64, 0x31, 0xff, // xor edi, edi
            0xb8, 231, 0, 0, 0, // mov eax, exit_group
            0x0f, 0x05), // syscall
        elf(
            EM_AARCH64,
            words(
                0xd2800000, // mov x0, 0
                0xd2800bc8, // mov x8, exit_group (94)
                0xd4000001))); // svc 0
  }

  /** Writes a program that waits until it is killed. */
  static void writePause(Path file) throws IOException {
    write(
        file,
        elf(
            EM_X86_64, 0xb8, 34, 0, 0, 0, // mov eax, pause
            0x0f, 0x05, // syscall
            0xeb, 0xf7), // and again
        elf(
            EM_AARCH64,
            words(
                0xd2800000, // ppoll(NULL, 0, NULL, NULL)
                0xd2800001,
                0xd2800002,
                0xd2800003,
                0xd2800928, // mov x8, ppoll (73)
                0xd4000001, // svc 0
                0x17fffffa))); // and again
  }

  /** Executable for everyone. */
  private static void write(Path file, byte[] x86, byte[] arm) throws IOException {
    String architecture = System.getProperty("os.arch");
    byte[] image =
        switch (architecture) {
          case "amd64", "x86_64" -> x86;
          case "aarch64" -> arm;
          default ->
              throw new UnsupportedOperationException(
                  "no static program for " + architecture + ", only for x86_64 and aarch64");
        };
    Files.write(file, image);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static int[] words(int... instructions) {
    int[] bytes = new int[4 * instructions.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (instructions[i / 4] >>> (8 * (i % 4))) & 0xFF;
    }
    return bytes;
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
