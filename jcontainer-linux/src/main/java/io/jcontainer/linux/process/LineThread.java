package io.jcontainer.linux.process;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands what a process writes to a consumer, a line at a time, until the end of the stream. */
final class LineThread extends Thread {
  /** A process may never end its line. */
  private static final int LONGEST = 1 << 16;

  private static final Logger LOG = LoggerFactory.getLogger(LineThread.class);

  private final FdStream stream;
  private final Consumer<String> consumer;
  private final StringBuilder line = new StringBuilder();

  /** Whether the line began with pieces that the consumer has got. */
  private boolean continued;

  private LineThread(String name, FdStream stream, Consumer<String> consumer) {
    super(name);
    this.stream = stream;
    this.consumer = consumer;
    setDaemon(true);
  }

  /** Starts one that closes the stream when it ends. */
  static LineThread start(String name, FdStream stream, Consumer<String> consumer) {
    LineThread thread = new LineThread(name, stream, consumer);
    try {
      thread.start();
      return thread;
    } catch (Error e) { // the process has too many threads
      stream.close();
      throw e;
    }
  }

  /** Lets it end behind what has been written by now. */
  void finish() {
    stream.finish();
  }

  @Override
  public void run() {
    try (FdInputStream in = new FdInputStream(stream, this)) {
      if (!handOver(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        in.transferTo(OutputStream.nullOutputStream()); // or the process would wait for a reader
      }
    } catch (IOException e) {
      LOG.warn("{} cannot read any further", getName(), e);
    }
  }

  /** False if the consumer has failed. */
  private boolean handOver(Reader reader) throws IOException {
    char[] chars = new char[8192];
    boolean afterReturn = false;
    try {
      for (int count = reader.read(chars); count >= 0; count = reader.read(chars)) {
        for (int i = 0; i < count; i++) {
          boolean secondOfTwo = afterReturn && chars[i] == '\n';
          afterReturn = chars[i] == '\r';
          if (!secondOfTwo) {
            add(chars[i]);
          }
        }
      }
      if (line.length() > 0) {
        accept();
      }
      return true;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) { // also an Error of the consumer's: the process must not wait for it
      LOG.warn("the consumer of {} has failed; it gets no more lines", getName(), e);
      return false;
    }
  }

  private void add(char character) {
    if (character == '\n' || character == '\r') {
      if (line.length() > 0 || !continued) {
        accept();
      }
      continued = false;
      return;
    }
    line.append(character);
    if (line.length() >= LONGEST && !Character.isHighSurrogate(character)) {
      accept();
      continued = true;
    }
  }

  private void accept() {
    String text = line.toString();
    line.setLength(0);
    consumer.accept(text);
  }
}
