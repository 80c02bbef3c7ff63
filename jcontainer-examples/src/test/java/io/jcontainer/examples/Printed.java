package io.jcontainer.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** What an example prints. */
final class Printed {
  private Printed() {}

  /** A main method, with its arguments. */
  interface Main {
    void run() throws Exception;
  }

  /** Runs it and returns what it has written to standard output. */
  static String by(Main main) throws Exception {
    PrintStream usual = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      main.run();
    } finally {
      System.setOut(usual);
    }
    return printed.toString(UTF_8);
  }
}
