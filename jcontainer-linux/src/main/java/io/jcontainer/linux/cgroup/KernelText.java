package io.jcontainer.linux.cgroup;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The text of a file of the kernel's, and a walk over its words, line by line, which makes no
 * garbage. Words are apart by spaces, tabs and equals signs, as in {@code some avg10=0.12}.
 */
final class KernelText {
  /** What stands for a word that is no whole number, such as {@code max}, and for none at all. */
  static final long NONE = -1;

  private byte[] bytes = {};
  private int length;

  /** Of the line that comes next. */
  private int line;

  /** From where the next word is looked for, and where this line ends. */
  private int at;

  private int lineEnd;

  /** Of this word. */
  private int start;

  private int end;

  /** A walk over these first bytes of an array, from the beginning. */
  KernelText of(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
    line = 0;
    at = 0;
    lineEnd = 0;
    start = 0;
    end = 0;
    return this;
  }

  /** Goes to the next line; its first word is then the next. */
  boolean nextLine() {
    if (line >= length) {
      return false;
    }
    at = line;
    lineEnd = line;
    while (lineEnd < length && bytes[lineEnd] != '\n') {
      lineEnd++;
    }
    line = lineEnd + 1;
    return true;
  }

  /** Goes to the next word of this line. */
  boolean nextWord() {
    while (at < lineEnd && separates(bytes[at])) {
      at++;
    }
    start = at;
    while (at < lineEnd && !separates(bytes[at])) {
      at++;
    }
    end = at;
    return end > start;
  }

  private static boolean separates(byte b) {
    return b == ' ' || b == '=' || b == '\t';
  }

  /** Goes on by some words; true if there was each of them. */
  boolean skipTo(int words) {
    for (int i = 0; i < words; i++) {
      if (!nextWord()) {
        return false;
      }
    }
    return true;
  }

  /** Whether this word is that one, of ASCII. */
  boolean is(String word) {
    if (word.length() != end - start) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != bytes[start + i]) {
        return false;
      }
    }
    return true;
  }

  /** This word. */
  String word() {
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  /** This word as a whole number, at most 2^63-1; {@link #NONE} if it is none, or negative. */
  long number() {
    if (start == end) {
      return NONE;
    }
    long number = 0;
    for (int i = start; i < end; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      if (number > (Long.MAX_VALUE - digit) / 10) {
        return Long.MAX_VALUE; // the kernel counts to 2^64-1
      }
      number = 10 * number + digit;
    }
    return number;
  }

  /** This word as hundredths, such as 1234 for {@code 12.34}; {@link #NONE} if it is no such. */
  long hundredths() {
    int dot = start;
    while (dot < end && bytes[dot] != '.') {
      dot++;
    }
    if (end - dot != 3) {
      return NONE;
    }
    int last = end;
    end = dot;
    long whole = number();
    start = dot + 1;
    end = last;
    long part = number();
    return whole < 0 || part < 0 ? NONE : 100 * whole + part;
  }

  /** The one number of a file that is nothing else. */
  long onlyNumber() {
    return nextLine() && nextWord() ? number() : NONE;
  }

  /**
   * The numbers of lines that begin with these words, in their order; {@link #NONE} for each that
   * there is no line for.
   */
  void keyed(String[] keys, long[] numbers) {
    Arrays.fill(numbers, NONE);
    while (nextLine()) {
      if (nextWord()) {
        int key = indexIn(keys);
        if (key >= 0 && nextWord()) {
          numbers[key] = number();
        }
      }
    }
  }

  private int indexIn(String[] keys) {
    for (int i = 0; i < keys.length; i++) {
      if (is(keys[i])) {
        return i;
      }
    }
    return -1;
  }
}
