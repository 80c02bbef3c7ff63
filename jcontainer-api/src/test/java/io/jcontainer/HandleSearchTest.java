package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandleSearchTest {
  private static final List<ContainerHandle> HANDLES =
      List.of(
          new Fake("abc123000000", "web"),
          new Fake("abc999000000", "abc9"),
          new Fake("def000000000", "abc123000001"),
          new Fake("0123456789ab", null));

  private static Optional<String> find(String word) {
    return HandleSearch.find(HANDLES, word).map(ContainerHandle::id);
  }

  @Test
  void a_whole_id_is_found() {
    assertThat(find("abc123000000")).contains("abc123000000");
  }

  @Test
  void a_name_is_found() {
    assertThat(find("web")).contains("abc123000000");
    assertThat(find("abc123000001")).contains("def000000000");
  }

  @Test
  void the_beginning_of_an_id_is_found_from_three_digits_on() {
    assertThat(find("def")).contains("def000000000");
    assertThat(find("de")).isEmpty();
    assertThat(find("")).isEmpty();
  }

  @Test
  void a_name_goes_before_the_beginning_of_an_id() {
    assertThat(find("abc9")).contains("abc999000000");
  }

  @Test
  void what_several_ids_begin_with_is_refused_with_all_of_them() {
    assertThatThrownBy(() -> find("abc"))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("container: \"abc\" may mean abc123000000 or abc999000000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "abc1230000001", "ABC123000000", "we"})
  void another_word_means_none(String word) {
    assertThat(find(word)).isEmpty();
  }

  /** Knows its names only: a search that asks for more fails. */
  private record Fake(String id, @org.jspecify.annotations.Nullable String called)
      implements ContainerHandle {
    @Override
    public Optional<String> name() {
      return Optional.ofNullable(called);
    }

    @Override
    public long pid() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> command() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Instant startedAt() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long ownerPid() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isAlive() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void signal(Signal signal) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void stop(Duration grace) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void kill() {
      throw new UnsupportedOperationException();
    }

    @Override
    public ContainerProcess exec(ProcessSpec process) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void copyTo(Path source, String target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void copyFrom(String source, Path target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Change> changes() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void diff(OutputStream layer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Image commit(CommitOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void export(OutputStream tar) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void update(CgroupLimits limits) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ContainerStats stats() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Flow.Publisher<ContainerStats> stats(Duration every) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Flow.Publisher<ContainerEvent> events() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void pause() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void resume() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isPaused() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> unenforced() {
      throw new UnsupportedOperationException();
    }
  }
}
