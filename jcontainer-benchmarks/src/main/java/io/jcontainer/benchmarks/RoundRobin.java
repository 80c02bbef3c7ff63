package io.jcontainer.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Measures contestants side by side: each once a round, so that what else the machine does meets
 * all of them alike. The order is shuffled in each round, because the kernel takes namespaces apart
 * after their end, at the cost of whoever comes next.
 */
final class RoundRobin {
  private static final long SEED = 42;

  private final List<Contestant> contestants;
  private final Random random = new Random(SEED);

  RoundRobin(List<Contestant> contestants) {
    this.contestants = contestants;
  }

  List<Row> run(int rounds) throws IOException, InterruptedException {
    int warmUp = contestants.stream().mapToInt(Contestant::warmUpRounds).max().orElse(0);
    long[][] nanos = new long[contestants.size()][rounds];
    for (int round = -warmUp; round < rounds; round++) {
      for (int i : order()) {
        Contestant contestant = contestants.get(i);
        if (round >= 0) {
          nanos[i][round] = contestant.startToExit();
        } else if (round >= -contestant.warmUpRounds()) {
          contestant.startToExit();
        }
      }
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      rows.add(Row.of(contestants.get(i), nanos[i]));
    }
    return rows;
  }

  private List<Integer> order() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < contestants.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    return order;
  }
}
