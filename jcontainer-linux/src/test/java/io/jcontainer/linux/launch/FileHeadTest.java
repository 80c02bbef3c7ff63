package io.jcontainer.linux.launch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileHeadTest {
  private static final int SECOND_HEADER = 64 + 56;
  private static final int NAME = 0x318;

  /** As ld(1) writes it: 64 bytes of header, then the program headers, then the loader's name. */
  static ByteBuffer elf(int machine, String loader) {
    ByteBuffer file = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1});
    file.putShort(16, (short) 3).putShort(18, (short) machine);
    file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    file.putInt(64, 6); // PT_PHDR
    file.putInt(SECOND_HEADER, 3).putLong(SECOND_HEADER + 8, NAME);
    file.putLong(SECOND_HEADER + 32, loader.length() + 1);
    file.position(NAME);
    file.put((loader + "\0").getBytes(ISO_8859_1));
    return file;
  }

  private static FileHead of(String text) {
    return FileHead.of(text.getBytes(ISO_8859_1));
  }

  private static FileHead.Elf elf(ByteBuffer file) {
    return (FileHead.Elf) FileHead.of(bytes(file));
  }

  static byte[] bytes(ByteBuffer file) {
    byte[] bytes = new byte[file.capacity()];
    file.get(0, bytes);
    return bytes;
  }

  @Test
  void a_dynamic_program_names_its_loader_and_its_machine() {
    FileHead.Elf head = elf(elf(62, "/lib64/ld-linux-x86-64.so.2"));

    assertThat(head.loader()).isEqualTo("/lib64/ld-linux-x86-64.so.2");
    assertThat(head.machineName()).isEqualTo("x86_64");
    assertThat(head.isProgram()).isTrue();
  }

  @Test
  void the_jvms_own_program_is_read_as_readelf_reads_it() throws IOException {
    try (InputStream java = Files.newInputStream(Path.of("/proc/self/exe"))) {
      FileHead.Elf head = (FileHead.Elf) FileHead.of(java.readNBytes(FileHead.SIZE));
      assertThat(head.loader()).startsWith("/lib").contains("ld-");
      assertThat(Path.of(String.valueOf(head.loader()))).exists();
    }
  }

  @ParameterizedTest
  @CsvSource({"launcher-x86_64,x86_64", "launcher-aarch64,aarch64"})
  void a_static_program_has_a_machine_and_no_loader(String name, String machine)
      throws IOException {
    try (InputStream launcher = LauncherBinary.class.getResourceAsStream(name)) {
      assertThat(launcher).isNotNull();
      FileHead.Elf head = (FileHead.Elf) FileHead.of(launcher.readAllBytes());
      assertThat(head.machineName()).isEqualTo(machine);
      assertThat(head.loader()).isNull();
    }
  }

  @Test
  void a_program_of_32_bits_and_the_other_byte_order_is_read_too() {
    ByteBuffer file = ByteBuffer.allocate(256).order(ByteOrder.BIG_ENDIAN);
    file.put(new byte[] {0x7F, 'E', 'L', 'F', 1, 2, 1});
    file.putShort(16, (short) 2).putShort(18, (short) 8);
    file.putInt(28, 52).putShort(42, (short) 32).putShort(44, (short) 1);
    file.putInt(52, 3).putInt(56, 100).putInt(68, 9);
    file.position(100);
    file.put("/lib/ld.1\0".getBytes(ISO_8859_1));

    assertThat(elf(file)).isEqualTo(new FileHead.Elf(8, 2, "/lib/ld.1"));
  }

  @ParameterizedTest
  @CsvSource({
    "#!/bin/sh, /bin/sh",
    "#! /usr/bin/env python3, /usr/bin/env",
    "'#!\t/bin/awk -f', /bin/awk",
    "#!, ''",
  })
  void a_script_names_its_interpreter(String line, String interpreter) {
    assertThat(of(line + "\necho")).isEqualTo(new FileHead.Script(interpreter));
    assertThat(of(line)).isEqualTo(new FileHead.Script(interpreter));
  }

  @Test
  void the_end_of_a_line_of_windows_is_part_of_the_name_as_it_is_to_the_kernel() {
    assertThat(of("#!/bin/sh\r\n")).isEqualTo(new FileHead.Script("/bin/sh\r"));
  }

  @Test
  void what_is_neither_is_text_or_not() {
    assertThat(of("echo hello\n")).isEqualTo(new FileHead.Other(false, true));
    assertThat(of("MZ\0\0")).isEqualTo(new FileHead.Other(false, false));
    assertThat(of("")).isEqualTo(new FileHead.Other(true, true));
    assertThat(of("\u007fELF")).isEqualTo(new FileHead.Other(false, false));
    assertThat(of("\u007fEL")).isEqualTo(new FileHead.Other(false, true));
  }

  @ParameterizedTest
  @CsvSource({
    "32, -1", // where the headers are
    "32, 1023",
    "32, 9223372036854775807",
    "128, -1", // where the name is
    "128, 1024",
    "128, 9223372036854775807",
    "152, -1", // how long it is
    "152, 0",
    "152, 4611686018427387904",
    "152, 9223372036854775807",
  })
  void a_header_that_lies_has_no_loader(int at, long value) {
    ByteBuffer file = elf(62, "/lib/ld.so");
    file.putLong(at, value);

    assertThat(elf(file)).isEqualTo(new FileHead.Elf(62, 3, null));
  }

  @Test
  void a_loader_without_an_end_is_none() {
    ByteBuffer file = elf(62, "/lib/ld.so");
    for (int at = NAME; at < file.capacity(); at++) {
      file.put(at, (byte) 'x');
    }

    assertThat(elf(file).loader()).isNull();
  }

  @Test
  void no_bytes_can_break_it() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] file = bytes(elf(62, "/lib/ld.so"));
      for (int k = 0; k < 8; k++) {
        file[4 + random.nextInt(180)] = (byte) random.nextInt();
      }
      byte[] cut = Arrays.copyOf(file, random.nextInt(file.length));
      assertThatCode(() -> FileHead.of(file)).doesNotThrowAnyException();
      assertThatCode(() -> FileHead.of(cut)).doesNotThrowAnyException();
    }
  }
}
