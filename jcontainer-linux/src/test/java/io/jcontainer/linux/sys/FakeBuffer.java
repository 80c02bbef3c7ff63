package io.jcontainer.linux.sys;

/** An array; says so if it is used after it was freed. */
final class FakeBuffer implements NativeBuffer {
  private final byte[] bytes;
  private final Runnable onClose;
  private boolean closed;

  FakeBuffer(int size, Runnable onClose) {
    this.bytes = new byte[size];
    this.onClose = onClose;
  }

  private byte[] open() {
    if (closed) {
      throw new AssertionError("a buffer is used after it was freed");
    }
    return bytes;
  }

  @Override
  public int size() {
    return open().length;
  }

  @Override
  public void get(byte[] target, int offset, int length) {
    System.arraycopy(open(), 0, target, offset, length);
  }

  @Override
  public void put(byte[] source, int offset, int length) {
    System.arraycopy(source, offset, open(), 0, length);
  }

  @Override
  public void close() {
    open();
    closed = true;
    onClose.run();
  }
}
