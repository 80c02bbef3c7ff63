package io.jcontainer.linux.process;

import io.jcontainer.ExitStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A process in a container as one of the JDK's. */
final class ProcessView extends Process {
  private final LinuxProcess process;
  private final OutputStream stdin;
  private final InputStream stdout;
  private final InputStream stderr;

  /** Made while the process is there: later its number may be another's. */
  private final @Nullable ProcessHandle handle;

  ProcessView(LinuxProcess process) {
    this.process = process;
    stdin = orElse(process::stdin, refusing());
    stdout = orElse(process::stdout, InputStream.nullInputStream());
    stderr = orElse(process::stderr, InputStream.nullInputStream());
    handle = process.isAlive() ? ProcessHandle.of(process.pid()).orElse(null) : null;
  }

  private static <T> T orElse(Supplier<? extends T> stream, T other) {
    try {
      return stream.get();
    } catch (IllegalStateException e) {
      return other; // it is not a pipe; the JDK's processes have such a stream then, too
    }
  }

  private static OutputStream refusing() {
    OutputStream closed = OutputStream.nullOutputStream();
    try {
      closed.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return closed;
  }

  @Override
  public OutputStream getOutputStream() {
    return stdin;
  }

  @Override
  public InputStream getInputStream() {
    return stdout;
  }

  @Override
  public InputStream getErrorStream() {
    return stderr;
  }

  @Override
  public int waitFor() throws InterruptedException {
    try {
      return process.onExit().get().shellCode();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      process.onExit().get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public int exitValue() {
    ExitStatus exit = process.onExit().getNow(null);
    if (exit == null) {
      throw new IllegalThreadStateException(process + " has not ended");
    }
    return exit.shellCode();
  }

  @Override
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public CompletableFuture<Process> onExit() {
    return process.onExit().thenApply(exit -> this);
  }

  @Override
  public boolean supportsNormalTermination() {
    return true;
  }

  @Override
  public void destroy() {
    process.askToStop();
  }

  @Override
  public Process destroyForcibly() {
    process.kill();
    return this;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public ProcessHandle toHandle() {
    if (handle == null) {
      throw new UnsupportedOperationException(process + " had ended already");
    }
    return handle;
  }

  @Override
  public ProcessHandle.Info info() {
    return toHandle().info();
  }

  @Override
  public String toString() {
    return process.toString();
  }
}
