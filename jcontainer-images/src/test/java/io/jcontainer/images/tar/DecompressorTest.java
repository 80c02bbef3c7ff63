package io.jcontainer.images.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecompressorTest {
  private static final byte[] CONTENT = new byte[200_000];

  static {
    new Random(7).nextBytes(CONTENT);
    Arrays.fill(CONTENT, 50_000, 150_000, (byte) 'x');
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] zstd(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZstdOutputStream zstd = new ZstdOutputStream(out)) {
      zstd.setChecksum(true);
      zstd.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] gunzip(byte[] bytes) throws IOException {
    try (InputStream in = new GzipInput(new Trickle(bytes))) {
      return in.readAllBytes();
    }
  }

  private static byte[] unzstd(byte[] bytes) throws IOException {
    try (InputStream in = new ZstdInput(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  /** A source that gives little at a time, and never has anything at hand. */
  private static final class Trickle extends ByteInput {
    private final ByteArrayInputStream in;

    Trickle(byte[] bytes) {
      in = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      return in.read(buffer, offset, Math.min(length, 700));
    }
  }

  @Test
  void gzip_is_read() throws IOException {
    assertThat(gunzip(gzip(CONTENT))).isEqualTo(CONTENT);
    assertThat(gunzip(gzip(new byte[0]))).isEmpty();
  }

  @Test
  void all_members_are_read_whatever_their_source_has_at_hand() throws IOException {
    byte[] half = Arrays.copyOf(CONTENT, 100_000);
    byte[] rest = Arrays.copyOfRange(CONTENT, 100_000, CONTENT.length);

    assertThat(gunzip(joined(gzip(half), gzip(new byte[0]), gzip(rest)))).isEqualTo(CONTENT);
  }

  @Test
  void estargz_is_read_as_plain_gzip() throws IOException {
    // Its footer is an empty member, whose extra field says where the table of contents is.
    byte[] extra = "SG\26\0000000000000000010STARGZ".getBytes(StandardCharsets.ISO_8859_1);
    byte[] footer =
        joined(
            new byte[] {
              0x1f, (byte) 0x8b, 8, 4, 0, 0, 0, 0, 0, (byte) 0xff, (byte) extra.length, 0
            },
            extra,
            new byte[] {1, 0, 0, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 0});

    assertThat(gunzip(joined(gzip(CONTENT), footer))).isEqualTo(CONTENT);
  }

  @Test
  void names_comments_and_checksums_in_a_header_are_passed_over() throws IOException {
    byte[] plain = gzip(CONTENT);
    byte[] header = Arrays.copyOf(plain, 10);
    header[3] = 2 | 4 | 8 | 16;
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);

    assertThat(
            gunzip(
                joined(
                    header,
                    new byte[] {3, 0, 1, 2, 3},
                    new byte[] {'n', 'a', 0},
                    new byte[] {'c', 0},
                    new byte[] {9, 9},
                    rest)))
        .isEqualTo(CONTENT);
  }

  @Test
  void gzip_that_is_cut_off_anywhere_is_refused() throws IOException {
    byte[] whole = gzip(Arrays.copyOf(CONTENT, 300));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> gunzip(part))
          .as("%d bytes", length)
          .isInstanceOf(BadStreamException.class)
          .hasMessageStartingWith("gzip: ");
    }
  }

  @Test
  void gzip_with_a_wrong_checksum_or_length_is_refused() throws IOException {
    byte[] whole = gzip(CONTENT);
    byte[] crc = whole.clone();
    crc[whole.length - 8] ^= 1;
    byte[] length = whole.clone();
    length[whole.length - 1] ^= 1;

    assertThatThrownBy(() -> gunzip(crc)).hasMessage("gzip: the checksum is wrong");
    assertThatThrownBy(() -> gunzip(length)).hasMessage("gzip: the length is wrong");
  }

  @Test
  void what_follows_the_last_member_is_refused() throws IOException {
    assertThatThrownBy(() -> gunzip(joined(gzip(CONTENT), new byte[4])))
        .isInstanceOf(BadStreamException.class)
        .hasMessage("gzip: something follows the last member");
    assertThatThrownBy(() -> gunzip("<html>".getBytes(StandardCharsets.UTF_8)))
        .hasMessage("gzip: does not begin as one");
  }

  @Test
  void flags_that_nobody_knows_and_endless_names_are_refused() throws IOException {
    byte[] flags = gzip(CONTENT);
    flags[3] = 0x20;
    byte[] name = Arrays.copyOf(gzip(CONTENT), 10);
    name[3] = 8;
    byte[] endless = new byte[100_000];
    Arrays.fill(endless, (byte) 'n');

    assertThatThrownBy(() -> gunzip(flags)).isInstanceOf(BadStreamException.class);
    assertThatThrownBy(() -> gunzip(joined(name, endless)))
        .isInstanceOf(BadStreamException.class)
        .hasMessageContaining("64 KiB");
  }

  @Test
  void damaged_gzip_never_gives_other_bytes_without_an_error() throws IOException {
    byte[] whole = gzip(Arrays.copyOf(CONTENT, 2000));
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] changed = whole.clone();
      changed[10 + random.nextInt(whole.length - 10)] ^= (byte) (1 + random.nextInt(255));
      assertThatThrownBy(() -> gunzip(changed)).isInstanceOf(BadStreamException.class);
    }
  }

  @Test
  void zstd_is_read() throws IOException {
    assertThat(unzstd(zstd(CONTENT))).isEqualTo(CONTENT);
  }

  @Test
  void zstd_chunked_is_read_as_plain_zstd() throws IOException {
    // A frame for each chunk, and the table of contents and a footer in frames to be skipped.
    byte[] half = Arrays.copyOf(CONTENT, 100_000);
    byte[] rest = Arrays.copyOfRange(CONTENT, 100_000, CONTENT.length);
    byte[] skipped = {0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5};

    assertThat(unzstd(joined(zstd(half), zstd(rest), skipped, skipped))).isEqualTo(CONTENT);
  }

  @Test
  void zstd_that_is_cut_off_or_damaged_is_refused() throws IOException {
    byte[] whole = zstd(Arrays.copyOf(CONTENT, 300));
    for (int length = 1; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> unzstd(part))
          .as("%d bytes", length)
          .isInstanceOf(BadStreamException.class)
          .hasMessageStartingWith("zstd: ");
    }
    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 1;
    assertThatThrownBy(() -> unzstd(changed)).isInstanceOf(BadStreamException.class);
    assertThatThrownBy(() -> unzstd(joined(whole, new byte[] {1, 2, 3, 4, 5})))
        .isInstanceOf(BadStreamException.class);
  }

  @Test
  void a_source_that_fails_is_not_taken_for_bad_bytes() {
    InputStream failing =
        new ByteInput() {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            throw new IOException("the line is dead");
          }
        };

    assertThatThrownBy(() -> new GzipInput(failing).read())
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("the line is dead");
    assertThatThrownBy(() -> new ZstdInput(failing).read()).isExactlyInstanceOf(IOException.class);
    assertThatThrownBy(() -> new TarReader(failing).next()).isExactlyInstanceOf(IOException.class);
  }
}
