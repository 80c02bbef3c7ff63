package io.jcontainer.linux.copy;

import java.io.InputStream;

/**
 * The content of an open file: as many bytes as were said, whatever becomes of it meanwhile. What
 * is not there any more is read as zeros.
 */
final class FileContent extends InputStream {
  private final TreeFiles files;
  private final int file;
  private long left;
  private byte[] chunk = new byte[0];
  private int at;
  private boolean ended;
  private boolean closed;

  FileContent(TreeFiles files, int file, long size) {
    this.files = files;
    this.file = file;
    this.left = size;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (left == 0) {
      return length == 0 ? 0 : -1;
    }
    if (at == chunk.length && !ended) {
      chunk = files.read(file);
      at = 0;
      ended = chunk.length == 0;
    }
    int count = (int) Math.min(length, left);
    if (ended) {
      java.util.Arrays.fill(target, offset, offset + count, (byte) 0);
    } else {
      count = Math.min(count, chunk.length - at);
      System.arraycopy(chunk, at, target, offset, count);
      at += count;
    }
    left -= count;
    return count;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      files.close(file);
    }
  }
}
