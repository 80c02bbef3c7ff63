package io.jcontainer.linux.cgroup;

import com.google.common.base.Splitter;
import io.jcontainer.InvalidSpecException;
import java.util.BitSet;
import java.util.List;

/** Processors or memory nodes, as the kernel lists them: {@code 0-2,4}. */
final class NumberSet {
  private static final Splitter COMMAS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final Splitter DASH = Splitter.on('-');

  private NumberSet() {}

  /**
   * Checks that all of a set is there.
   *
   * @param field of the limits
   * @param wanted the set
   * @param above what the cgroup above has
   * @throws InvalidSpecException if not
   */
  static void requireIn(String field, String wanted, String above) {
    BitSet missing = parse(wanted);
    missing.andNot(parse(above));
    if (!missing.isEmpty()) {
      throw new InvalidSpecException(
          field,
          "%s is more than there is: the cgroup above has %s"
              .formatted(wanted, above.isEmpty() ? "nothing" : above));
    }
  }

  private static BitSet parse(String text) {
    BitSet numbers = new BitSet();
    for (String part : COMMAS.split(text)) {
      List<String> ends = DASH.splitToList(part);
      int first = Integer.parseInt(ends.get(0));
      numbers.set(first, Integer.parseInt(ends.get(ends.size() - 1)) + 1);
    }
    return numbers;
  }
}
