package io.jcontainer.images.registry;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is sent along with a request, as often as that is made, and how much of it is out. */
final class SentBody {
  private final long offset;
  private final long size;
  private final Supplier<InputStream> source;
  private final LongConsumer progress;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /**
   * A part of a stream.
   *
   * @param offset where it begins
   * @param size how many bytes are sent
   * @param source opens it, at the first of them
   * @param progress hears how many have been read
   */
  SentBody(long offset, long size, Supplier<InputStream> source, LongConsumer progress) {
    this.offset = offset;
    this.size = size;
    this.source = source;
    this.progress = progress;
  }

  static SentBody of(byte[] bytes) {
    return new SentBody(0, bytes.length, () -> new ByteArrayInputStream(bytes), count -> {});
  }

  BodyPublisher publisher() {
    sent.set(0);
    return size == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> new Counted(source.get())), size);
  }

  /** What has gone wrong on this side, which is no fault of the connection's. */
  Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** How many bytes have been taken for the last request. */
  long sent() {
    return sent.get();
  }

  /** Begins at the offset, counts, and ends at the size. */
  private final class Counted extends FilterInputStream {
    private boolean begun;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offsetInBuffer, int length) throws IOException {
      try {
        return readOn(buffer, offsetInBuffer, length);
      } catch (RuntimeException e) {
        failure.set(e);
        throw new IOException(e);
      }
    }

    private int readOn(byte[] buffer, int offsetInBuffer, int length) throws IOException {
      if (!begun) {
        in.skipNBytes(offset);
        begun = true;
      }
      long left = size - sent.get();
      int count = left == 0 ? -1 : in.read(buffer, offsetInBuffer, (int) Math.min(left, length));
      if (count > 0) {
        if (count == left) {
          // The end of what verifies itself is there; it has to be good before the last bytes go.
          int unused = in.read();
        }
        progress.accept(sent.addAndGet(count));
      }
      return count;
    }
  }
}
