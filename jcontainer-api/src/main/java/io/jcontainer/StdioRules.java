package io.jcontainer;

import java.nio.file.FileSystems;
import java.nio.file.Path;

/** Which choices fit which standard stream. */
final class StdioRules {
  private StdioRules() {}

  static void check(ProcessSpec spec) {
    check("stdin", spec.stdin());
    check("stdout", spec.stdout());
    check("stderr", spec.stderr());
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
    if (choice instanceof Stdio.Descriptor descriptor && descriptor.number() < 0) {
      throw new InvalidSpecException(field, descriptor.number() + " is no descriptor");
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
