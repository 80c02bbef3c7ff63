package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Signal;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
  static final ContainerRecord RECORD =
      new ContainerRecord(
          "0123456789ab",
          Optional.of("web"),
          4321,
          1234,
          567_890,
          Instant.ofEpochMilli(1_700_000_000_123L),
          Signal.parse("RTMIN+3"),
          true,
          true,
          "/root",
          List.of("sh", "-c", "echo ä", ""));

  static ContainerRecord command(List<String> command) {
    return new ContainerRecord(
        RECORD.id(),
        RECORD.name(),
        RECORD.owner(),
        RECORD.pid(),
        RECORD.startTime(),
        RECORD.startedAt(),
        RECORD.stopSignal(),
        false,
        false,
        RECORD.home(),
        command);
  }

  private static List<String> shortened(List<String> command) {
    return RecordCodec.decode(RecordCodec.encode(command(command))).orElseThrow().command();
  }

  @Test
  void what_was_written_is_read() {
    assertThat(RecordCodec.decode(RecordCodec.encode(RECORD))).contains(RECORD);
    assertThat(RecordCodec.encode(RECORD)).hasSize(RecordCodec.SLOT);
  }

  @Test
  void a_long_command_is_cut_and_ends_with_a_mark() {
    List<String> cut = shortened(List.of("sh", "-c", "x".repeat(5000), "y"));

    assertThat(cut).hasSize(3).startsWith("sh", "-c");
    assertThat(cut.get(2)).matches("x{600,}…");
  }

  @Test
  void many_words_are_cut_and_the_last_ends_with_a_mark() {
    List<String> cut = shortened(Collections.nCopies(1000, "word"));

    assertThat(cut).hasSizeBetween(100, 255);
    assertThat(cut.get(cut.size() - 1)).matches("w?o?r?d?…");
    assertThat(cut.subList(0, cut.size() - 1)).containsOnly("word");
    assertThat(shortened(Collections.nCopies(1000, ""))).hasSize(255).endsWith("…");
  }

  @Test
  void of_whatever_length_words_are_they_fit() {
    for (int length = 1; length < 1100; length++) {
      List<String> command = List.of("a".repeat(length), "b".repeat(3), "ä".repeat(length));
      List<String> cut = shortened(command);
      boolean whole = cut.equals(command);
      assertThat(whole || cut.get(cut.size() - 1).endsWith("…")).as("%d", length).isTrue();
      assertThat(String.join("", cut)).as("whole characters").doesNotContain("\ufffd");
      assertThat(whole).isEqualTo(length < 319);
    }
  }

  @Test
  void a_free_slot_is_none() {
    byte[] slot = RecordCodec.encode(RECORD);
    System.arraycopy(RecordCodec.CLEARED, 0, slot, 0, RecordCodec.CLEARED.length);

    assertThat(RecordCodec.decode(slot)).isEmpty();
    assertThat(RecordCodec.decode(new byte[RecordCodec.SLOT])).isEmpty();
  }

  @Test
  void a_slot_that_is_half_old_and_half_new_is_none() {
    byte[] old = RecordCodec.encode(RECORD);
    byte[] fresh = RecordCodec.encode(command(List.of("other")));
    for (int at = 1; at < 120; at++) {
      byte[] torn = fresh.clone();
      System.arraycopy(old, at, torn, at, torn.length - at);
      if (!java.util.Arrays.equals(torn, fresh) && !java.util.Arrays.equals(torn, old)) {
        assertThat(RecordCodec.decode(torn)).as("at %d", at).isEmpty();
      }
    }
  }

  @Test
  void another_length_is_none() {
    byte[] slot = RecordCodec.encode(RECORD);

    assertThat(RecordCodec.decode(java.util.Arrays.copyOf(slot, 100))).isEmpty();
    assertThat(RecordCodec.decode(java.util.Arrays.copyOf(slot, 2048))).isEmpty();
    assertThat(RecordCodec.decode(new byte[0])).isEmpty();
  }

  /** Who can write the checksum can write anything: it must be a record, or none. */
  @Test
  void arbitrary_bytes_with_a_right_checksum_are_a_valid_record_or_none() {
    Random random = new Random(1);
    byte[] good = RecordCodec.encode(RECORD);
    int records = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] slot = good.clone();
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes; i++) {
        slot[8 + random.nextInt(100)] = (byte) random.nextInt();
      }
      seal(slot);
      Optional<ContainerRecord> record = RecordCodec.decode(slot);
      if (record.isPresent()) {
        records++;
        assertThat(record.get().id()).matches("[0-9a-f]{12}");
        assertThat(record.get().name().orElse("x")).matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");
        assertThat(record.get().owner()).isPositive();
        assertThat(record.get().pid()).isPositive();
      }
    }
    assertThat(records).isBetween(1000, 19_000);
  }

  private static void seal(byte[] slot) {
    CRC32C sum = new CRC32C();
    sum.update(slot, 8, slot.length - 8);
    for (int i = 0; i < 4; i++) {
      slot[4 + i] = (byte) (sum.getValue() >>> (24 - 8 * i));
    }
  }
}
