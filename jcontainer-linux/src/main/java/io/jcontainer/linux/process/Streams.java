package io.jcontainer.linux.process;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerOutput;
import io.jcontainer.Stdio;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The standard streams of a process: what it gets as 0, 1 and 2, and the JVM's ends of those that
 * are pipes.
 */
public final class Streams implements AutoCloseable {
  /** What the fields of a spec are called. */
  static final List<String> NAMES = List.of("stdin", "stdout", "stderr");

  private static final int O_RDWR = 2;

  private final Kernel kernel;
  private final String owner;
  private final List<Fd> theirs = new ArrayList<>();
  private final @Nullable FdStream[] pipes = new @Nullable FdStream[NAMES.size()];
  private final List<LineThread> lines = new ArrayList<>();

  private Streams(Kernel kernel, String owner) {
    this.kernel = kernel;
    this.owner = owner;
  }

  /**
   * Makes what the choices name.
   *
   * @param owner names threads
   */
  public static Streams open(Kernel kernel, String owner, Stdio stdin, Stdio stdout, Stdio stderr) {
    Streams streams = new Streams(kernel, owner);
    try {
      streams.add(0, stdin);
      streams.add(1, stdout);
      streams.add(2, stderr);
      return streams;
    } catch (RuntimeException | Error e) {
      streams.releaseTheirs();
      streams.close();
      throw e;
    }
  }

  /** Whether a process gets a pipe for this choice. */
  static boolean isPipe(Stdio choice) {
    return choice instanceof Stdio.Pipe || choice instanceof Stdio.Lines;
  }

  private void add(int number, Stdio choice) {
    if (choice instanceof Stdio.Pipe) {
      pipes[number] = pipe(number);
    } else if (choice instanceof Stdio.Lines toConsumer) {
      String name = "jcontainer-lines-" + owner + "-" + NAMES.get(number);
      lines.add(LineThread.start(name, pipe(number), toConsumer.consumer()));
    } else if (choice instanceof Stdio.SameAsStdout) {
      theirs.add(theirs.get(1)); // closed once, as every Fd
    } else {
      theirs.add(open(kernel, number, NAMES.get(number), choice));
    }
  }

  /**
   * A pipe whose other end the process gets. O_NONBLOCK is a flag of an open file, of which a pipe
   * has two: the process's own end blocks, as programs expect.
   */
  private FdStream pipe(int number) {
    Fd[] pipe = kernel.pipe();
    theirs.add(number == 0 ? pipe[0] : pipe[1]);
    Fd ours = number == 0 ? pipe[1] : pipe[0];
    try {
      kernel.nonBlocking(ours, true);
      return new FdStream(kernel, ours);
    } catch (SyscallException e) {
      ours.close();
      throw e;
    }
  }

  /**
   * Opens what needs no other end in the JVM.
   *
   * @param number which descriptor the process gets
   * @param field what errors call it
   */
  static Fd open(Kernel kernel, int number, String field, Stdio choice) {
    if (choice instanceof Stdio.Inherit) {
      return new Fd(kernel, number).duplicate(3);
    }
    if (choice instanceof Stdio.Descriptor descriptor) {
      return new Fd(kernel, descriptor.number()).duplicate(3);
    }
    if (choice instanceof Stdio.Null) {
      return kernel.open("/dev/null", O_RDWR);
    }
    if (choice instanceof Stdio.Bytes bytes) {
      return kernel.sealedMemfd("jcontainer-" + field, bytes.content(), false);
    }
    return StdioFile.open(kernel, field, choice);
  }

  /** What the process gets as 0, 1 and 2. */
  public List<Fd> theirs() {
    return theirs;
  }

  /** Closes the JVM's copies of what the process has got. */
  public void releaseTheirs() {
    theirs.forEach(Fd::close);
    theirs.clear();
  }

  ContainerInput stdin() {
    return new ContainerInput(new FdOutputStream(stream(0)));
  }

  ContainerOutput output(int number) {
    return new ContainerOutput(new FdInputStream(stream(number)));
  }

  private FdStream stream(int number) {
    FdStream stream = pipes[number];
    if (stream == null) {
      throw new IllegalStateException(NAMES.get(number) + " of the container is not Stdio.PIPE");
    }
    return stream;
  }

  /**
   * Closes the JVM's ends. Consumers of lines get what was written until now first; no such thread
   * waits for another, which may be waiting for it.
   */
  @Override
  public void close() {
    for (FdStream pipe : pipes) {
      if (pipe != null) {
        pipe.close();
      }
    }
    lines.forEach(LineThread::finish);
    if (!(Thread.currentThread() instanceof LineThread)) {
      lines.forEach(Uninterruptibles::joinUninterruptibly);
    }
  }
}
