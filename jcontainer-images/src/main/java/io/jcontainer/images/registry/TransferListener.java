package io.jcontainer.images.registry;

/**
 * Hears how a pull or a push goes on.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TransferListener {
  /**
   * Called for each event, by one thread at a time, which goes on only when this returns. What it
   * throws ends the transfer.
   *
   * @param event what happened
   */
  void on(TransferEvent event);

  /**
   * One that does not care.
   *
   * @return does nothing
   */
  static TransferListener none() {
    return event -> {};
  }
}
