package io.jcontainer.linux.copy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.linux.plan.Arg;

/**
 * The name of a file in its directory, or the text of a link: bytes, which need not be UTF-8.
 *
 * @param latin1 the bytes, a character each
 */
record FileName(String latin1) {

  static FileName of(byte[] bytes) {
    return new FileName(new String(bytes, ISO_8859_1));
  }

  static FileName of(String text) {
    return of(text.getBytes(UTF_8));
  }

  /** Whether it names a file, and not a way to another directory. */
  boolean isProper() {
    return !latin1.isEmpty()
        && !latin1.equals(".")
        && !latin1.equals("..")
        && latin1.indexOf('/') < 0;
  }

  byte[] bytes() {
    return latin1.getBytes(ISO_8859_1);
  }

  Arg arg() {
    return new Arg.Bytes(latin1);
  }

  @Override
  public String toString() {
    return shown(latin1);
  }

  /** Bytes as text, as far as they are that. */
  static String shown(String latin1) {
    return new String(latin1.getBytes(ISO_8859_1), UTF_8);
  }
}
