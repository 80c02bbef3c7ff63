package io.jcontainer.linux.image;

import io.jcontainer.images.InvalidImageException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done with a layer when all of it is written and the layers below are there. It is
 * in a file, so that no archive takes more memory than others; most layers have none.
 */
final class Pending implements AutoCloseable {
  /**
   * What 2,000,000 entries with names of 200 bytes take; a layer's names can be 20 times as long.
   */
  private static final int MOST_BYTES = 512 << 20;

  private final Path file;
  private final int mostBytes;
  private @Nullable OutputStream raw;
  private @Nullable DataOutputStream out;

  Pending(Path file) {
    this(file, MOST_BYTES);
  }

  Pending(Path file, int mostBytes) {
    this.file = file;
    this.mostBytes = mostBytes;
  }

  /** What is called for each of them, in the order in which they were added. */
  interface Visitor {
    /** A directory that no entry has named, unless one has done so later. */
    void implied(String path);

    /** A whiteout, unless something else has taken its place. */
    void whiteout(String path);

    /**
     * A file of another owner than its writer, or with a capability.
     *
     * @param mode type and permissions
     * @param capability the attribute security.capability, or empty
     */
    void owner(
        String path, long uid, long gid, int mode, long seconds, int nanos, String capability);
  }

  void implied(String path) throws IOException {
    begin('I', path);
  }

  void whiteout(String path) throws IOException {
    begin('W', path);
  }

  void owner(String path, long uid, long gid, int mode, long seconds, int nanos, String capability)
      throws IOException {
    DataOutputStream to = begin('O', path);
    to.writeLong(uid);
    to.writeLong(gid);
    to.writeInt(mode);
    to.writeLong(seconds);
    to.writeInt(nanos);
    text(to, capability);
  }

  private DataOutputStream begin(char kind, String path) throws IOException {
    if (out == null) {
      raw = Files.newOutputStream(file);
      out = new DataOutputStream(new BufferedOutputStream(raw));
    }
    if (out.size() >= mostBytes) { // which stays at its highest value, and is never negative
      throw new InvalidImageException(
          "the names of directories that no entry has, of what is removed, and of other owners' files"
              + " take more than %d bytes; no more are taken".formatted(mostBytes));
    }
    out.writeByte(kind);
    text(out, path);
    return out;
  }

  private static void text(DataOutputStream to, String latin1) throws IOException {
    to.writeInt(latin1.length());
    to.writeBytes(latin1);
  }

  boolean isEmpty() {
    return out == null;
  }

  /** Goes through all of them. */
  void visit(Visitor visitor) throws IOException {
    if (out == null) {
      return;
    }
    out.flush();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (int kind = in.read(); kind >= 0; kind = in.read()) {
        String path = text(in);
        switch (kind) {
          case 'I' -> visitor.implied(path);
          case 'W' -> visitor.whiteout(path);
          default ->
              visitor.owner(
                  path,
                  in.readLong(),
                  in.readLong(),
                  in.readInt(),
                  in.readLong(),
                  in.readInt(),
                  text(in));
        }
      }
    }
  }

  private static String text(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
      throw new EOFException();
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    OutputStream written = raw;
    raw = null;
    out = null;
    if (written != null) {
      written.close(); // what is buffered goes with the file, for which there may be no room
      Files.delete(file);
    }
  }
}
