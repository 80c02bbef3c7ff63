package io.jcontainer.images.tar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands where an archive is written to. */
@Timeout(60)
class ArchiveFileTest {
  @TempDir private Path directory;

  private static void write(Path path, String content) throws IOException {
    ArchiveFile.write(path, out -> out.write(content.getBytes(UTF_8)));
  }

  @Test
  void a_file_is_replaced_when_all_is_written_and_else_stays() throws IOException {
    Path file = directory.resolve("a.tar");
    write(file, "old");
    assertThatThrownBy(
            () ->
                ArchiveFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("no more");
                    }))
        .hasMessage("no more");
    assertThat(file).hasContent("old");
    write(file, "new");
    assertThat(file).hasContent("new");
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void links_stay_and_what_they_lead_to_is_replaced_or_made() throws IOException {
    Path file = Files.writeString(directory.resolve("a.tar"), "old");
    Path second = Files.createSymbolicLink(directory.resolve("second"), Path.of("a.tar"));
    Path first = Files.createSymbolicLink(directory.resolve("first"), second);
    write(first, "new");
    assertThat(file).isRegularFile().hasContent("new");
    assertThat(first).isSymbolicLink();
    assertThat(second).isSymbolicLink();

    Files.delete(file);
    write(first, "made");
    assertThat(file).isRegularFile().hasContent("made");
    assertThat(first).isSymbolicLink();

    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    assertThatThrownBy(() -> write(loop, "")).isInstanceOf(FileSystemLoopException.class);
  }

  @Test
  void a_fifo_is_written_to_and_stays_as_a_device_does() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", fifo.toString()).start();
    try {
      write(fifo, "a tar");
      assertThat(Files.readAttributes(fifo, BasicFileAttributes.class).isOther()).isTrue();
      assertThat(reader.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("a tar");
    } finally {
      reader.destroyForcibly();
    }
  }

  @Test
  void a_directory_is_refused() {
    assertThatThrownBy(() -> write(directory, "")).isInstanceOf(FileSystemException.class);
    assertThat(directory).isEmptyDirectory();
  }
}
