package io.jcontainer.images.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our tar beside that of Commons Compress, and what no tar may do to us. */
class TarTest {
  private static final List<String> NAMES =
      List.of(
          "a",
          "a/b",
          "a/" + "b".repeat(97),
          "a/" + "b".repeat(98),
          "a/" + "b".repeat(99),
          "x".repeat(150) + "/" + "y".repeat(99),
          "x".repeat(200) + "/" + "y".repeat(900),
          "\u00e4\u4e2d\ud83d\ude00",
          "with space and = and\nline");

  private static byte[] content(int i) {
    byte[] bytes = new byte[i * 300];
    Arrays.fill(bytes, (byte) ('a' + i));
    return bytes;
  }

  private static ByteArrayInputStream in(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      for (int i = 0; i < NAMES.size(); i++) {
        tar.put(TarEntry.file(NAMES.get(i), content(i).length, 04755), in(content(i)));
        tar.put(new TarEntry("link" + i, TarEntry.SYMBOLIC_LINK, 0, 0777, NAMES.get(i)));
        tar.put(new TarEntry("hard" + i, TarEntry.HARD_LINK, 0, 0644, NAMES.get(i)));
      }
      tar.put(TarEntry.directory("dir", 01777));
    }
    return out.toByteArray();
  }

  @Test
  void commons_compress_reads_what_we_write() throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(in(written()), "UTF-8")) {
      for (int i = 0; i < NAMES.size(); i++) {
        TarArchiveEntry file = tar.getNextEntry();
        assertThat(file.getName()).isEqualTo(NAMES.get(i));
        assertThat(file.getMode()).isEqualTo(04755);
        assertThat(file.getLastModifiedTime().toMillis()).isZero();
        assertThat(file.getLongUserId()).isZero();
        assertThat(tar.readAllBytes()).isEqualTo(content(i));
        TarArchiveEntry link = tar.getNextEntry();
        assertThat(link.isSymbolicLink()).isTrue();
        assertThat(link.getLinkName()).isEqualTo(NAMES.get(i));
        TarArchiveEntry hard = tar.getNextEntry();
        assertThat(hard.isLink()).isTrue();
        assertThat(hard.getLinkName()).isEqualTo(NAMES.get(i));
      }
      TarArchiveEntry directory = tar.getNextEntry();
      assertThat(directory.isDirectory()).isTrue();
      assertThat(directory.getMode()).isEqualTo(01777);
      assertThat(tar.getNextEntry()).isNull();
    }
  }

  @Test
  void we_read_what_we_write() throws IOException {
    try (TarReader tar = new TarReader(in(written()))) {
      for (int i = 0; i < NAMES.size(); i++) {
        assertThat(tar.next()).isEqualTo(TarEntry.file(NAMES.get(i), content(i).length, 04755));
        assertThat(tar.readAllBytes()).isEqualTo(content(i));
        assertThat(tar.next())
            .isEqualTo(new TarEntry("link" + i, TarEntry.SYMBOLIC_LINK, 0, 0777, NAMES.get(i)));
        assertThat(tar.next())
            .isEqualTo(new TarEntry("hard" + i, TarEntry.HARD_LINK, 0, 0644, NAMES.get(i)));
      }
      assertThat(tar.next()).isEqualTo(TarEntry.directory("dir", 01777));
      assertThat(tar.next()).isNull();
      assertThat(tar.next()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX})
  void we_read_what_commons_compress_writes(int longNames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(longNames);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      for (int i = 0; i < NAMES.size(); i++) {
        TarArchiveEntry file = new TarArchiveEntry(NAMES.get(i));
        file.setSize(content(i).length);
        file.setMode(0640);
        file.setUserName("somebody");
        tar.putArchiveEntry(file);
        tar.write(content(i));
        tar.closeArchiveEntry();
        TarArchiveEntry link = new TarArchiveEntry("link" + i, TarConstants.LF_SYMLINK);
        link.setLinkName(NAMES.get(i));
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
      }
      tar.putArchiveEntry(new TarArchiveEntry("dir/"));
      tar.closeArchiveEntry();
    }
    try (TarReader tar = new TarReader(in(out.toByteArray()))) {
      for (int i = 0; i < NAMES.size(); i++) {
        assertThat(plain(tar.next()))
            .isEqualTo(TarEntry.file(NAMES.get(i), content(i).length, 0640));
        if (i % 2 == 0) { // the others are skipped
          assertThat(tar.readAllBytes()).isEqualTo(content(i));
        }
        assertThat(tar.next()).isNotNull().extracting(TarEntry::linkName).isEqualTo(NAMES.get(i));
      }
      assertThat(plain(tar.next())).isEqualTo(TarEntry.directory("dir", 0755));
      assertThat(tar.next()).isNull();
    }
  }

  /** Without what depends on when it was written. */
  private static TarEntry plain(@Nullable TarEntry read) {
    TarEntry entry = Objects.requireNonNull(read);
    return new TarEntry(entry.name(), entry.type(), entry.size(), entry.mode(), entry.linkName());
  }

  @Test
  void sizes_beyond_what_octal_digits_hold_are_read() throws IOException {
    long size = 20L << 30;
    for (int mode :
        List.of(TarArchiveOutputStream.BIGNUMBER_STAR, TarArchiveOutputStream.BIGNUMBER_POSIX)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
      tar.setBigNumberMode(mode);
      TarArchiveEntry file = new TarArchiveEntry("large");
      file.setSize(size);
      tar.putArchiveEntry(file);

      assertThat(plain(new TarReader(in(out.toByteArray())).next()))
          .isEqualTo(TarEntry.file("large", size, 0100644 & 07777));
    }
  }

  @Test
  void an_archive_is_the_same_whenever_it_is_written() throws IOException {
    assertThat(written()).isEqualTo(written());
  }

  @Test
  void a_file_that_changes_while_it_is_written_is_an_error() {
    TarWriter tar = new TarWriter(new ByteArrayOutputStream());

    assertThatThrownBy(() -> tar.put(TarEntry.file("a", 5, 0644), in(new byte[4])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a has changed");
    assertThatThrownBy(() -> tar.put(TarEntry.file("a", 5, 0644), in(new byte[6])))
        .isInstanceOf(IOException.class);
  }

  private static List<TarEntry> entries(byte[] bytes) throws IOException {
    List<TarEntry> entries = new ArrayList<>();
    try (TarReader tar = new TarReader(in(bytes))) {
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        entries.add(entry);
      }
    }
    return entries;
  }

  @Test
  void an_archive_that_is_cut_off_within_a_block_is_refused_and_between_entries_is_shorter()
      throws IOException {
    byte[] whole = written();
    int all = entries(whole).size();
    for (int length = 0; length < whole.length - 1024; length += 127) {
      byte[] part = Arrays.copyOf(whole, length);
      try {
        assertThat(entries(part)).hasSizeLessThanOrEqualTo(all);
        byte[] restOfBlock = Arrays.copyOfRange(whole, length, (length + 511) / 512 * 512);
        assertThat(restOfBlock).as("all content is there").isEqualTo(new byte[restOfBlock.length]);
      } catch (BadStreamException e) {
        assertThat(e).hasMessageStartingWith("tar: ");
      }
    }
  }

  /** As umoci-insert(1) leaves it: Go's library takes the end there for that of the archive. */
  @Test
  void an_archive_may_end_with_the_content_of_its_last_file() throws IOException {
    byte[] whole = joined(header("a", '0', "3"), new byte[512], header("b", '0', "0"));

    assertThat(entries(Arrays.copyOf(whole, 512 + 3)))
        .extracting(TarEntry::name)
        .containsExactly("a");
    assertThatThrownBy(() -> entries(Arrays.copyOf(whole, 512 + 2)))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("cut off");
  }

  @Test
  void what_is_no_tar_is_refused() {
    byte[] text =
        "<html><body>404 Not Found</body></html>".repeat(50).getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> entries(text))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("checksum");
    assertThatThrownBy(() -> entries(Arrays.copyOf(text, 100)))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("cut off");
  }

  @Test
  void each_byte_of_a_header_counts_but_the_space_behind_the_checksum() throws IOException {
    byte[] whole = written();
    for (int i = 0; i < 512; i += i == 154 ? 2 : 1) {
      byte[] changed = whole.clone();
      changed[i] ^= 4;
      assertThatThrownBy(() -> entries(changed))
          .as("byte %d", i)
          .isInstanceOf(BadStreamException.class);
    }
  }

  /** A header whose checksum is right. */
  private static byte[] header(String name, char type, String size) {
    byte[] header = new byte[512];
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, 0, bytes.length);
    System.arraycopy(size.getBytes(StandardCharsets.ISO_8859_1), 0, header, 124, size.length());
    header[156] = (byte) type;
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    byte[] digits = Integer.toOctalString(sum).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(digits, 0, header, 148, digits.length);
    header[148 + digits.length] = 0;
    return header;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(chars = {'L', 'K', 'x', 'g'})
  void a_name_or_header_of_gigabytes_is_refused_before_it_is_read(char type) {
    assertThatThrownBy(() -> entries(header("a", type, "77777777777")))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("8589934591 bytes");
  }

  @Test
  void headers_that_extend_headers_have_an_end() {
    byte[][] many = new byte[100][];
    Arrays.fill(many, header("a", 'x', "0"));

    assertThatThrownBy(() -> entries(joined(many)))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("without an end");
    assertThatThrownBy(() -> entries(joined(header("a", 'x', "0"), new byte[1024])))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("extends the next");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9",
        "-1",
        "1 1",
        "0x1",
        "\u00ff\u00ff\u00ff\u00ff",
        "\u0080\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"
      })
  void sizes_that_are_none_or_negative_or_too_large_are_refused(String size) {
    assertThatThrownBy(() -> entries(header("a", '0', size)))
        .isInstanceOf(BadStreamException.class);
  }

  @Test
  void blocks_of_zeros_between_entries_are_refused() {
    byte[] a = header("a", '0', "0");

    assertThatThrownBy(() -> entries(joined(a, new byte[512], a)))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("zeros");
  }

  @Test
  void what_is_behind_the_end_is_not_read() throws IOException {
    byte[] a = header("a", '0', "0");

    assertThat(entries(joined(a, new byte[1024], a))).hasSize(1);
  }

  @Test
  void a_link_has_no_content_whatever_its_size_says() throws IOException {
    byte[] a = header("a", '2', "1000");
    byte[] b = header("b", '0', "0");

    assertThat(entries(joined(a, b, new byte[1024])))
        .extracting(TarEntry::name, TarEntry::size)
        .containsExactly(tuple("a", 0L), tuple("b", 0L));
  }

  @Test
  void pax_headers_that_cannot_be_read_are_refused() {
    for (String records :
        List.of(
            "x",
            "5 a=b",
            "999999999999999999999 a=b\n",
            "0 a=b\n",
            "3 a=b\n",
            "6 a=bc",
            "7 =abc\n",
            "6 abc\n",
            "7xa=bc\n", // no blank behind the length
            "4294967311 a=b\n", // 2^32 and as many as there are
            "9 path=\0\n",
            "9 size=x\n",
            "11 size=-1\n",
            "29 size=99999999999999999999\n")) {
      byte[] bytes = records.getBytes(StandardCharsets.UTF_8);
      byte[] block = Arrays.copyOf(bytes, 512);
      byte[] archive =
          joined(
              header("p", 'x', Integer.toOctalString(bytes.length)),
              block,
              header("a", '0', "0"),
              new byte[1024]);
      assertThatThrownBy(() -> entries(archive))
          .as("%s", records)
          .isInstanceOf(BadStreamException.class);
    }
  }

  @Test
  void a_pax_header_s_size_is_the_one_that_counts() throws IOException {
    byte[] records = "12 size=512\n".getBytes(StandardCharsets.UTF_8);
    byte[] archive =
        joined(
            header("p", 'x', "14"),
            Arrays.copyOf(records, 512),
            header("a", '0', "0"),
            header("hidden", '0', "0"),
            header("b", '0', "0"),
            new byte[1024]);

    assertThat(entries(archive)).extracting(TarEntry::name).containsExactly("a", "b");
    try (TarArchiveInputStream tar = new TarArchiveInputStream(in(archive))) {
      assertThat(Map.of(tar.getNextEntry().getName(), tar.getNextEntry().getName()))
          .as("as Commons Compress has it")
          .isEqualTo(Map.of("a", "b"));
    }
  }

  @Test
  void numbers_that_no_field_of_ours_can_hold_are_refused() {
    String largest = "\u00bf" + "\u00ff".repeat(11); // 94 bits
    String negative = "\u00ff".repeat(12);
    for (String size : List.of(largest, negative)) {
      assertThatThrownBy(() -> entries(header("a", '0', size)))
          .isInstanceOf(BadStreamException.class)
          .hasMessageContaining("size of an entry is out of range");
    }
  }

  @Test
  void an_entry_without_a_name_is_refused() {
    assertThatThrownBy(() -> entries(header("", '0', "0")))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("without a name");
  }

  @Test
  void an_attribute_whose_name_would_end_before_its_end_cannot_be_written() {
    TarAttributes attributes = new TarAttributes(0, 0, 0, 0, 0, 0, Map.of("user.a=b", "c"));
    TarEntry entry = new TarEntry("f", TarEntry.FILE, 0, 0644, "", attributes, null);

    assertThatThrownBy(() -> new TarWriter(new ByteArrayOutputStream()).put(entry))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("user.a=b");
  }
}
