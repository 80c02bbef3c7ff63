package io.jcontainer.images;

import io.jcontainer.images.tar.ByteInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of an open file, which it leaves open. What is skipped is not read. */
final class FileInput extends ByteInput {
  private final FileChannel file;
  private final long end;
  private long position;

  /**
   * A part that need not be there in the file.
   *
   * @param size in bytes
   */
  FileInput(FileChannel file, long position, long size) {
    this.file = file;
    this.position = position;
    this.end = Math.addExact(position, size);
  }

  /** All of a file. */
  static FileInput of(FileChannel file) throws IOException {
    return new FileInput(file, 0, file.size());
  }

  /** Where it is in the file. */
  long position() {
    return position;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int most = (int) Math.min(length, end - position);
    if (most == 0) {
      return -1;
    }
    int read = file.read(ByteBuffer.wrap(buffer, offset, most), position);
    if (read > 0) {
      position += read;
    }
    return read;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, end - position));
    position += skipped;
    return skipped;
  }
}
