package io.jcontainer.images.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Owners, times, attributes, devices and holes, as GNU tar and Commons Compress write them. */
class TarAttributesTest {
  @TempDir Path parent;

  private static TarReader reader(byte[] bytes) {
    return TarReader.ofBytes(new ByteArrayInputStream(bytes));
  }

  private static TarEntry next(TarReader reader) throws IOException {
    return Objects.requireNonNull(reader.next());
  }

  private static byte[] gnuTar(Path directory, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("tar", "-C", directory.toString(), "-c"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] bytes = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(
      ints = {TarArchiveOutputStream.BIGNUMBER_STAR, TarArchiveOutputStream.BIGNUMBER_POSIX})
  void owners_times_and_devices_are_as_commons_compress_has_them(int bigNumbers)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setBigNumberMode(bigNumbers);
      for (long id : List.of(0L, 42L, 2097151L, 2097152L, 4294967294L)) {
        TarArchiveEntry entry = new TarArchiveEntry("null", TarConstants.LF_CHR);
        entry.setUserId(id);
        entry.setGroupId(id / 2);
        entry.setDevMajor(1);
        entry.setDevMinor(3);
        entry.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(1_700_000_000 + id, 0)));
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    }
    try (TarReader tar = reader(out.toByteArray())) {
      for (long id : List.of(0L, 42L, 2097151L, 2097152L, 4294967294L)) {
        assertThat(next(tar).attributes())
            .isEqualTo(new TarAttributes(id, id / 2, 1_700_000_000 + id, 0, 1, 3, Map.of()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "pax", "ustar"})
  void times_and_bytes_of_names_are_as_gnu_tar_has_them(String format) throws Exception {
    Path file = Files.write(parent.resolve("f"), new byte[10]);
    long seconds = format.equals("gnu") ? -86_400 : 1_000_000_000;
    Instant time = Instant.ofEpochSecond(seconds, format.equals("pax") ? 123_456_789 : 0);
    Files.setLastModifiedTime(file, FileTime.from(time));
    Process rename =
        new ProcessBuilder("sh", "-c", "mv f \"$(printf '\\344')\"")
            .directory(parent.toFile())
            .start();
    assertThat(rename.waitFor()).isZero();
    int gid = format.equals("ustar") ? 30 : 3_000_000;
    byte[] tar = gnuTar(parent, "--format=" + format, "--owner=:77", "--group=:" + gid, ".");

    TarReader reader = reader(tar);
    assertThat(next(reader).name()).isEqualTo("./");
    TarEntry entry = next(reader);

    assertThat(entry.name()).isEqualTo("./\u00e4");
    assertThat(entry.attributes().uid()).isEqualTo(77);
    assertThat(entry.attributes().gid()).isEqualTo(gid);
    assertThat(entry.attributes().seconds()).isEqualTo(time.getEpochSecond());
    assertThat(entry.attributes().nanos()).isEqualTo(time.getNano());
  }

  @ParameterizedTest
  @CsvSource({
    "1.5, 1, 500000000",
    "1, 1, 0",
    "1., 1, 0",
    "1.000000001, 1, 1",
    "1.0000000019, 1, 1",
    "-1.5, -2, 500000000",
    "-1, -1, 0",
    "-0.25, -1, 750000000",
  })
  void times_have_nanoseconds(String text, long seconds, int nanos) throws IOException {
    TarEntry entry = next(reader(pax("mtime=" + text)));

    assertThat(entry.attributes().seconds()).isEqualTo(seconds);
    assertThat(entry.attributes().nanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mtime=x", "mtime=", "mtime=--1", "mtime=1.x", "mtime=1234567890123456789",
        "uid=-1", "uid=4294967295", "gid=4294967296", "gid=1x", "uid=99999999999999999999",
      })
  void what_is_no_time_or_id_is_refused(String record) {
    assertThatThrownBy(() -> reader(pax(record)).next()).isInstanceOf(BadStreamException.class);
  }

  @Test
  void attributes_are_bytes() throws IOException {
    TarEntry entry =
        next(reader(pax("SCHILY.xattr.user.a=\0\u00ff=\n", "SCHILY.xattr.security.x=1")));

    assertThat(entry.attributes().xattrs())
        .containsOnly(Map.entry("user.a", "\0\u00ff=\n"), Map.entry("security.x", "1"));
  }

  /** A file "f" behind such a header. */
  private static byte[] pax(String... records) {
    StringBuilder lines = new StringBuilder();
    for (String record : records) {
      int length = record.length() + 3;
      length = record.length() + 2 + Integer.toString(length).length();
      lines.append(length).append(' ').append(record).append('\n');
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header("x", 'x', lines.length()));
    out.writeBytes(Arrays.copyOf(lines.toString().getBytes(StandardCharsets.ISO_8859_1), 512));
    out.writeBytes(header("f", '0', 0));
    return out.toByteArray();
  }

  private static byte[] header(String name, char type, int size) {
    byte[] block = new byte[512];
    put(block, 0, name);
    put(block, 124, "%011o".formatted(size));
    block[156] = (byte) type;
    put(block, 148, "        ");
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    put(block, 148, "%06o\0".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  @ParameterizedTest
  @CsvSource({
    "--format=gnu, 3", "--sparse-version=0.0, 3", "--sparse-version=0.1, 3",
        "--sparse-version=1.0, 3",
    "--format=gnu, 300", "--sparse-version=0.0, 300", "--sparse-version=0.1, 300",
        "--sparse-version=1.0, 300",
    "--format=gnu, 0", "--sparse-version=0.0, 0", "--sparse-version=0.1, 0",
        "--sparse-version=1.0, 0",
  })
  void files_with_holes_are_read_in_all_forms_of_gnu_tar(String form, int pieces) throws Exception {
    Path file = parent.resolve("holes");
    long size = (pieces + 1L) * (1 << 20);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(size);
      for (int i = 0; i < pieces; i++) {
        out.seek(i * (1L << 20) + 8192L);
        out.write(content(i));
      }
    }
    Files.write(parent.resolve("behind"), new byte[] {1, 2, 3});
    byte[] archive =
        form.startsWith("--sparse")
            ? gnuTar(parent, "-S", "--format=pax", form, "holes", "behind")
            : gnuTar(parent, "-S", form, "holes", "behind");
    assertThat(archive.length).isLessThan(6_000_000);

    TarReader tar = reader(archive);
    TarEntry entry = next(tar);

    assertThat(entry.name()).isEqualTo("holes");
    SparseMap map = Objects.requireNonNull(entry.sparse());
    assertThat(map.size()).isEqualTo(size);
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long stored = 0;
      for (int i = 0; i < map.count(); i++) {
        byte[] expected = new byte[(int) map.length(i)];
        in.seek(map.offset(i));
        in.readFully(expected);
        assertThat(tar.readNBytes(expected.length)).isEqualTo(expected);
        stored += expected.length;
      }
      assertThat(stored).isEqualTo(entry.size()).isGreaterThanOrEqualTo(pieces * 4096L);
    }
    assertThat(tar.read()).isNegative();
    assertThat(next(tar).name()).isEqualTo("behind");
    assertThat(tar.readAllBytes()).containsExactly(1, 2, 3);
  }

  private static byte[] content(int i) {
    byte[] bytes = new byte[4096];
    Arrays.fill(bytes, (byte) (i + 1));
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GNU.sparse.map=0,1", // one byte that is not there
        "GNU.sparse.map=0",
        "GNU.sparse.map=0,0,x",
        "GNU.sparse.map=9,2",
        "GNU.sparse.map=5,0,4,0",
        "GNU.sparse.map=999999999999999999,0",
        "GNU.sparse.offset=1",
      })
  void pieces_that_do_not_fit_are_refused(String record) {
    assertThatThrownBy(() -> reader(pax("GNU.sparse.size=10", record)).next())
        .isInstanceOf(BadStreamException.class);
  }

  @Test
  void holes_without_a_size_are_refused() {
    assertThatThrownBy(() -> reader(pax("GNU.sparse.map=0,0")).next())
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("without a size");
  }

  @Test
  void endless_pieces_are_refused() {
    byte[] block = header("f", 'S', 0);
    block[482] = 1;
    put(block, 483, "00000000001\0");
    put(block, 148, "        ");
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    put(block, 148, "%06o\0".formatted(sum));
    byte[] more = new byte[512];
    Arrays.fill(more, 0, 504, (byte) '0');
    more[504] = 1;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(block);
    for (int i = 0; i < 5_000; i++) {
      out.writeBytes(more);
    }
    assertThatThrownBy(() -> reader(out.toByteArray()).next())
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("more than 100000 pieces");
  }
}
