package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WriteBackTest {
  @TempDir private Path directory;

  @Test
  void a_large_file_is_brought_to_the_disk_by_a_thread_that_ends_before_it_is_closed()
      throws IOException {
    try (FileOutputStream file = new FileOutputStream(directory.resolve("f").toFile())) {
      WriteBack writeBack = new WriteBack(file.getFD());
      writeBack.wrote(WriteBack.PART);
      writeBack.wrote(WriteBack.PART);
      assertThat(threads()).hasSize(1);

      writeBack.close();

      assertThat(threads()).isEmpty();
    }
  }

  @Test
  void a_small_file_has_no_thread() throws IOException {
    try (FileOutputStream file = new FileOutputStream(directory.resolve("f").toFile());
        WriteBack writeBack = new WriteBack(file.getFD())) {
      writeBack.wrote(WriteBack.PART - 1);

      assertThat(threads()).isEmpty();
    }
  }

  @Test
  void what_cannot_be_brought_to_the_disk_is_told_at_the_end() throws InterruptedException {
    WriteBack writeBack = new WriteBack(new FileDescriptor());
    writeBack.wrote(WriteBack.PART);
    for (Thread thread : threads()) {
      thread.join();
    }

    assertThatThrownBy(writeBack::close).isInstanceOf(SyncFailedException.class);
  }

  @Test
  void an_interruption_is_kept_while_the_disk_is_waited_for() throws IOException {
    try (FileOutputStream file = new FileOutputStream(directory.resolve("f").toFile())) {
      WriteBack writeBack = new WriteBack(file.getFD());
      writeBack.wrote(WriteBack.PART);
      Thread.currentThread().interrupt();

      writeBack.close();

      assertThat(Thread.interrupted()).isTrue();
      assertThat(threads()).isEmpty();
    }
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("jcontainer-write-back"))
        .toList();
  }
}
