package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.sys.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the kernel says of files, byte by byte. */
class KernelStructsTest {

  /** struct linux_dirent64 of several names, each padded to 8 bytes. */
  private static byte[] entries(byte[]... names) {
    ByteBuffer entries = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
    for (byte[] name : names) {
      int length = 19 + name.length + 1 + 7 & ~7;
      int at = entries.position();
      entries.putShort(at + 16, (short) length).position(at + 19).put(name).position(at + length);
    }
    byte[] bytes = new byte[entries.position()];
    entries.rewind().get(bytes);
    return bytes;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static List<String> all(Names names) {
    return IntStream.range(0, names.size()).mapToObj(i -> names.get(i).latin1()).toList();
  }

  @Test
  void names_are_kept_byte_by_byte() {
    byte[] odd = bytes(0xFF, '\n', 0x80, 'x');

    Names names = Names.of(entries(bytes('a'), odd, bytes('1', '2', '3', '4', '5')));

    assertThat(all(names)).containsExactly("a", "\u00FF\n\u0080x", "12345");
    assertThat(names.get(1).arg()).hasToString("\"\uFFFD\\n\uFFFDx\"");
  }

  @Test
  void what_leads_to_another_directory_is_no_name() {
    Names names =
        Names.of(
            entries(bytes('.'), bytes('.', '.'), bytes('.', '.', '.'), bytes('.', '.', '/', 'x')));

    assertThat(all(names)).containsExactly("...");
  }

  @Test
  void the_mode_is_type_and_permissions() {
    ByteBuffer statx = ByteBuffer.allocate(8 + FileStat.BYTES).order(ByteOrder.nativeOrder());
    statx.putShort(8 + 28, (short) 0107751).putLong(8 + 40, 5L << 32);
    statx.putLong(8 + 112, -3).putInt(8 + 120, 999_999_999);

    FileStat stat = FileStat.parse(statx.array(), 8);

    assertThat(stat.type()).isEqualTo(FileStat.Type.FILE);
    assertThat(stat.permissions()).isEqualTo(07751);
    assertThat(stat.size()).isEqualTo(5L << 32);
    assertThat(stat.seconds()).isEqualTo(-3);
    assertThat(stat.nanos()).isEqualTo(999_999_999);
  }
}
