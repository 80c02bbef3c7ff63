package io.jcontainer.images.registry;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A blob as a registry has it. Where the connection breaks or stalls, the rest is asked for; where
 * a mirror does not have it, or gives up, it goes on with the next one. Digest and size are for
 * whoever reads it to verify.
 */
final class BlobInput extends InputStream {
  /** What has to have come between two failures, so that they do not add up. */
  private static final long GOOD = 1 << 20;

  private final Client client;
  private final List<Endpoint> endpoints;
  private final ImageReference name;
  private final Descriptor blob;
  private final LongConsumer progress;
  private final Runnable resumed;
  private final Runnable arrived;
  private int endpoint;
  private int failures;
  private long position;
  private long lastFailure;
  private @Nullable Reply reply;

  /**
   * One that asks for nothing before it is read.
   *
   * @param progress is told how many bytes have come
   * @param resumed is run when the rest is asked for
   * @param arrived is run at the end, before the last read returns
   */
  BlobInput(
      Client client,
      List<Endpoint> endpoints,
      ImageReference name,
      Descriptor blob,
      LongConsumer progress,
      Runnable resumed,
      Runnable arrived) {
    this.client = client;
    this.endpoints = endpoints;
    this.name = name;
    this.blob = blob;
    this.progress = progress;
    this.resumed = resumed;
    this.arrived = arrived;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (true) {
      Reply open = reply;
      if (open == null) {
        open = open();
        reply = open;
      }
      try {
        int count = open.body().read(buffer, offset, length);
        if (count > 0) {
          position += count;
          progress.accept(position);
        } else if (count < 0) {
          arrived.run();
        }
        return count;
      } catch (IOException e) {
        failed(open, e);
      }
    }
  }

  /** Gives up for good, or leaves it to the next round. */
  private void failed(Reply open, IOException cause) {
    open.body().close();
    reply = null;
    failures = position - lastFailure >= GOOD ? 1 : failures + 1;
    lastFailure = position;
    boolean lastAttempt = failures >= client.options().attempts();
    if (lastAttempt && endpoint + 1 < endpoints.size()) {
      next();
      return;
    }
    String what = "%s: %d of %d bytes have come".formatted(open.request(), position, blob.size());
    client.pause(what, failures, cause);
  }

  private void next() {
    endpoint++;
    failures = 0;
  }

  private Reply open() throws IOException {
    while (true) {
      Endpoint from = endpoints.get(endpoint);
      try {
        Reply opened = open(from);
        if (position > 0) {
          resumed.run();
        }
        return opened;
      } catch (RegistryException | InvalidImageException e) {
        if (endpoint + 1 == endpoints.size()) {
          throw e;
        }
        next();
      }
    }
  }

  private Reply open(Endpoint from) throws IOException {
    Ask ask = Ask.of(from, "GET", from.blob(name, blob.digest().toString()), from.pullScope(name));
    if (position == 0) {
      return checked(client.send(ask, 200), 0);
    }
    Reply rest = client.send(ask.patiently().header("Range", "bytes=" + position + "-"), 200, 206);
    if (rest.status() == 206) {
      return checked(rest, position);
    }
    // It knows no ranges. What came before was of the same bytes, or the digest will be wrong.
    Reply all = checked(rest, 0);
    try {
      all.body().skipNBytes(position);
    } catch (IOException e) {
      failed(all, e);
      return open(from);
    }
    return all;
  }

  /** What it says about its size is compared before anything is read. */
  private Reply checked(Reply opened, long from) {
    String wanted = "bytes %d-%d/".formatted(from, blob.size() - 1);
    String range = opened.header("Content-Range").orElse("");
    boolean wrongRange =
        opened.status() == 206
            && !range.equals(wanted + blob.size())
            && !range.equals(wanted + "*");
    long length = opened.headers().firstValueAsLong("Content-Length").orElse(blob.size() - from);
    if (!wrongRange && length == blob.size() - from) {
      return opened;
    }
    opened.body().close();
    if (wrongRange) {
      throw new RegistryException(
          "%s: answers a request for what follows byte %d with \"%s\""
              .formatted(opened.request(), from, Text.shown(range)),
          opened.status());
    }
    throw new InvalidImageException(
        "%s: has %d bytes, but is said to have %d"
            .formatted(opened.request(), length + from, blob.size()));
  }

  @Override
  public void close() {
    Reply open = reply;
    if (open != null) {
      open.body().close();
    }
  }
}
