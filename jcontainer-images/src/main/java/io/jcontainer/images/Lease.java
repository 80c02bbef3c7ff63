package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.json.Json;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Keeps blobs from being collected while their image has no name yet, or while somebody works with
 * them: all that was written or {@linkplain #hold held} by it stays in the store until it is
 * closed, whatever other threads and JVMs remove. It ends with its JVM, however that ends. A
 * program that forgets to close one keeps the blobs for as long as it runs.
 *
 * <p>Any number of threads can use it at once.
 *
 * @since 0.1.0
 */
public final class Lease implements AutoCloseable {
  /** The kind of bytes of which nothing is known yet. */
  static final MediaType UNKNOWN = new MediaType("application/octet-stream");

  private static final int BUFFER = 64 << 10;

  private final StoreLock storeLock;
  private final Blobs blobs;
  private final Leases.Held own;
  private final AtomicLong parts = new AtomicLong();

  /** What it holds already, so that a collection that begins now will read of it. */
  private final Set<Descriptor> holds = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  Lease(StoreLock storeLock, Blobs blobs, Leases.Held own) {
    this.storeLock = storeLock;
    this.blobs = blobs;
    this.own = own;
  }

  /**
   * Keeps a blob if it is there, or as soon as it is. A manifest or an index that is held keeps all
   * that it refers to.
   *
   * @param descriptor of the blob
   * @return whether it is there
   * @throws InvalidImageException if one with this digest is there, but of another size
   * @throws ImageException if the store cannot be used
   */
  public boolean hold(Descriptor descriptor) {
    checkOpen();
    Descriptor bare = Descriptor.of(descriptor.mediaType(), descriptor.digest(), descriptor.size());
    try {
      return holds.contains(bare) ? blobs.has(bare) : holdFirst(bare);
    } catch (IOException e) {
      throw StoreFiles.failure("cannot hold blob " + descriptor.digest(), e);
    }
  }

  private boolean holdFirst(Descriptor bare) throws IOException {
    byte[] line =
        Json.bytes(
            out -> {
              DocumentJson.write(out, bare);
              out.writeRaw('\n');
            });
    // A collection has come to its end, or will read this line.
    return storeLock.locked(
        () -> {
          append(line);
          holds.add(bare);
          return blobs.has(bare);
        });
  }

  private void append(byte[] line) throws IOException {
    try (RandomAccessFile held =
        new RandomAccessFile(own.directory().resolve(Leases.HELD).toFile(), "rw")) {
      long end = held.length();
      held.seek(end);
      try {
        held.write(line);
      } catch (IOException e) {
        held.setLength(end); // a part of a line would be an error for each collection
        throw e;
      }
    }
  }

  /**
   * Writes a blob, unless it is there already: then nothing is read. Its size and digest are
   * verified while it is written, and only if they are right is it there, and whole.
   *
   * @param descriptor what it has to be
   * @param in the bytes; not closed. At most one byte more than the size is asked for
   * @throws InvalidImageException if the bytes are not those of the descriptor
   * @throws ImageException if they cannot be read or written
   */
  public void write(Descriptor descriptor, InputStream in) {
    if (hold(descriptor)) {
      return;
    }
    try (Part part = part()) {
      part.fill(new VerifiedInput(in, descriptor), written -> {});
      part.publish(descriptor.digest());
    }
  }

  /**
   * Writes a layer as {@link #write(Descriptor, InputStream)} does, and lets somebody read it while
   * it comes in.
   *
   * @param layer what it has to be
   * @param in the bytes; not closed
   * @param diffId the digest of its tar, as the configuration has it
   * @param limits how much is taken of the tar
   * @param executor runs two tasks for each layer that is read, and never fewer; they end when the
   *     tar is closed
   * @param reader is given the tar before the first byte is read, and has to hand it to another
   *     thread, which closes it. It is what {@link LayerSink#take} gets
   * @return whether it was written; otherwise it was there, and the reader got nothing
   * @throws InvalidImageException if the bytes are not those of the descriptor
   * @throws ImageException if they cannot be read or written
   */
  boolean write(
      Descriptor layer,
      InputStream in,
      Digest diffId,
      ImageLimits limits,
      Executor executor,
      Consumer<InputStream> reader) {
    if (hold(layer)) {
      return false;
    }
    try (Part part = part()) {
      Arriving arriving = part.arriving();
      try {
        hand(reader, Layers.openLate(arriving, layer, diffId, limits, executor));
        part.fill(new VerifiedInput(in, layer), arriving::grow);
        part.publish(layer.digest());
        arriving.end();
      } catch (RuntimeException | Error e) {
        arriving.fail(e);
        throw e;
      }
    }
    return true;
  }

  private static void hand(Consumer<InputStream> reader, InputStream tar) {
    boolean taken = false;
    try {
      reader.accept(tar);
      taken = true;
    } finally {
      if (!taken) {
        close(tar);
      }
    }
  }

  private static void close(InputStream tar) {
    try {
      tar.close();
    } catch (IOException e) {
      throw StoreFiles.failure("cannot close a layer", e);
    }
  }

  /**
   * Writes a small blob.
   *
   * @param mediaType what it is
   * @param bytes all of it
   * @return its descriptor
   * @throws ImageException if it cannot be written
   */
  public Descriptor write(MediaType mediaType, byte[] bytes) {
    Descriptor descriptor = Descriptor.of(mediaType, bytes);
    write(descriptor, new ByteArrayInputStream(bytes));
    return descriptor;
  }

  /**
   * Writes a layer whose digest nobody knows yet.
   *
   * @param compression by what it is compressed; {@link Compression#NONE} is the same everywhere
   * @param content writes the tar; if it fails, nothing is left
   * @return what was written, or was there already
   * @throws ImageException if it cannot be written
   */
  public WrittenLayer write(Compression compression, WrittenLayer.Content content) {
    try (Part part = part()) {
      HashedOutput stored = part.output();
      Digest diffId;
      try (stored) {
        HashedOutput tar = new HashedOutput(Compressors.open(stored, compression));
        try (tar) {
          content.writeTo(tar);
        }
        diffId = tar.digest();
        stored.flush();
      }
      Descriptor bytes = stored.descriptor();
      Descriptor blob =
          Descriptor.of(MediaType.ociLayer(compression), bytes.digest(), bytes.size());
      if (!hold(blob)) {
        part.publish(blob.digest());
      }
      return new WrittenLayer(blob, diffId);
    } catch (IOException e) {
      throw StoreFiles.failure("cannot write a layer", e);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the lease is closed");
    }
  }

  /** A file for bytes whose digest is known only when all have come. */
  Part part() {
    checkOpen();
    return new Part(own.directory().resolve(parts.incrementAndGet() + ".part"));
  }

  /** A file that is no blob yet, and is removed unless it becomes one. */
  final class Part implements AutoCloseable {
    private final Path file;
    private boolean published;

    private Part(Path file) {
      this.file = file;
    }

    Path file() {
      return file;
    }

    /**
     * Writes the file, of bytes that nobody knows yet.
     *
     * @return the digest and the size, as a descriptor of an unknown kind
     */
    Descriptor copy(InputStream in, long maxBytes) {
      try (HashedOutput out = new HashedOutput(new FileOutputStream(file.toFile()))) {
        transfer(
            in,
            out,
            more -> {
              if (out.count() > maxBytes) {
                throw new InvalidImageException(
                    "more than %d bytes come in; no more are taken".formatted(maxBytes));
              }
            });
        return out.descriptor();
      } catch (IOException e) {
        throw StoreFiles.failure("cannot write " + file, e);
      }
    }

    /** Writes the file, and says each time how many bytes more are in it. */
    private void fill(InputStream in, LongConsumer written) {
      try (FileOutputStream out = new FileOutputStream(file.toFile());
          WriteBack writeBack = new WriteBack(out.getFD())) {
        transfer(
            in,
            out,
            more -> {
              writeBack.wrote(more);
              written.accept(more);
            });
      } catch (IOException e) {
        throw StoreFiles.failure("cannot write " + file, e);
      }
    }

    /** Makes the file, and opens it for somebody who reads what is written. */
    Arriving arriving() {
      try {
        Files.createFile(file);
        return new Arriving(file);
      } catch (IOException e) {
        throw StoreFiles.failure("cannot make " + file, e);
      }
    }

    /** Writes the file from another side; to be closed before it is published. */
    HashedOutput output() throws IOException {
      return new HashedOutput(
          new BufferedOutputStream(new FileOutputStream(file.toFile()), BUFFER));
    }

    /** Makes it the blob of this digest, which the lease holds already. */
    void publish(Digest digest) {
      checkOpen();
      try {
        try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
          out.getFD().sync();
        }
        // Its directory is synced when an image that needs it gets a name.
        Files.move(file, blobs.path(digest), StandardCopyOption.ATOMIC_MOVE);
        published = true;
      } catch (IOException e) {
        throw StoreFiles.failure("cannot write blob " + digest, e);
      }
    }

    @Override
    public void close() {
      if (!published) {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          throw StoreFiles.failure("cannot remove " + file, e);
        }
      }
    }
  }

  private static void transfer(InputStream in, OutputStream out, LongConsumer written)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
      out.write(buffer, 0, read);
      written.accept(read);
    }
  }

  /** What cannot be read is no fault of the disk's that is written to. */
  private static int read(InputStream in, byte[] buffer) {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw StoreFiles.failure("cannot read what is to be stored", e);
    }
  }

  /**
   * Lets go of what it held. What has no name by now is garbage.
   *
   * @throws ImageException if its files cannot be removed; it is closed all the same
   */
  @Override
  public void close() {
    closed = true;
    try {
      StoreFiles.remove(own.directory());
    } catch (IOException e) {
      throw StoreFiles.failure("cannot remove " + own.directory(), e);
    } finally {
      release();
    }
  }

  private void release() {
    try {
      own.lock().close();
    } catch (IOException e) {
      throw StoreFiles.failure("cannot close the lock of " + own.directory(), e);
    }
  }
}
