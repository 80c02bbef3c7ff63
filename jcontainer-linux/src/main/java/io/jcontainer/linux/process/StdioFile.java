package io.jcontainer.linux.process;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.Stdio;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of the host as a standard stream. */
final class StdioFile {
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_NOCTTY = 0x100;
  private static final int O_TRUNC = 0x200;
  private static final int O_APPEND = 0x400;
  private static final int O_NONBLOCK = 0x800;

  private static final int S_IFMT = 0170000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFDIR = 0040000;

  private StdioFile() {}

  /**
   * Opens it. O_NONBLOCK only until it is seen what it is: to open a FIFO could take forever, and
   * so could a serial line.
   */
  static Fd open(Kernel kernel, String field, Stdio choice) {
    Path path;
    int flags = O_NONBLOCK | O_NOCTTY;
    String named = "O_NONBLOCK|O_NOCTTY|O_CLOEXEC";
    if (choice instanceof Stdio.To to) {
      path = to.file();
      flags |= O_WRONLY | O_CREAT | (to.append() ? O_APPEND : O_TRUNC);
      named = "O_WRONLY|O_CREAT|" + (to.append() ? "O_APPEND|" : "O_TRUNC|") + named;
    } else {
      path = ((Stdio.From) choice).file();
      named = "O_RDONLY|" + named;
    }
    String file = path.toAbsolutePath().toString();
    Fd fd;
    try {
      fd = kernel.open(file, flags);
    } catch (SyscallException e) {
      throw new SyscallException("open(\"" + file + "\", " + named + ") for " + field, e.errno());
    }
    try {
      refuse(field, file, type(fd));
      kernel.nonBlocking(fd, false);
      return fd;
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static int type(Fd fd) {
    try {
      return (int) Files.getAttribute(Path.of(fd.path()), "unix:mode") & S_IFMT;
    } catch (IOException e) {
      throw new UncheckedIOException("what is opened for a stream cannot be looked at", e);
    }
  }

  private static void refuse(String field, String file, int type) {
    if (type == S_IFIFO) {
      throw new InvalidSpecException(
          field,
          file
              + " is a FIFO: opening it would wait for its other side; open it yourself, and use"
              + " Stdio.descriptor()");
    }
    if (type == S_IFDIR) {
      throw new InvalidSpecException(field, file + " is a directory");
    }
  }
}
