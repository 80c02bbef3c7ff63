package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials go to whom they are for, and no further. */
class AccessTest extends RegistryTestBase {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 4, 1000);
  private static final Credentials ANNA = Credentials.of("anna", "password");
  private static final String BASIC =
      "Basic "
          + Base64.getEncoder().encodeToString("anna:password".getBytes(StandardCharsets.UTF_8));

  @BeforeEach
  void put() {
    IMAGE.putInto(fake, "a", "1");
  }

  private Registry anna() {
    return client(options().withCredentials(fake.host(), ANNA));
  }

  /** Wants this header, and otherwise says what it wants. */
  private static void wants(FakeRegistry registry, String header, String challenge) {
    registry.on(
        "/v2/",
        (exchange, request) -> {
          if (request.header("Authorization").filter(header::equals).isPresent()) {
            return false;
          }
          exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
          FakeRegistry.error(exchange, 401, "UNAUTHORIZED");
          return true;
        });
  }

  private static String bearer(String realm) {
    return "Bearer realm=\"%s\",service=\"the, service\",scope=\"nonsense\"".formatted(realm);
  }

  private static void givesToken(FakeRegistry registry, String json) {
    registry.on(
        "/token", (exchange, request) -> FakeRegistry.answer(exchange, "application/json", json));
  }

  @Test
  void a_name_and_a_password_are_sent_when_they_are_asked_for() {
    wants(fake, BASIC, "Basic realm=\"x\"");

    pull(anna(), "a:1");

    assertThat(fake.requests.get(0).header("Authorization")).isEmpty();
    assertThat(fake.requests.subList(1, fake.requests.size()))
        .hasSize(6)
        .allMatch(request -> request.header("Authorization").filter(BASIC::equals).isPresent());
  }

  @Test
  void a_wrong_password_is_told_and_tried_once() {
    wants(fake, "Basic other", "Basic realm=\"x\"");

    assertThatThrownBy(() -> pull(anna(), "a:1"))
        .isInstanceOf(RegistryAccessException.class)
        .hasMessageContaining("401 UNAUTHORIZED")
        .hasMessageNotContaining("password");
    assertThat(fake.requests).hasSize(2);
    untouched();
  }

  @Test
  void a_registry_that_wants_credentials_of_somebody_who_has_none_says_so() {
    wants(fake, BASIC, "Basic realm=\"x\"");

    assertThatThrownBy(() -> pull("a:1")).isInstanceOf(RegistryAccessException.class);
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void a_token_is_had_once_for_all_of_a_pull() {
    FakeRegistry tokens = another();
    givesToken(tokens, "{\"token\":\"secret\",\"expires_in\":300}");
    wants(fake, "Bearer secret", bearer(tokens.url("/token?x=y")));

    pull("a:1");
    pull("a:1");

    assertThat(tokens.seen())
        .containsExactly("GET /token?x=y&service=the%2C+service&scope=repository%3Aa%3Apull");
    assertThat(tokens.sawCredentials()).isFalse();
  }

  @Test
  void a_token_that_breaks_is_asked_for_again() {
    FakeRegistry tokens = another();
    String json = "{\"token\":\"secret\"}";
    givesToken(tokens, json);
    AtomicInteger count = new AtomicInteger();
    tokens.on(
        "/token",
        (exchange, request) -> {
          boolean breaks = count.incrementAndGet() == 1;
          if (breaks) {
            FakeRegistry.breakOff(exchange, json.getBytes(StandardCharsets.UTF_8), 5);
          }
          return breaks;
        });
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    pull("a:1");

    assertThat(count).hasValue(2);
  }

  @Test
  void a_token_that_has_ended_is_had_again() {
    FakeRegistry tokens = another();
    givesToken(tokens, "{\"access_token\":\"secret\",\"expires_in\":1}");
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    pull("a:1");

    assertThat(tokens.requests.size()).isGreaterThan(1);
  }

  @Test
  void a_name_and_a_password_are_shown_for_a_token_but_not_to_the_registry() {
    FakeRegistry tokens = another();
    givesToken(tokens, "{\"token\":\"secret\"}");
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    pull(anna(), "a:1");

    assertThat(tokens.requests.get(0).header("Authorization")).contains(BASIC);
    assertThat(fake.requests)
        .noneMatch(request -> request.header("Authorization").filter(BASIC::equals).isPresent());
  }

  @Test
  void an_identity_token_is_sent_in_a_form() {
    FakeRegistry tokens = another();
    String[] form = new String[1];
    tokens.on(
        "/token",
        (exchange, request) -> {
          form[0] = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          return FakeRegistry.answer(exchange, "application/json", "{\"access_token\":\"secret\"}");
        });
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    pull(client(options().withCredentials(fake.host(), Credentials.identityToken("id"))), "a:1");

    assertThat(tokens.seen()).containsExactly("POST /token");
    assertThat(form[0]).contains("grant_type=refresh_token").contains("refresh_token=id");
    assertThat(tokens.sawCredentials()).isFalse();
  }

  @Test
  void who_gives_no_token_is_named_with_as_whom_it_was_asked() {
    FakeRegistry tokens = another();
    tokens.on(
        "/token",
        (exchange, request) -> {
          FakeRegistry.error(exchange, 401, "DENIED");
          return true;
        });
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    assertThatThrownBy(() -> pull(anna(), "a:1"))
        .isInstanceOf(RegistryAccessException.class)
        .hasMessageContaining("gives no token as user anna")
        .hasMessageContaining("DENIED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html></html>",
        "{}",
        "{\"token\":\"with a space\"}",
        "{\"token\":\"x\\r\\nHost: y\"}",
        "[]"
      })
  void a_token_that_is_none_is_an_error(String answer) {
    FakeRegistry tokens = another();
    givesToken(tokens, answer);
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.org/token",
        "http://192.0.2.1/token",
        "https://169.254.169.254/token",
        "https://[fe80::1]/token",
        "https://user@example.org/token",
        "file:///etc/passwd",
        "ftp://127.0.0.1/token",
        "//"
      })
  void who_would_read_credentials_is_not_asked_for_a_token(String realm) {
    wants(fake, "Bearer secret", bearer(realm));

    assertThatThrownBy(() -> pull(anna(), "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("leads to");
    assertThat(fake.sawCredentials()).isFalse();
  }

  @Test
  void credentials_stay_behind_where_a_redirect_leads_to_another_host() {
    FakeRegistry elsewhere = another();
    IMAGE.putInto(elsewhere, "a", "1");
    wants(fake, BASIC, "Basic realm=\"x\"");
    fake.on(
        "/blobs/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Location", elsewhere.url(request.path()));
          FakeRegistry.answer(exchange, 307, "text/plain", new byte[0]);
          return true;
        });

    pull(anna(), "a:1");

    assertThat(elsewhere.requests).hasSize(5);
    assertThat(elsewhere.sawCredentials()).isFalse();
  }

  @Test
  void credentials_stay_behind_where_another_host_leads_back() {
    FakeRegistry elsewhere = another();
    elsewhere.on(
        "/v2/a/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Location", fake.url("/back"));
          FakeRegistry.answer(exchange, 307, "text/plain", new byte[0]);
          return true;
        });
    fake.redirect("/manifests/", elsewhere.url("/v2/a/manifests/1"));
    wants(fake, BASIC, "Basic realm=\"x\"");

    assertThatThrownBy(() -> pull(anna(), "a:1")).isInstanceOf(RuntimeException.class);

    assertThat(fake.requests)
        .filteredOn(request -> request.path().equals("/back"))
        .isNotEmpty()
        .allMatch(request -> request.header("Authorization").isEmpty());
  }

  @Test
  void who_is_redirected_to_and_wants_credentials_gets_none() {
    FakeRegistry elsewhere = another();
    wants(elsewhere, BASIC, "Basic realm=\"x\"");
    wants(fake, BASIC, "Basic realm=\"x\"");
    fake.redirect("/blobs/", elsewhere.url("/v2/x"));

    assertThatThrownBy(() -> pull(anna(), "a:1")).isInstanceOf(RegistryAccessException.class);
    assertThat(elsewhere.sawCredentials()).isFalse();
  }

  @Test
  void credentials_go_along_where_a_redirect_stays_at_the_registry() {
    wants(fake, BASIC, "Basic realm=\"x\"");
    fake.on(
        "/v2/a/blobs/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Location", request.path().replace("/a/", "/b/"));
          FakeRegistry.answer(exchange, 302, "text/plain", new byte[0]);
          return true;
        });

    pull(anna(), "a:1");

    assertThat(fake.seen()).anyMatch(text -> text.contains("/v2/b/blobs/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0:1/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:x@127.0.0.1/",
        "http:///x",
        "http://a b/"
      })
  void where_no_redirect_may_lead(String location) {
    fake.redirect("/manifests/", location);

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("leads to");
    untouched();
  }

  @Test
  void redirects_have_an_end() {
    fake.redirect("/manifests/", "/v2/a/manifests/1");

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("more than 5 redirects");
    assertThat(fake.requests).hasSize(6);
  }

  @Test
  void a_mirror_is_asked_first_and_gets_only_its_own_credentials() {
    FakeRegistry mirror = another();
    IMAGE.putInto(mirror, "hub/a", "1");
    Registry client =
        client(
            options()
                .withCredentials("registry.invalid", ANNA)
                .withPlainHttp("registry.invalid")
                .withMirror("registry.invalid", mirror.host() + "/hub"));
    wants(mirror, "Bearer x", "Basic realm=\"x\"");

    assertThatThrownBy(
            () ->
                client.pull(
                    ImageReference.parse("registry.invalid/a:1"),
                    FakeImage.AMD64,
                    store,
                    events::add))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("registry.invalid");
    assertThat(mirror.seen()).containsExactly("GET /v2/hub/a/manifests/1");
    assertThat(mirror.sawCredentials()).isFalse();
  }

  @Test
  void a_mirror_that_has_the_image_is_the_only_one_that_is_asked() {
    FakeRegistry mirror = another();
    IMAGE.putInto(mirror, "a", "1");

    pull(client(options().withMirror(fake.host(), mirror.host())), "a:1");

    assertThat(fake.requests).isEmpty();
    assertThat(store.find(name("a:1"))).contains(IMAGE.descriptor());
  }

  @Test
  void where_a_mirror_has_less_the_registry_is_asked() {
    FakeRegistry empty = another();
    FakeRegistry mirror = another();
    IMAGE.putInto(mirror, "a", "1");
    String missing = IMAGE.layer(2).digest().toString();
    mirror.blobs.remove(missing);

    pull(
        client(
            options().withMirror(fake.host(), empty.host()).withMirror(fake.host(), mirror.host())),
        "a:1");

    assertThat(empty.seen()).containsExactly("GET /v2/a/manifests/1");
    assertThat(fake.seen()).containsExactly("GET /v2/a/blobs/" + missing);
  }

  @Test
  void a_mirror_that_lies_about_a_manifest_is_passed_over() {
    FakeRegistry mirror = another();
    mirror.manifest("a", "1", "text/html", IMAGE.manifest());

    pull(client(options().withMirror(fake.host(), mirror.host())), "a:1");

    assertThat(mirror.requests).hasSize(1);
    assertThat(store.find(name("a:1"))).contains(IMAGE.descriptor());
  }

  @Test
  void a_login_says_whether_credentials_are_good_and_uses_them() {
    wants(fake, BASIC, "Basic realm=\"x\"");

    assertThatThrownBy(() -> registry.login(fake.host(), Credentials.of("eve", "x")))
        .isInstanceOf(RegistryAccessException.class);
    registry.login(fake.host(), ANNA);

    pull("a:1");
    assertThat(fake.seen()).startsWith("GET /v2/", "GET /v2/", "GET /v2/");
  }

  /** What was good for somebody else says nothing of a password. */
  @Test
  void a_login_shows_its_own_credentials_and_not_those_of_before() {
    wants(fake, BASIC, "Basic realm=\"x\"");
    Registry anna = anna();
    pull(anna, "a:1");

    assertThatThrownBy(() -> anna.login(fake.host(), Credentials.of("eve", "x")))
        .isInstanceOf(RegistryAccessException.class);
  }

  @Test
  void a_login_by_a_token_needs_one() {
    FakeRegistry tokens = another();
    tokens.on(
        "/token",
        (exchange, request) -> {
          if (request.header("Authorization").filter(BASIC::equals).isPresent()) {
            return FakeRegistry.answer(exchange, "application/json", "{\"token\":\"secret\"}");
          }
          FakeRegistry.error(exchange, 401, "DENIED");
          return true;
        });
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    assertThatThrownBy(() -> registry.login(fake.host(), Credentials.of("eve", "x")))
        .isInstanceOf(RegistryAccessException.class)
        .hasMessageContaining("as user eve");
    registry.login(fake.host(), ANNA);
  }

  @Test
  void secrets_are_in_no_text() {
    assertThat(ANNA).hasToString("user anna");
    assertThat(Credentials.identityToken("id")).hasToString("an identity token");
    assertThat(List.of(ANNA).toString()).doesNotContain("password");
  }

  /** Has a handler wait for a test, or be slow. */
  private static void await(CountDownLatch latch, Duration most) throws IOException {
    try {
      latch.await(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void who_gives_no_token_keeps_no_other_registry_waiting_and_nobody_who_is_interrupted()
      throws Exception {
    FakeRegistry tokens = another();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    tokens.on(
        "/token",
        (exchange, request) -> {
          asked.countDown();
          await(answer, Duration.ofMinutes(1));
          return FakeRegistry.answer(exchange, "application/json", "{\"token\":\"secret\"}");
        });
    CountDownLatch refused = new CountDownLatch(2);
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));
    fake.on(
        (exchange, request) -> {
          refused.countDown();
          return false;
        });
    FakeRegistry other = another();
    IMAGE.putInto(other, "b", "1");
    wants(other, BASIC, "Basic realm=\"x\"");
    Registry client = client(options().withCredentials(other.host(), ANNA));

    FutureTask<StoredImage> first = new FutureTask<>(() -> pull(client, "a:1"));
    FutureTask<StoredImage> second = new FutureTask<>(() -> pull(client, "a:1"));
    Thread waiting = new Thread(second);
    try {
      new Thread(first).start();
      asked.await();
      client.pull(ImageReference.parse(other.host() + "/b:1"), FakeImage.AMD64, store, events::add);

      assertThat(first).isNotDone();

      waiting.start();
      refused.await();
      waiting.interrupt();
      assertThatThrownBy(second::get).hasCauseInstanceOf(ContainerInterruptedException.class);
    } finally {
      answer.countDown();
    }
    assertThat(first.get().target()).isEqualTo(IMAGE.descriptor());
  }

  @Test
  void a_token_may_not_be_of_any_length() {
    FakeRegistry tokens = another();
    givesToken(tokens, "{\"token\":\"secret\"}" + " ".repeat(64 << 10));
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));

    assertThatThrownBy(() -> pull("a:1")).hasMessageContaining("more than 65536 bytes");
  }

  @Test
  void a_token_has_to_be_there_in_time_however_much_comes() {
    FakeRegistry tokens = another();
    CountDownLatch never = new CountDownLatch(1);
    tokens.on(
        "/token",
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          for (int i = 0; i < 3; i++) { // enough for what is no token
            out.write(" ".repeat(20_000).getBytes(StandardCharsets.UTF_8));
            out.flush();
            await(never, Duration.ofMillis(700));
          }
          out.write("{\"token\":\"secret\"}".getBytes(StandardCharsets.UTF_8));
          return true;
        });
    wants(fake, "Bearer secret", bearer(tokens.url("/token")));
    Duration second = Duration.ofSeconds(1);

    assertThatThrownBy(
            () ->
                pull(
                    client(options().withTimeouts(second, second).withAttempts(1, SHORT, SHORT)),
                    "a:1"))
        .hasMessageContaining("bytes have come in 1 s");
  }
}
