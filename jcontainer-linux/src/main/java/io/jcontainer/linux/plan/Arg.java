package io.jcontainer.linux.plan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An operand of a call. Its {@code toString} is what strace would print. */
public sealed interface Arg {

  /** A number; its name, if it has one, is the kernel's. */
  record Num(long value, @Nullable String name) implements Arg {
    @Override
    public String toString() {
      return name == null ? Long.toString(value) : name;
    }
  }

  /** A file mode. */
  record Mode(int value) implements Arg {
    @Override
    public String toString() {
      return "0" + Integer.toOctalString(value);
    }
  }

  /** Flags, or'ed together. */
  record Bits(List<Flag> flags) implements Arg {
    @Override
    public String toString() {
      return flags.isEmpty()
          ? "0"
          : flags.stream().map(Flag::toString).collect(Collectors.joining("|"));
    }
  }

  /** The address of a string of UTF-8 that ends with NUL. */
  record Text(String value) implements Arg {
    @Override
    public String toString() {
      return quoted(value);
    }
  }

  /** The address of bytes. They are not printed: they may be secrets. */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it, or compares it
  record Data(byte[] bytes) implements Arg {
    @Override
    public String toString() {
      return "/* " + bytes.length + " bytes */";
    }
  }

  /**
   * The address of bytes that end with NUL, such as the name of a file, which need not be UTF-8.
   *
   * @param latin1 the bytes, a character each
   */
  record Bytes(String latin1) implements Arg {
    @Override
    public String toString() {
      return quoted(new String(latin1.getBytes(ISO_8859_1), UTF_8));
    }
  }

  /** The address of an array of strings that ends with a null pointer: execve(2)'s argv. */
  record TextList(List<String> values) implements Arg {
    private static final int SHOWN = 16;

    @Override
    public String toString() {
      return values.stream()
          .limit(SHOWN)
          .map(Arg::quoted)
          .collect(Collectors.joining(", ", "[", values.size() > SHOWN ? ", ...]" : "]"));
    }
  }

  /**
   * The same for execve(2)'s envp. Values are not printed: they may be secrets.
   *
   * @param last one more variable, which lies in memory by then, or null
   */
  record Environment(List<String> variables, @Nullable Address last) implements Arg {
    /** Only what is known now. */
    public Environment(List<String> variables) {
      this(variables, null);
    }

    @Override
    public String toString() {
      return variables.stream()
          .map(variable -> variable.substring(0, variable.indexOf('=')))
          .collect(Collectors.joining(", ", "[/* ", last == null ? " */]" : " */, " + last + "]"));
    }
  }

  /** The address of a structure. */
  record Struct(List<Field> fields) implements Arg {
    @Override
    public String toString() {
      return fields.stream()
          .map(Field::value)
          .map(Arg::toString)
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  /** A part of a structure: a number or flags, and how many bytes it takes (4 or 8). */
  record Field(Arg value, int bytes) {}

  /** The result of an earlier call. */
  record Result(Slot slot) implements Arg {
    @Override
    public String toString() {
      return "<" + slot.name() + ">";
    }
  }

  /** The address of memory, or of a part of it. */
  record Address(Memory memory, int offset) implements Arg {
    @Override
    public String toString() {
      return "&" + memory.name() + (offset == 0 ? "" : "+" + offset);
    }
  }

  /** The null pointer. */
  Arg NULL = new Num(0, "NULL");

  /** The working directory, for calls that take a directory's descriptor. */
  Arg AT_FDCWD = new Num(-100, "AT_FDCWD");

  /** A plain number. */
  static Arg of(long value) {
    return new Num(value, null);
  }

  /** A file mode. */
  static Arg mode(int value) {
    return new Mode(value);
  }

  /** A constant of the kernel. */
  static Arg named(String name, long value) {
    return new Num(value, name);
  }

  /** A string. */
  static Arg of(String value) {
    return new Text(value);
  }

  /** The result of an earlier call. */
  static Arg of(Slot slot) {
    return new Result(slot);
  }

  /** The address of memory. */
  static Arg of(Memory memory) {
    return new Address(memory, 0);
  }

  /** Flags, or'ed together. */
  static Arg flags(Flag... flags) {
    return new Bits(List.of(flags));
  }

  /** A structure of 64-bit fields. */
  static Arg struct64(Arg... fields) {
    return struct(8, fields);
  }

  /** A structure of 32-bit fields. */
  static Arg struct32(Arg... fields) {
    return struct(4, fields);
  }

  private static Arg struct(int bytes, Arg... fields) {
    List<Field> sized = new ArrayList<>(fields.length);
    for (Arg field : fields) {
      sized.add(new Field(field, bytes));
    }
    return new Struct(sized);
  }

  private static String quoted(String text) {
    int shown = 256;
    if (text.length() > shown) {
      return quoted(text.substring(0, shown)) + "...";
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c == '\n') {
        quoted.append("\\n");
      } else if (isHarmless(c)) {
        quoted.append(c);
      } else {
        quoted.append("\\u%04x".formatted((int) c));
      }
    }
    return quoted.append('"').toString();
  }

  /** Whether a terminal or a log only shows it. */
  private static boolean isHarmless(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
