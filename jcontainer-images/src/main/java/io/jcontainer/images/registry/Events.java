package io.jcontainer.images.registry;

import io.jcontainer.images.Descriptor;
import java.util.function.LongConsumer;

/** Tells a listener, one event at a time. */
final class Events {
  private static final long EACH = 256 << 10;

  private final TransferListener listener;

  Events(TransferListener listener) {
    this.listener = listener;
  }

  synchronized void tell(TransferEvent.Step step, Descriptor blob, long bytes) {
    listener.on(new TransferEvent(step, blob, bytes));
  }

  /** Tells of progress, not too often. */
  LongConsumer progress(Descriptor blob) {
    return new LongConsumer() {
      private long told;

      @Override
      public void accept(long bytes) {
        if (bytes - told >= EACH || bytes < told) {
          told = bytes;
          tell(TransferEvent.Step.PROGRESS, blob, bytes);
        }
      }
    };
  }
}
