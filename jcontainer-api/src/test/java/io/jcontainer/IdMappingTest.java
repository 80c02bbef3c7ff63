package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.IdMapping.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdMappingTest {
  private static final List<Range> ROOT = List.of(new Range(0, 100_000, 1));

  @ParameterizedTest
  @CsvSource({
    "0, 0, 4294967295",
    "4294967294, 0, 1",
    "0, 4294967294, 1",
    "4294967290, 4294967290, 5",
    "1, 0, 4294967294",
  })
  void every_id_from_0_to_2_32_minus_2_can_be_mapped(long inside, long outside, long size) {
    assertThatCode(() -> new Range(inside, outside, size)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "4294967295, 0, 1", // (uid_t) -1 is no id
    "0, 4294967295, 1",
    "0, 0, 4294967296",
    "1, 0, 4294967295",
    "0, 1, 4294967295",
    "4294967294, 0, 2",
    "-1, 0, 1",
    "0, -1, 1",
    "0, 0, 0",
    "0, 0, -1",
    "0, 0, 9223372036854775807",
    "9223372036854775807, 0, 1",
    "0, 9223372036854775807, 9223372036854775807",
  })
  void an_empty_range_and_one_beyond_the_ids_is_refused(long inside, long outside, long size) {
    assertThatThrownBy(() -> new Range(inside, outside, size))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("ids"))
        .hasMessageContaining(inside + " " + outside + " " + size);
  }

  @Test
  void a_range_prints_as_a_line_of_a_map_file() {
    assertThat(new Range(1, 100_000, 65_536)).hasToString("1 100000 65536");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 10, 9, 200, 1", // inside
    "0, 100, 10, 0, 200, 1",
    "5, 100, 10, 0, 200, 6",
    "0, 100, 10, 20, 109, 1", // outside
    "0, 100, 10, 20, 100, 1",
    "0, 100, 10, 20, 91, 10",
    "0, 100, 10, 20, 50, 100",
    "0, 100, 10, 0, 100, 10",
  })
  void ranges_that_overlap_inside_or_outside_are_refused(
      long inside, long outside, long size, long inside2, long outside2, long size2) {
    List<Range> ranges =
        List.of(new Range(inside, outside, size), new Range(inside2, outside2, size2));

    assertThatThrownBy(() -> new IdMapping(ranges, ROOT))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("uids ranges \"" + ranges.get(0) + "\" and \"" + ranges.get(1));
    assertThatThrownBy(() -> new IdMapping(ROOT, ranges))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("gids");
  }

  @Test
  void an_overlap_is_found_wherever_it_stands() {
    List<Range> ranges =
        List.of(new Range(0, 1000, 1), new Range(10, 5000, 10), new Range(1, 5009, 1));

    assertThatThrownBy(() -> new IdMapping(ranges, ROOT)).isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void ranges_may_touch() {
    List<Range> ranges = List.of(new Range(0, 100, 10), new Range(10, 90, 10));

    assertThat(new IdMapping(ranges, ROOT).uids()).isEqualTo(ranges);
  }

  @Test
  void users_and_groups_do_not_overlap_with_each_other() {
    assertThat(new IdMapping(ROOT, ROOT).gids()).isEqualTo(ROOT);
  }

  @Test
  void a_map_has_1_to_340_lines_as_the_kernel_takes_them() {
    assertThatCode(() -> new IdMapping(single(340), single(340))).doesNotThrowAnyException();
    assertThatThrownBy(() -> new IdMapping(single(341), ROOT)).hasMessageContaining("not 341");
    assertThatThrownBy(() -> new IdMapping(ROOT, single(341))).hasMessageContaining("gids");
    assertThatThrownBy(() -> new IdMapping(List.of(), ROOT)).hasMessageContaining("uids");
    assertThatThrownBy(() -> new IdMapping(ROOT, List.of()))
        .isInstanceOf(InvalidSpecException.class);
  }

  private static List<Range> single(int count) {
    return LongStream.range(0, count).mapToObj(id -> new Range(id, id, 1)).toList();
  }

  @Test
  void a_mapping_keeps_what_it_was_given() {
    List<Range> ranges = new ArrayList<>(ROOT);
    IdMapping mapping = new IdMapping(ranges, ranges);
    ranges.clear();

    assertThat(mapping.uids()).isEqualTo(ROOT);
    assertThat(mapping.gids()).isEqualTo(ROOT);
  }

  @Test
  void one_range_maps_users_and_groups_from_0() {
    assertThat(IdMapping.range(100_000, 65_536))
        .isEqualTo(
            new IdMapping(
                List.of(new Range(0, 100_000, 65_536)), List.of(new Range(0, 100_000, 65_536))));
  }
}
