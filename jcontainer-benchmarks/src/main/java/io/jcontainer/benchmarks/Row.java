package io.jcontainer.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * What was measured of one contestant.
 *
 * @param name the contestant's name
 * @param startedBy who started it
 * @param note what exactly was run
 * @param nanos all samples, ascending, at least one
 */
record Row(String name, String startedBy, String note, List<Long> nanos) {

  /** Sorts a copy of the samples. */
  Row {
    nanos = nanos.stream().sorted().toList();
  }

  static Row of(Contestant contestant, long[] nanos) {
    return new Row(
        contestant.name(),
        contestant.startedBy(),
        contestant.note(),
        Arrays.stream(nanos).boxed().toList());
  }

  /** The middle sample, or the mean of the two middle ones, in microseconds. */
  double median() {
    int upper = nanos.size() / 2;
    int lower = (nanos.size() - 1) / 2;
    return (nanos.get(lower) + nanos.get(upper)) / 2e3;
  }

  double min() {
    return nanos.get(0) / 1e3;
  }

  /** The 95th percentile by nearest rank, in microseconds. */
  double p95() {
    return nanos.get((int) Math.ceil(nanos.size() * 0.95) - 1) / 1e3;
  }

  int count() {
    return nanos.size();
  }
}
