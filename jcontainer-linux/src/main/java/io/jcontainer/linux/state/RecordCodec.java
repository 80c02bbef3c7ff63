package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.Signal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A record as the bytes of one slot, which are written by a single call. The checksum is over all
 * that follows it: whoever reads a slot while it is being written takes it for empty, and so is one
 * of another version. A slot that is cleared has the mark overwritten.
 */
final class RecordCodec {
  /** The bytes of a slot. */
  static final int SLOT = 1024;

  /** What is written over the mark of a slot that is free again. */
  static final byte[] CLEARED = new byte[Integer.BYTES];

  private static final int MARK = 0x6a63_0001; // "jc", version 1
  private static final int HEAD = 2 * Integer.BYTES;
  private static final int LONGEST_HOME = 256;
  private static final int MOST_WORDS = 255;
  private static final String CUT = "…";
  private static final int CUT_BYTES = CUT.getBytes(UTF_8).length;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{12}");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");

  private RecordCodec() {}

  /** The bytes of a record; a command for which there is no room is shortened. */
  static byte[] encode(ContainerRecord record) {
    ByteBuffer bytes = ByteBuffer.allocate(SLOT);
    bytes.putInt(MARK).putInt(0);
    bytes.putInt(record.owner()).putInt(record.pid()).putLong(record.startTime());
    bytes.putLong(record.startedAt().toEpochMilli());
    bytes.put((byte) record.stopSignal().number());
    bytes.put((byte) ((record.init() ? 1 : 0) | (record.reaper() ? 2 : 0)));
    putText(bytes, record.id().getBytes(UTF_8));
    putText(bytes, record.name().orElse("").getBytes(UTF_8));
    byte[] home = record.home().getBytes(UTF_8);
    putText(bytes, home.length <= LONGEST_HOME ? home : "/".getBytes(UTF_8));
    putCommand(bytes, record.command());
    bytes.putInt(Integer.BYTES, checksum(bytes.array()));
    return bytes.array();
  }

  private static void putText(ByteBuffer bytes, byte[] text) {
    bytes.putShort((short) text.length).put(text);
  }

  private static void putCommand(ByteBuffer bytes, List<String> command) {
    int count = bytes.position();
    bytes.put((byte) 0);
    for (int i = 0; i < command.size(); i++) {
      byte[] word = command.get(i).getBytes(UTF_8);
      boolean last = i == command.size() - 1;
      int room = bytes.remaining() - Short.BYTES - (last ? 0 : Short.BYTES + CUT_BYTES);
      bytes.put(count, (byte) (i + 1));
      if (word.length > room || (i == MOST_WORDS - 1 && !last)) {
        putText(
            bytes, cut(word, Math.min(word.length, bytes.remaining() - Short.BYTES - CUT_BYTES)));
        return;
      }
      putText(bytes, word);
    }
  }

  /** At most so many bytes of a word, whole characters, and the mark. */
  private static byte[] cut(byte[] word, int most) {
    int end = most;
    while (end > 0 && end < word.length && (word[end] & 0xC0) == 0x80) {
      end--;
    }
    byte[] mark = CUT.getBytes(UTF_8);
    byte[] shortened = Arrays.copyOf(word, end + mark.length);
    System.arraycopy(mark, 0, shortened, end, mark.length);
    return shortened;
  }

  /** The record of a slot; empty if it is none, is half-written, or says what cannot be. */
  static Optional<ContainerRecord> decode(byte[] slot) {
    ByteBuffer bytes = ByteBuffer.wrap(slot);
    if (slot.length != SLOT || bytes.getInt() != MARK || bytes.getInt() != checksum(slot)) {
      return Optional.empty();
    }
    try {
      int owner = bytes.getInt();
      int pid = bytes.getInt();
      long startTime = bytes.getLong();
      Instant startedAt = Instant.ofEpochMilli(bytes.getLong());
      int stopSignal = bytes.get();
      int flags = bytes.get();
      String id = text(bytes);
      String name = text(bytes);
      String home = text(bytes);
      List<String> command = command(bytes);
      if (owner <= 0
          || pid <= 0
          || stopSignal < 1
          || stopSignal > 64
          || !ID.matcher(id).matches()
          || !(name.isEmpty() || NAME.matcher(name).matches())
          || !home.startsWith("/")
          || command.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new ContainerRecord(
              id,
              name.isEmpty() ? Optional.empty() : Optional.of(name),
              owner,
              pid,
              startTime,
              startedAt,
              new Signal(stopSignal),
              (flags & 1) != 0,
              (flags & 2) != 0,
              home,
              command));
    } catch (BufferUnderflowException e) {
      return Optional.empty(); // a length that leads out of the slot
    }
  }

  private static List<String> command(ByteBuffer bytes) {
    int count = bytes.get() & 0xFF;
    List<String> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(text(bytes));
    }
    return List.copyOf(words);
  }

  private static String text(ByteBuffer bytes) {
    int length = bytes.getShort() & 0xFFFF;
    if (length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, UTF_8);
  }

  private static int checksum(byte[] slot) {
    CRC32C sum = new CRC32C();
    sum.update(slot, HEAD, slot.length - HEAD);
    return (int) sum.getValue();
  }
}
