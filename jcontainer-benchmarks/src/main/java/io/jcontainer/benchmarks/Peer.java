package io.jcontainer.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * Another program that makes containers.
 *
 * @param name the row's name
 * @param note how it was called
 * @param starter what starts it
 * @param index its command there
 */
record Peer(String name, String note, Starter starter, int index) implements Contestant {

  static Peer of(String name, String note, Starter starter, List<String> command)
      throws IOException {
    return new Peer(name, note, starter, starter.add(command));
  }

  @Override
  public String startedBy() {
    return starter.label();
  }

  @Override
  public int warmUpRounds() {
    return 20;
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    return starter.startToExit(index);
  }

  @Override
  public long manyAtOnce(int count, int atOnce) throws IOException {
    return starter.manyAtOnce(index, count, atOnce);
  }
}
