package io.jcontainer.benchmarks;

import java.io.IOException;

/**
 * A contestant that is run many times at once.
 *
 * @param one what is run
 * @param atOnce how many of it
 */
record Batch(Contestant one, int atOnce) implements Contestant {
  /** How many make a batch, whose time is measured. */
  static final int COUNT = 100;

  @Override
  public String name() {
    return one.name();
  }

  @Override
  public String startedBy() {
    return one.startedBy();
  }

  @Override
  public String note() {
    return one.note();
  }

  @Override
  public int warmUpRounds() {
    return (one.warmUpRounds() + COUNT - 1) / COUNT;
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    return one.manyAtOnce(COUNT, atOnce);
  }
}
