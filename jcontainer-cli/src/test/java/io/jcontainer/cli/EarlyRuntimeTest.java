package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.HostUnsupportedException;
import org.junit.jupiter.api.Test;

class EarlyRuntimeTest {

  @Test
  void it_is_the_one_that_was_made() {
    FakeRuntime made = new FakeRuntime();

    assertThat(EarlyRuntime.begin(() -> made).get()).isSameAs(made);
  }

  @Test
  void what_its_maker_throws_comes_when_it_is_wanted() {
    HostUnsupportedException failure = new HostUnsupportedException("all", "nothing works", null);
    EarlyRuntime early =
        EarlyRuntime.begin(
            () -> {
              throw failure;
            });

    assertThatThrownBy(early::get).isSameAs(failure);
    assertThatThrownBy(
            EarlyRuntime.begin(
                    () -> {
                      throw new LinkageError("no library");
                    })
                ::get)
        .isInstanceOf(LinkageError.class);
  }
}
