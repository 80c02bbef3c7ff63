package io.jcontainer;

import java.nio.file.FileSystems;
import java.nio.file.Path;

/** Which choices fit which standard stream. */
final class StdioRules {
  /** They are counted in a byte on the way to the launcher, as are namespaces. */
  private static final int MOST_DESCRIPTORS = 100;

  private StdioRules() {}

  static void check(ProcessSpec spec) {
    check("stdin", spec.stdin());
    check("stdout", spec.stdout());
    check("stderr", spec.stderr());
    if (spec.terminal().isPresent()) {
      isPipe("stdin", spec.stdin());
      isPipe("stdout", spec.stdout());
      isPipe("stderr", spec.stderr());
    }
    if (spec.descriptors().size() > MOST_DESCRIPTORS) {
      throw new InvalidSpecException(
          "descriptors", "more than " + MOST_DESCRIPTORS + " cannot be passed");
    }
    spec.descriptors().forEach(StdioRules::passed);
  }

  private static void passed(int number, Stdio source) {
    if (number < 3 || number > 255) {
      throw new InvalidSpecException("descriptors", number + " is not between 3 and 255");
    }
    if (source instanceof Stdio.Pipe
        || source instanceof Stdio.Inherit
        || source instanceof Stdio.SameAsStdout
        || source instanceof Stdio.Lines) {
      throw new InvalidSpecException(
          "descriptors", "what is passed as " + number + " can only be a standard stream");
    }
    if (source instanceof Stdio.From from) {
      file("descriptors", from.file());
    }
    if (source instanceof Stdio.To to) {
      file("descriptors", to.file());
    }
    descriptor("descriptors", source);
  }

  private static void descriptor(String field, Stdio choice) {
    if (choice instanceof Stdio.Descriptor descriptor && descriptor.number() < 0) {
      throw new InvalidSpecException(field, descriptor.number() + " is no descriptor");
    }
  }

  private static void check(String field, Stdio choice) {
    boolean input = field.equals("stdin");
    if (choice instanceof Stdio.SameAsStdout && !field.equals("stderr")) {
      throw new InvalidSpecException(field, "Stdio.STDOUT is for stderr");
    }
    if (choice instanceof Stdio.From from) {
      fits(field, input, "Stdio.from()", "stdin");
      file(field, from.file());
    }
    if (choice instanceof Stdio.Bytes) {
      fits(field, input, "Stdio.bytes() and Stdio.text()", "stdin");
    }
    if (choice instanceof Stdio.To to) {
      fits(field, !input, "Stdio.to() and Stdio.appendTo()", "stdout and stderr");
      file(field, to.file());
    }
    if (choice instanceof Stdio.Lines) {
      fits(field, !input, "Stdio.lines()", "stdout and stderr");
    }
    descriptor(field, choice);
  }

  private static void isPipe(String field, Stdio choice) {
    if (!(choice instanceof Stdio.Pipe)) {
      throw new InvalidSpecException(
          field, "with a terminal, all streams are the terminal: leave it at Stdio.PIPE");
    }
  }

  private static void fits(String field, boolean fits, String choice, String where) {
    if (!fits) {
      throw new InvalidSpecException(field, choice + " is for " + where);
    }
  }

  private static void file(String field, Path file) {
    if (!file.getFileSystem().equals(FileSystems.getDefault())) {
      throw new InvalidSpecException(field, file + " is not a file that the kernel knows");
    }
    if (file.toString().isEmpty()) {
      throw new InvalidSpecException(field, "the path of a file is empty");
    }
    ProcessRules.encodable(field, file.toString());
  }
}
