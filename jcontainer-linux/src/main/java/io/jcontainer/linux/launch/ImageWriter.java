package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a plan as the program image that {@code launcher.c} runs: a header, the operations, and
 * the data that their operands point to. The image lies at a fixed address, so pointers are
 * absolute.
 */
final class ImageWriter {
  /** Where the launcher's linker puts the image: see dev/build-launcher. */
  private static final long ADDRESS = 0x1000_0000L;

  /** CAPACITY of launcher.c. */
  static final int CAPACITY = 8 << 20;

  private static final int HEADER = 8;
  private static final int OPERATION = 88;

  /** SLOTS of launcher.c. */
  static final int MAX_SLOTS = 255;

  private static final int MAX_TOLERATED = 4;
  private static final int RETRIES = 64;

  private static final int CALL = 0;
  private static final int LEAVE = 1;
  private static final int ASIDE = 2;
  private static final int AWAIT = 3;
  private static final int CHECK = 4;
  private static final int STORE = 5;
  private static final int LOAD = 6;
  private static final int MOVE = 7;
  private static final int INIT = 8;
  private static final int MORE = 9;

  private final Arch arch;
  private final Map<String, Integer> slots = new HashMap<>(); // by name
  private final Map<String, Long> texts = new HashMap<>();

  /** Of structures, lists and memory, by identity: comparing them would cost more than writing. */
  private final IdentityHashMap<Object, Long> addresses = new IdentityHashMap<>();

  private ByteBuffer buffer = littleEndian(new byte[32 << 10]);
  private int dataEnd;
  private int zerosBegin;
  private List<Hole> holes = List.of();
  private int nextHole;

  /** Of the image that is filled, also by identity. */
  private Map<Object, Long> earlier = Map.of();

  private ImageWriter(Arch arch, int zerosEnd) {
    this.arch = arch;
    this.zerosBegin = zerosEnd;
  }

  /**
   * An image.
   *
   * @param zerosBegin from where on the launcher's memory is used by what is zero at first, and not
   *     sent
   * @param addresses where what its operands point to lies
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it, or compares it
  record Image(byte[] bytes, int zerosBegin, Map<Object, Long> addresses) {}

  /** An operand of a step. */
  record Hole(int step, int arg) {}

  /**
   * The image of a plan.
   *
   * @throws ImageTooLargeException if it is larger than the launcher's memory
   */
  static byte[] write(Plan plan, Arch arch) {
    return write(plan, arch, CAPACITY).bytes();
  }

  /**
   * The same.
   *
   * @param zerosEnd where an earlier image begins to use memory that was zero: {@link
   *     Image#zerosBegin}
   */
  static Image write(Plan plan, Arch arch, int zerosEnd) {
    return write(plan, arch, zerosEnd, List.of());
  }

  /**
   * The same but for some operands, which are 0.
   *
   * @param holes in the order of the steps
   */
  static Image write(Plan plan, Arch arch, int zerosEnd, List<Hole> holes) {
    ImageWriter writer = new ImageWriter(arch, zerosEnd);
    writer.holes = holes;
    byte[] bytes = writer.image(plan.steps());
    return new Image(bytes, writer.zerosBegin, writer.addresses);
  }

  /**
   * The image with these operands.
   *
   * @param image is not changed
   * @param values for each hole, in their order
   * @throws ImageTooLargeException if it is larger than the launcher's memory
   */
  static Image fill(Image image, Arch arch, List<Hole> holes, List<Arg> values) {
    if (holes.size() != values.size()) {
      throw new IllegalArgumentException(values.size() + " operands for " + holes.size());
    }
    ImageWriter writer = new ImageWriter(arch, image.zerosBegin());
    writer.earlier = image.addresses();
    writer.dataEnd = image.bytes().length;
    writer.ensure(writer.dataEnd);
    writer.buffer.put(0, image.bytes());
    for (int i = 0; i < values.size(); i++) {
      Hole hole = holes.get(i);
      writer.argument(HEADER + OPERATION * hole.step(), hole.arg(), values.get(i));
    }
    byte[] bytes = writer.finish();
    return new Image(bytes, writer.zerosBegin, image.addresses());
  }

  private byte[] image(List<Step> steps) {
    dataEnd = HEADER + OPERATION * steps.size();
    ensure(dataEnd);
    for (int i = 0; i < steps.size(); i++) {
      operation(HEADER + OPERATION * i, i, steps.get(i));
    }
    buffer.putInt(4, steps.size());
    return finish();
  }

  private byte[] finish() {
    buffer.putInt(0, dataEnd);
    byte[] image = new byte[dataEnd];
    buffer.get(0, image);
    return image;
  }

  private void operation(int at, int number, Step step) {
    ensure(at + OPERATION);
    buffer.putInt(at + 4, number);
    if (step instanceof Step.Call call) {
      call(at, CALL, call);
    } else if (step instanceof Step.Leave leave) {
      call(at, LEAVE, leave.child());
    } else if (step instanceof Step.Aside aside) {
      call(at, ASIDE, aside.child());
      buffer.put(at + 71, (byte) aside.length());
    } else if (step instanceof Step.Await) {
      buffer.putInt(at, AWAIT);
    } else if (step instanceof Step.Check check) {
      check(at, check);
    } else if (step instanceof Step.Store store) {
      buffer.putInt(at, STORE).putLong(at + 24, store.bytes());
      argument(at, 0, store.target());
      argument(at, 2, store.value());
    } else if (step instanceof Step.Load load) {
      buffer.putInt(at, LOAD).putLong(at + 24, load.bytes());
      argument(at, 0, load.source());
      buffer.put(at + 70, (byte) (1 + slot(load.result())));
    } else if (step instanceof Step.Move move) {
      buffer.putInt(at, MOVE);
      argument(at, 0, move.control());
    } else if (step instanceof Step.Init init) {
      call(at, INIT, init.child());
    } else if (step instanceof Step.More) {
      buffer.putInt(at, MORE);
    }
  }

  private void call(int at, int kind, Step.Call call) {
    buffer.putInt(at, kind).putLong(at + 8, call.sys().number(arch));
    for (int i = 0; i < call.args().size(); i++) {
      if (!isHole(at, i)) {
        argument(at, i, call.args().get(i));
      }
    }
    if (call.result() != null) {
      buffer.put(at + 70, (byte) (1 + slot(call.result())));
    }
    if (call.tolerated().size() > MAX_TOLERATED) {
      throw new IllegalStateException("more than 4 tolerated errors: " + call.call());
    }
    int tolerate = at + 72;
    for (Errno errno : call.tolerated()) {
      buffer.putShort(tolerate, (short) errno.number());
      tolerate += 2;
    }
    buffer.putInt(at + 84, call.otherwise() + 1);
    if (call.retried() != null) {
      buffer.putShort(at + 80, (short) call.retried().number()).putShort(at + 82, (short) RETRIES);
    }
  }

  private boolean isHole(int at, int arg) {
    if (nextHole == holes.size()
        || holes.get(nextHole).arg() != arg
        || HEADER + OPERATION * holes.get(nextHole).step() != at) {
      return false;
    }
    nextHole++;
    return true;
  }

  private void check(int at, Step.Check check) {
    buffer.putInt(at, CHECK);
    argument(at, 0, check.subject());
    argument(at, 3, check.expected());
    buffer
        .putLong(at + 24, check.bytes())
        .putLong(at + 32, check.mask())
        .putLong(at + 48, check.error().number())
        .putLong(at + 56, check.differs() ? 1 : 0);
  }

  private void argument(int at, int index, Arg arg) {
    if (arg instanceof Arg.Result result) {
      buffer.put(at + 64 + index, (byte) (1 + slot(result.slot())));
    } else {
      long value = value(arg); // may grow the buffer, so it is not nested in the next line
      buffer.putLong(at + 16 + 8 * index, value);
    }
  }

  private long value(Arg arg) {
    if (arg instanceof Arg.Num number) {
      return number.value();
    }
    if (arg instanceof Arg.Mode mode) {
      return mode.value();
    }
    if (arg instanceof Arg.Bits bits) {
      return bits(bits.flags());
    }
    if (arg instanceof Arg.Address address) {
      return memory(address.memory()) + address.offset();
    }
    if (arg instanceof Arg.Text text) {
      return text(text.value());
    }
    if (arg instanceof Arg.Data data) {
      return data(data);
    }
    if (arg instanceof Arg.Bytes raw) {
      byte[] bytes = raw.latin1().getBytes(StandardCharsets.ISO_8859_1);
      return place(bytes, bytes.length + 1, 1);
    }
    if (arg instanceof Arg.TextList list) {
      return pointers(list, list.values(), null);
    }
    if (arg instanceof Arg.Environment environment) {
      return pointers(environment, environment.variables(), environment.last());
    }
    if (arg instanceof Arg.Struct struct) {
      return struct(struct);
    }
    throw new IllegalStateException("an operand within an operand: " + arg);
  }

  private long bits(List<Flag> flags) {
    long value = 0;
    for (Flag flag : flags) {
      value |= flag.bits(arch);
    }
    return value;
  }

  private long text(String text) {
    Long known = texts.get(text);
    if (known != null) {
      return known;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long address = place(bytes, bytes.length + 1, 1);
    texts.put(text, address);
    return address;
  }

  private long data(Arg.Data data) {
    Long known = addresses.get(data);
    return known != null ? known : placeOnce(data, data.bytes());
  }

  private long pointers(Arg list, List<String> texts, Arg.@Nullable Address last) {
    Long known = addresses.get(list);
    if (known != null) {
      return known;
    }
    byte[] bytes = new byte[8 * (texts.size() + (last == null ? 1 : 2))];
    ByteBuffer words = littleEndian(bytes);
    for (String text : texts) {
      words.putLong(text(text));
    }
    if (last != null) {
      words.putLong(value(last));
    }
    return placeOnce(list, bytes);
  }

  private long struct(Arg.Struct struct) {
    Long known = addresses.get(struct);
    if (known != null) {
      return known;
    }
    byte[] bytes = new byte[8 * struct.fields().size()];
    ByteBuffer words = littleEndian(bytes);
    for (Arg.Field field : struct.fields()) {
      if (field.bytes() == 4) {
        words.putInt((int) value(field.value()));
      } else {
        words.putLong(value(field.value()));
      }
    }
    return placeOnce(struct, bytes);
  }

  private long memory(Memory memory) {
    Long known = earlier.getOrDefault(memory, addresses.get(memory));
    if (known != null) {
      return known;
    }
    if (!memory.isZero()) {
      return placeOnce(memory, memory.initial());
    }
    // At the end of the launcher's memory, which is zero: there is no need to send it.
    zerosBegin -= memory.size() + 7 & ~7;
    ensure(dataEnd);
    long address = ADDRESS + zerosBegin;
    addresses.put(memory, address);
    return address;
  }

  private long placeOnce(Object key, byte[] bytes) {
    long address = place(bytes, bytes.length, 8);
    addresses.put(key, address);
    return address;
  }

  /** Puts bytes behind all data so far; what follows them up to this size is zero. */
  private long place(byte[] bytes, int size, int alignment) {
    int at = dataEnd + alignment - 1 & -alignment;
    ensure(at + size);
    buffer.put(at, bytes);
    dataEnd = at + size;
    return ADDRESS + at;
  }

  private int slot(Slot slot) {
    int number = slots.computeIfAbsent(slot.name(), absent -> slots.size());
    if (number >= MAX_SLOTS) {
      throw new ImageTooLargeException(
          "rootfs",
          "there are more layers, mounts, or directories in PATH, than the launcher has room for: "
              + MAX_SLOTS
              + " in all");
    }
    return number;
  }

  private void ensure(int size) {
    if (size > zerosBegin) {
      throw new ImageTooLargeException(
          "command",
          "command and environment take more than "
              + CAPACITY
              + " bytes, which no kernel passes on (E2BIG)");
    }
    if (size > buffer.capacity()) {
      int capacity = Math.min(CAPACITY, Math.max(size, 2 * buffer.capacity()));
      ByteBuffer larger = littleEndian(new byte[capacity]);
      larger.put(0, buffer, 0, buffer.capacity());
      buffer = larger;
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The plan is larger than the launcher's memory; says which field of the spec makes it so. */
  static final class ImageTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient String field;

    ImageTooLargeException(String field, String problem) {
      super(problem);
      this.field = field;
    }

    String field() {
      return field;
    }
  }
}
