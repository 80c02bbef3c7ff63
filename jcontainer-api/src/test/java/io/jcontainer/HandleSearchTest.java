package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandleSearchTest {
  private static final List<ContainerHandle> HANDLES =
      List.of(
          handle("abc123000000", "web"),
          handle("abc999000000", "abc9"),
          handle("def000000000", "abc123000001"),
          handle("0123456789ab", null));

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
  private static ContainerHandle handle(String id, @Nullable String name) {
    return (ContainerHandle)
        Proxy.newProxyInstance(
            HandleSearchTest.class.getClassLoader(),
            new Class<?>[] {ContainerHandle.class},
            (handle, method, arguments) ->
                switch (method.getName()) {
                  case "id" -> id;
                  case "name" -> Optional.ofNullable(name);
                  default -> throw new AssertionError("asked for " + method);
                });
  }
}
