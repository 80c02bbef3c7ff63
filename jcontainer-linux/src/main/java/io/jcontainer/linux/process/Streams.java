package io.jcontainer.linux.process;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Stdio;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The standard streams of a container: what its first process gets, and the JVM's ends of the
 * pipes. These become streams of the JDK when they are first asked for; most are never.
 */
public final class Streams implements AutoCloseable {
  private static final int O_RDWR = 2;

  private final List<Fd> theirs = new ArrayList<>();
  private final @Nullable Closeable[] opened = new @Nullable Closeable[3];

  private Streams() {}

  /** Makes the pipes. */
  public static Streams open(Kernel kernel, ContainerSpec spec) {
    Streams streams = new Streams();
    try {
      streams.add(kernel, 0, spec.stdin());
      streams.add(kernel, 1, spec.stdout());
      streams.add(kernel, 2, spec.stderr());
      return streams;
    } catch (RuntimeException e) {
      streams.releaseTheirs();
      streams.close();
      throw e;
    }
  }

  private void add(Kernel kernel, int number, Stdio choice) {
    switch (choice) {
      case PIPE -> {
        Fd[] pipe = kernel.pipe();
        theirs.add(number == 0 ? pipe[0] : pipe[1]);
        try (Fd ours = number == 0 ? pipe[1] : pipe[0]) {
          opened[number] = open(number, ours.path());
        }
      }
      case INHERIT -> theirs.add(new Fd(kernel, number).duplicate(3));
      case NULL -> theirs.add(kernel.open("/dev/null", O_RDWR));
      default -> throw new IllegalStateException("no such stream: " + choice);
    }
  }

  /**
   * The JDK has no public way from a number to a stream, but it opens a pipe anew by its path. Now:
   * once the container runs, its root owns the pipe, and may forbid that.
   */
  private static Closeable open(int number, String path) {
    try {
      return number == 0
          ? new FileOutputStream(path)
          : new ContainerOutput(new FileInputStream(path));
    } catch (IOException e) {
      throw new ContainerException(
          "a pipe to the container cannot be opened: " + e.getMessage(), e);
    }
  }

  /** What the first process gets as 0, 1 and 2. */
  public List<Fd> theirs() {
    return theirs;
  }

  /** Closes the JVM's copies of what the first process has got. */
  public void releaseTheirs() {
    theirs.forEach(Fd::close);
    theirs.clear();
  }

  OutputStream stdin() {
    return (OutputStream) stream(0);
  }

  ContainerOutput output(int number) {
    return (ContainerOutput) stream(number);
  }

  private Closeable stream(int number) {
    Closeable stream = opened[number];
    if (stream == null) {
      throw new IllegalStateException("stream " + number + " of the container is not a pipe");
    }
    return stream;
  }

  /** Closes the JVM's ends. */
  @Override
  public void close() {
    for (Closeable stream : opened) {
      close(stream);
    }
  }

  private static void close(@Nullable Closeable stream) {
    try {
      if (stream != null) {
        stream.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a pipe to the container cannot be closed", e);
    }
  }
}
