package io.jcontainer.linux.process;

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
  private final @Nullable Fd[] ours = new @Nullable Fd[3];
  private final @Nullable Closeable[] opened = new @Nullable Closeable[3];
  private boolean closed;

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
        ours[number] = number == 0 ? pipe[1] : pipe[0];
      }
      case INHERIT -> theirs.add(new Fd(kernel, number).duplicate(3));
      case NULL -> theirs.add(kernel.open("/dev/null", O_RDWR));
      default -> throw new IllegalStateException("no such stream: " + choice);
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

  synchronized OutputStream stdin() {
    return (OutputStream) stream(0, path -> new FileOutputStream(path));
  }

  synchronized ContainerOutput output(int number) {
    return (ContainerOutput) stream(number, path -> new ContainerOutput(new FileInputStream(path)));
  }

  private interface Opener {
    Closeable open(String path) throws IOException;
  }

  /** The JDK has no public way from a number to a stream, but it opens a pipe anew by its path. */
  private Closeable stream(int number, Opener opener) {
    Closeable stream = opened[number];
    if (stream != null) {
      return stream;
    }
    Fd fd = ours[number];
    if (fd == null) {
      throw new IllegalStateException("stream " + number + " of the container is not a pipe");
    }
    if (closed) {
      throw new IllegalStateException("the container is closed, and its streams with it");
    }
    try {
      stream = opener.open(fd.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    fd.close(); // or the pipe would not end with the stream
    opened[number] = stream;
    return stream;
  }

  /** Closes the JVM's ends. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Fd fd : ours) {
      if (fd != null) {
        fd.close();
      }
    }
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
