package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plain directories in the place of cgroups: what is there is what the pool has. */
class CgroupPoolTest {
  private static final int SIZE = 8;
  private static final CgroupLimits SOME = CgroupLimits.builder().memory("64m").build();
  private static final CgroupLimits OTHERS = CgroupLimits.builder().pids(7).build();

  @TempDir Path directory;
  private final List<String> made = new ArrayList<>();
  private final List<Cgroup> taken = new ArrayList<>();
  private int ids;
  private long now;
  private @Nullable RuntimeException refusal;
  private boolean onlyLimited;

  private CgroupPool pool(int size) {
    return new CgroupPool(this::make, size, () -> "id" + ++ids, () -> now);
  }

  private Cgroup make(String id, Optional<CgroupLimits> limits, Optional<Cgroup> plain) {
    made.add(id + (limits.isPresent() ? " limited" : "") + (plain.isPresent() ? " later" : ""));
    if (refusal != null && (limits.isPresent() || !onlyLimited)) {
      plain.ifPresent(Cgroup::remove);
      throw refusal;
    }
    Path path = directory.resolve(id);
    if (plain.isEmpty()) {
      try {
        Files.createDirectory(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new Cgroup(
        new JnaKernel(), id, List.of(new CgroupDirectory(Version.V1, Set.of(), path)));
  }

  private List<String> there() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** What a start does, and what it has got: null if nothing was ready. */
  private @Nullable CgroupLimits start(CgroupPool pool, CgroupLimits limits) {
    Optional<CgroupPool.Entry> entry = pool.take(pool.reserve(limits), limits);
    entry.ifPresent(each -> taken.add(each.group()));
    pool.refill();
    return entry.map(CgroupPool.Entry::limits).orElse(null);
  }

  private static List<Integer> times(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void nothing_is_made_before_a_refill_and_then_as_many_as_it_keeps() throws IOException {
    CgroupPool pool = pool(SIZE);
    assertThat(there()).isEmpty();

    start(pool, SOME);

    assertThat(there()).hasSize(SIZE);
    assertThat(pool.look().ready()).isEqualTo(SIZE);
    assertThat(pool.look().missed()).isEqualTo(1);
    assertThat(made).noneMatch(each -> each.endsWith("limited"));
  }

  @Test
  void limits_that_come_twice_in_a_row_are_written_in_advance_into_what_is_there() {
    CgroupPool pool = pool(SIZE);
    start(pool, SOME);
    made.clear();

    start(pool, SOME);

    assertThat(made).filteredOn(each -> each.endsWith("limited later")).hasSize(5);
    assertThat(made).filteredOn(each -> each.endsWith("limited")).hasSize(1);
    assertThat(pool.look().ready()).isEqualTo(SIZE);
    times(20).forEach(i -> assertThat(start(pool, SOME)).isEqualTo(SOME));
  }

  @Test
  void other_limits_get_one_without_any_and_do_not_disturb_those() {
    CgroupPool pool = pool(SIZE);
    times(3).forEach(i -> start(pool, SOME));

    assertThat(start(pool, OTHERS)).isNull();
    assertThat(pool.look().used()).isEqualTo(3);
    times(3).forEach(i -> assertThat(start(pool, SOME)).isEqualTo(SOME));
    assertThat(pool.look().missed()).isEqualTo(1);
  }

  @Test
  void limits_that_are_not_asked_for_any_more_make_room() throws IOException {
    CgroupPool pool = pool(SIZE);
    times(3).forEach(i -> start(pool, SOME));
    times(3).forEach(i -> start(pool, OTHERS));

    times(10).forEach(i -> assertThat(start(pool, OTHERS)).isEqualTo(OTHERS));
    taken.forEach(Cgroup::remove);
    assertThat(there()).hasSize(pool.look().ready()).hasSizeLessThanOrEqualTo(SIZE);
  }

  @Test
  void limits_that_differ_each_time_get_those_without_any() {
    CgroupPool pool = pool(SIZE);
    start(pool, SOME);
    for (int pids = 1; pids <= 20; pids++) {
      start(pool, CgroupLimits.builder().pids(pids).build());
    }
    assertThat(pool.look().missed()).isEqualTo(1);
    assertThat(made).noneMatch(each -> each.contains("limited"));
  }

  @Test
  void what_was_not_started_is_there_for_another() {
    CgroupPool pool = pool(SIZE);
    start(pool, SOME);
    String id = pool.reserve(SOME);
    assertThat(pool.look().ready()).isEqualTo(SIZE - 1);

    pool.withdraw(id);

    assertThat(pool.look().ready()).isEqualTo(SIZE);
    pool.withdraw("another");
    assertThat(pool.look().ready()).isEqualTo(SIZE);
  }

  @Test
  void one_that_somebody_has_removed_is_not_given_away() throws IOException {
    CgroupPool pool = pool(SIZE);
    start(pool, SOME);
    for (String id : there()) {
      Files.delete(directory.resolve(id));
    }
    assertThat(pool.take(pool.reserve(SOME), SOME)).isEmpty();
  }

  @Test
  void a_failure_is_told_and_tried_again_after_a_while() {
    CgroupPool pool = pool(SIZE);
    refusal = new ContainerException("no room", null);
    start(pool, SOME);
    assertThat(pool.look().failure()).contains("no room");
    made.clear();

    now += Duration.ofSeconds(9).toNanos();
    start(pool, OTHERS);
    assertThat(made).isEmpty();

    refusal = null;
    now += Duration.ofSeconds(2).toNanos();
    start(pool, OTHERS);
    assertThat(pool.look().failure()).isEmpty();
    assertThat(pool.look().ready()).isEqualTo(SIZE);
  }

  @Test
  void limits_that_cannot_be_are_the_failure_of_their_starts_alone() throws IOException {
    CgroupPool pool = pool(SIZE);
    start(pool, SOME);
    refusal = new ContainerException("not enforced", null);
    onlyLimited = true;

    start(pool, SOME);

    assertThat(pool.look().failure()).isEmpty();
    assertThat(pool.look().ready()).isEqualTo(SIZE);
    assertThat(made).filteredOn(each -> each.contains("limited")).hasSize(1);
    assertThat(start(pool, OTHERS)).isNull();
    taken.forEach(Cgroup::remove);
    assertThat(there()).hasSize(pool.look().ready());
  }

  @Test
  void without_a_size_nothing_is_made_or_counted() throws IOException {
    CgroupPool pool = pool(0);
    start(pool, SOME);
    start(pool, SOME);
    assertThat(there()).isEmpty();
    assertThat(pool.look().missed()).isZero();
  }

  @Test
  void close_removes_what_nobody_has_got_and_no_more_is_made() throws IOException {
    CgroupPool pool = pool(SIZE);
    times(3).forEach(i -> start(pool, SOME));
    pool.reserve(SOME);

    pool.close();

    assertThat(there()).hasSameSizeAs(taken);
    pool.refill();
    assertThat(there()).hasSameSizeAs(taken);
  }
}
