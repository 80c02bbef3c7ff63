package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.jcontainer.fixtures.FakeRegistry;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags and repositories, page by page. */
class ListingTest extends RegistryTestBase {

  private static void link(HttpExchange exchange, String link) {
    exchange.getResponseHeaders().set("Link", link);
  }

  private List<String> tags() {
    return registry.tags(name("a/b"));
  }

  @Test
  void pages_are_followed_to_the_last() {
    fake.on(
        "/v2/a/b/tags/list",
        (exchange, request) -> {
          if (request.query().isEmpty()) {
            link(exchange, "</v2/a/b/tags/list?last=2&n=2>; rel=\"next\"");
            return FakeRegistry.answer(
                exchange, "application/json", "{\"name\":\"a/b\",\"tags\":[\"1\",\"2\"]}");
          }
          return FakeRegistry.answer(exchange, "application/json", "{\"tags\":[\"3\"]}");
        });

    assertThat(tags()).containsExactly("1", "2", "3");
  }

  @Test
  void a_repository_without_tags_has_none() {
    fake.on(
        "/tags/",
        (exchange, request) ->
            FakeRegistry.answer(exchange, "application/json", "{\"name\":\"a/b\",\"tags\":null}"));

    assertThat(tags()).isEmpty();
  }

  @Test
  void repositories_are_listed() {
    fake.on(
        "/v2/_catalog",
        (exchange, request) ->
            FakeRegistry.answer(
                exchange, "application/json", "{\"repositories\":[\"a/b\",\"c\"]}"));

    assertThat(registry.catalog(fake.host())).containsExactly("a/b", "c");
  }

  @Test
  void a_list_that_goes_round_in_a_circle_is_refused() {
    fake.on(
        "/tags/",
        (exchange, request) -> {
          link(exchange, "<?last=1>;rel=next");
          return FakeRegistry.answer(exchange, "application/json", "{\"tags\":[\"1\"]}");
        });

    assertThatThrownBy(this::tags)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("the list does not end");
    assertThat(fake.requests).hasSize(2);
  }

  @Test
  void a_list_that_goes_on_and_on_is_refused() {
    fake.on(
        "/tags/",
        (exchange, request) -> {
          link(exchange, "<?last=%d>; rel=next".formatted(fake.requests.size()));
          return FakeRegistry.answer(exchange, "application/json", "{\"tags\":[\"1\"]}");
        });

    assertThatThrownBy(this::tags).hasMessageContaining("the list does not end: 2001 pages");
  }

  @Test
  void a_list_of_too_many_entries_is_refused() {
    fake.on(
        "/tags/",
        (exchange, request) -> {
          int page = fake.requests.size();
          link(exchange, "<?last=%d>; rel=next".formatted(page));
          String tags =
              IntStream.range(0, 90_000)
                  .mapToObj(i -> "\"" + page + "-" + i + "\"")
                  .collect(Collectors.joining(","));
          return FakeRegistry.answer(exchange, "application/json", "{\"tags\":[" + tags + "]}");
        });

    assertThatThrownBy(this::tags)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("the list does not end: 4 pages, 270000 entries");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<http://example.org/x>; rel=\"next\"",
        "<http://127.0.0.1:1/x>; rel=\"next\"",
        "<http://169.254.169.254/x>; rel=\"next\""
      })
  void a_list_that_goes_on_at_another_host_is_refused(String link) {
    fake.on(
        "/tags/",
        (exchange, request) -> {
          link(exchange, link);
          return FakeRegistry.answer(exchange, "application/json", "{\"tags\":[\"1\"]}");
        });

    assertThatThrownBy(this::tags)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("which is another host");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html></html>", "{\"tags\":[1]}", "[]", "{\"tags\":[\"a b\"]}"})
  void what_is_no_list_of_tags_is_refused(String body) {
    fake.on("/tags/", (exchange, request) -> FakeRegistry.answer(exchange, "text/html", body));

    assertThatThrownBy(this::tags).isInstanceOf(RegistryException.class);
  }

  @Test
  void what_is_not_told_is_an_error() {
    assertThatThrownBy(() -> registry.catalog(fake.host()))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("404 UNSUPPORTED");
  }
}
