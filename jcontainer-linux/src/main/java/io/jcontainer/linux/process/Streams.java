package io.jcontainer.linux.process;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
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
  private final List<Fd> theirPipes = new ArrayList<>();
  private final boolean parked;
  private boolean terminal;

  private Streams(Kernel kernel, String owner, boolean parked) {
    this.kernel = kernel;
    this.owner = owner;
    this.parked = parked;
  }

  /**
   * Makes what the choices name. A terminal is made by the process: see {@link #takeTerminal}.
   *
   * @param owner names threads
   */
  public static Streams open(Kernel kernel, String owner, ProcessSpec spec) {
    return open(new Streams(kernel, owner, false), spec);
  }

  /** The same for a process that has /dev/null as all three, and is given what is not to be so. */
  public static Streams openForParked(Kernel kernel, String owner, ProcessSpec spec) {
    return open(new Streams(kernel, owner, true), spec);
  }

  private static Streams open(Streams streams, ProcessSpec spec) {
    try {
      streams.terminal = spec.terminal().isPresent();
      streams.add(0, streams.terminal ? Stdio.NULL : spec.stdin());
      streams.add(1, streams.terminal ? Stdio.NULL : spec.stdout());
      streams.add(2, streams.terminal ? Stdio.NULL : spec.stderr());
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
    if (parked && (choice instanceof Stdio.Null || choice instanceof Stdio.SameAsStdout)) {
      return; // it has that, or makes it
    }
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
    theirPipes.add(number == 0 ? pipe[0] : pipe[1]);
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

  /**
   * Takes over the master of the process's terminal, also if it fails. Each direction has a
   * descriptor, so that one can be closed while a thread waits for the other; with the last one,
   * the kernel hangs the terminal up.
   */
  public void takeTerminal(Fd master) {
    pipes[1] = new FdStream(kernel, master);
    kernel.nonBlocking(master, true);
    pipes[0] = new FdStream(kernel, master.duplicate(3), this::typeEndOfFile);
  }

  /**
   * A terminal has no half that could be closed. As long as it takes lines, typing this is what
   * closing a pipe is: once for what the last line holds, and once more for the end. If nobody
   * takes lines it would be a key like others, and if nobody has the terminal it is not needed.
   */
  private void typeEndOfFile(Fd master) {
    try (NativeBuffer keys = kernel.buffer(2)) {
      OptionalInt key = kernel.endOfFileKey(master);
      if (key.isPresent()) {
        keys.put(new byte[] {(byte) key.getAsInt(), (byte) key.getAsInt()}, 0, 2);
        kernel.write(master, keys, 2);
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.EIO) { // nobody has the terminal open any more
        throw e;
      }
    }
  }

  /** Changes the size of the terminal; does nothing if it is closed. */
  void resize(Terminal size) {
    if (!terminal) {
      throw new IllegalStateException("the process has no terminal");
    }
    for (FdStream end : List.of(stream(0), stream(1))) {
      if (end.whileOpen(fd -> kernel.resize(fd, size.rows(), size.columns()))) {
        return;
      }
    }
  }

  /** What the process gets as 0, 1 and 2; of a parked one, what it is given, in that order. */
  public List<Fd> theirs() {
    return theirs;
  }

  /** Which of these are pipes. */
  public List<Fd> theirPipes() {
    return theirPipes;
  }

  /** Closes the JVM's copies of what the process has got. */
  public void releaseTheirs() {
    theirs.forEach(Fd::close);
    theirs.clear();
    theirPipes.clear();
  }

  /**
   * The JVM's end of standard input.
   *
   * @param user is not garbage as long as this is none
   */
  ContainerInput stdin(Object user) {
    return new ContainerInput(new FdOutputStream(stream(0), user));
  }

  /** The same of an output. */
  ContainerOutput output(int number, Object user) {
    return new ContainerOutput(new FdInputStream(stream(number), user));
  }

  private FdStream stream(int number) {
    FdStream stream = pipes[number];
    if (stream == null && terminal) {
      throw new IllegalStateException("all that is written to the terminal comes by stdout");
    }
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
    abandon();
    if (!(Thread.currentThread() instanceof LineThread)) {
      lines.forEach(Uninterruptibles::joinUninterruptibly);
    }
  }

  /** The same, without waiting for consumers: they get what was written when they get to it. */
  void abandon() {
    for (FdStream pipe : pipes) {
      if (pipe != null) {
        pipe.close();
      }
    }
    lines.forEach(LineThread::finish);
  }
}
