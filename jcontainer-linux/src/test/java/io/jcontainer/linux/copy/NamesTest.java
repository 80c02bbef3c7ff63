package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The names in a directory, which may be many. */
class NamesTest {

  private static Names names(List<String> latin1) {
    Names names = new Names(HeapShare.all());
    latin1.forEach(name -> names.add(new FileName(name)));
    return names.sorted();
  }

  private static List<String> all(Names names) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      all.add(names.get(i).latin1());
    }
    return all;
  }

  @Test
  void they_are_in_the_order_of_their_bytes() {
    assertThat(all(names(List.of("b", "\u00ff", "a.b", "a", "ab", "A", "a\n"))))
        .containsExactly("A", "a", "a\n", "a.b", "ab", "b", "\u00ff");
  }

  @Test
  void any_number_of_them_is_sorted_and_each_is_there_once() {
    Random random = new Random(7);
    for (int size = 0; size < 70; size++) {
      List<String> some = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        some.add(Integer.toString(random.nextInt(50)));
      }
      assertThat(all(names(some))).containsExactlyElementsOf(new TreeSet<>(some));
    }
  }

  @Test
  void a_million_takes_little() {
    int million = 1_000_000;
    List<Integer> numbers = new ArrayList<>(million);
    for (int i = 0; i < million; i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, new Random(1));
    Names names = new Names(HeapShare.all());
    numbers.forEach(number -> names.add(new FileName("%07d".formatted(number))));

    names.sorted();

    assertThat(names.size()).isEqualTo(million);
    assertThat(names.get(0).latin1()).isEqualTo("0000000");
    assertThat(names.get(million - 1).latin1()).isEqualTo("0999999");
  }

  @Test
  void those_of_two_directories_become_one() {
    Names one = names(List.of("a", "c"));
    one.add(names(List.of("b", "c")));

    assertThat(all(one.sorted())).containsExactly("a", "b", "c");
  }
}
