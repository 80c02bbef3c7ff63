package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails for reasons that may pass is done again, and not for ever. */
class RetryTest extends RegistryTestBase {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 1, 3 << 20);
  private static final Descriptor LAYER = IMAGE.layer(0);
  private static final byte[] BYTES = IMAGE.layers().get(0);
  private final CountDownLatch never = new CountDownLatch(1);

  /** Answers the first requests for the layer in a way of its own. */
  private void first(int times, FakeRegistry.Handler handler) {
    IMAGE.putInto(fake, "a", "1");
    AtomicInteger count = new AtomicInteger();
    fake.on(
        LAYER.digest().hex(),
        (exchange, request) ->
            count.incrementAndGet() <= times && handler.handle(exchange, request));
  }

  private List<String> ranges() {
    return fake.requests.stream()
        .filter(request -> request.path().contains(LAYER.digest().hex()))
        .map(request -> request.header("Range").orElse(""))
        .toList();
  }

  private void good() throws IOException {
    StoredImage image = pull("a:1");
    try (InputStream in = store.read(LAYER)) {
      assertThat(in.readAllBytes()).isEqualTo(BYTES);
    }
    assertThat(store.images()).containsExactly(image);
  }

  private void hang() throws IOException {
    try {
      never.await(); // until the server is closed, which interrupts
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void a_download_that_breaks_goes_on_where_it_was() throws IOException {
    first(
        1,
        (exchange, request) -> {
          FakeRegistry.breakOff(exchange, BYTES, 1_000_000);
          return true;
        });

    good();

    assertThat(ranges()).hasSize(2);
    assertThat(ranges().get(0)).isEmpty();
    int from = Integer.parseInt(ranges().get(1).replaceAll("\\D", ""));
    assertThat(from).isBetween(1, 1_000_000);
    assertThat(events).contains(new TransferEvent(TransferEvent.Step.RESUMED, LAYER, from));
  }

  @Test
  void a_manifest_that_breaks_is_asked_for_again() throws IOException {
    IMAGE.putInto(fake, "a", "1");
    breaksOnce("/manifests/", IMAGE.manifest(), MediaType.OCI_MANIFEST.value());

    good();
  }

  @Test
  void a_list_that_breaks_is_asked_for_again() {
    String list = "{\"tags\":[\"1\",\"2\"]}";
    fake.on(
        "/tags/", (exchange, request) -> FakeRegistry.answer(exchange, "application/json", list));
    breaksOnce("/tags/", list.getBytes(StandardCharsets.UTF_8), "application/json");

    assertThat(registry.tags(name("a"))).containsExactly("1", "2");
  }

  /** Half of the first answer. */
  private void breaksOnce(String path, byte[] body, String type) {
    AtomicInteger count = new AtomicInteger();
    fake.on(
        path,
        (exchange, request) -> {
          if (count.incrementAndGet() > 1) {
            return false;
          }
          exchange.getResponseHeaders().set("Content-Type", type);
          FakeRegistry.breakOff(exchange, body, body.length / 2);
          return true;
        });
  }

  @Test
  void a_download_that_breaks_again_and_again_after_some_progress_ends_well() throws IOException {
    IMAGE.putInto(fake, "a", "1");
    registry = client(options().withAttempts(2, SHORT, SHORT));
    fake.on(
        LAYER.digest().hex(),
        (exchange, request) -> {
          int from =
              Integer.parseInt("0" + request.header("Range").orElse("").replaceAll("\\D", ""));
          if (BYTES.length - from < 1_200_000) {
            return false;
          }
          if (from > 0) {
            exchange
                .getResponseHeaders()
                .set("Content-Range", "bytes %d-%d/*".formatted(from, BYTES.length - 1));
          }
          exchange.sendResponseHeaders(from == 0 ? 200 : 206, BYTES.length - from);
          exchange.getResponseBody().write(BYTES, from, 1_100_000);
          exchange.getResponseBody().flush();
          exchange.close();
          return true;
        });

    good();

    assertThat(ranges()).hasSize(3);
  }

  @Test
  void a_registry_without_ranges_sends_all_again() throws IOException {
    first(
        1,
        (exchange, request) -> {
          FakeRegistry.breakOff(exchange, BYTES, 1_000_000);
          return true;
        });
    fake.on(
        LAYER.digest().hex(),
        (exchange, request) -> {
          if (request.header("Range").isEmpty()) {
            return false;
          }
          FakeRegistry.answer(exchange, 200, "application/octet-stream", BYTES);
          return true;
        });

    good();
  }

  @Test
  void a_rest_that_begins_elsewhere_is_refused() {
    first(
        1,
        (exchange, request) -> {
          FakeRegistry.breakOff(exchange, BYTES, 1_000_000);
          return true;
        });
    fake.on(
        LAYER.digest().hex(),
        (exchange, request) -> {
          if (request.header("Range").isEmpty()) {
            return false;
          }
          exchange
              .getResponseHeaders()
              .set("Content-Range", "bytes 0-%d/%d".formatted(BYTES.length - 1, BYTES.length));
          FakeRegistry.answer(exchange, 206, "application/octet-stream", BYTES);
          return true;
        });

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("answers a request for what follows byte");
    untouched();
  }

  /** Where buffers end, and beside that. */
  @ParameterizedTest
  @ValueSource(
      ints = {1, 16_383, 16_384, 16_385, 32_768, 65_535, 65_536, 65_537, 1_048_575, 1_048_577})
  void wherever_a_download_breaks_no_byte_is_lost_or_doubled(int after) throws IOException {
    first(
        1,
        (exchange, request) -> {
          FakeRegistry.breakOff(exchange, BYTES, after);
          return true;
        });

    good();
  }

  /** As many bytes as were asked for. */
  @Test
  void a_rest_that_moves_is_refused() {
    first(
        1,
        (exchange, request) -> {
          FakeRegistry.breakOff(exchange, BYTES, 1_000_000);
          return true;
        });
    fake.on(
        LAYER.digest().hex(),
        (exchange, request) -> {
          String range = request.header("Range").orElse("");
          if (range.isEmpty()) {
            return false;
          }
          int from = Integer.parseInt(range.replaceAll("\\D", ""));
          exchange
              .getResponseHeaders()
              .set(
                  "Content-Range",
                  "bytes %d-%d/%d".formatted(from - 1, BYTES.length - 2, BYTES.length));
          FakeRegistry.answer(
              exchange,
              206,
              "application/octet-stream",
              Arrays.copyOfRange(BYTES, from - 1, BYTES.length - 1));
          return true;
        });

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("answers a request for what follows byte");
    untouched();
  }

  @Test
  void however_often_it_is_tried_a_delay_is_one() {
    Registry patient = client(options().withAttempts(70, SHORT, SHORT));
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          FakeRegistry.error(exchange, 503, "UNAVAILABLE");
          return true;
        });

    assertThatThrownBy(() -> pull(patient, "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("503 UNAVAILABLE");
    assertThat(fake.requests).hasSize(70);
  }

  @Test
  void a_time_that_has_passed_is_not_waited_for() throws IOException {
    retryAfter("Wed, 21 Oct 2015 07:28:00 GMT");
    good();
  }

  @Test
  void a_download_that_always_breaks_is_given_up() {
    first(
        Integer.MAX_VALUE,
        (exchange, request) -> {
          exchange
              .getResponseHeaders()
              .set("Content-Range", "bytes 0-%d/*".formatted(BYTES.length - 1));
          FakeRegistry.breakOff(exchange, BYTES, 0);
          return true;
        });

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("0 of %d bytes have come".formatted(BYTES.length));
    // Where nothing at all has come, the JDK's client asks again by itself, five times at most.
    assertThat(ranges()).hasSizeBetween(3, 3 * 6);
    untouched();
  }

  @Test
  void a_download_that_stalls_goes_on_where_it_was() throws IOException {
    registry = client(options().withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(700)));
    first(
        1,
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, BYTES.length);
          OutputStream out = exchange.getResponseBody();
          out.write(BYTES, 0, 500_000);
          out.flush();
          hang();
          return true;
        });

    good();

    assertThat(ranges()).hasSize(2);
    assertThat(steps()).contains(TransferEvent.Step.RESUMED);
  }

  @Test
  void a_registry_that_strings_along_byte_by_byte_is_given_up() {
    registry =
        client(
            options()
                .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(300))
                .withAttempts(2, SHORT, SHORT));
    first(
        Integer.MAX_VALUE,
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, BYTES.length);
          OutputStream out = exchange.getResponseBody();
          for (byte each : BYTES) {
            out.write(each);
            out.flush();
            pause();
          }
          return true;
        });

    assertThatThrownBy(() -> pull("a:1")).isInstanceOf(RegistryException.class);
    untouched();
  }

  private void pause() throws IOException {
    try {
      if (never.await(20, TimeUnit.MILLISECONDS)) {
        throw new IOException("never comes");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void a_registry_that_does_not_answer_is_given_up() {
    registry =
        client(
            options()
                .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(300))
                .withAttempts(2, SHORT, SHORT));
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          hang();
          return true;
        });

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("no answer in 0 s");
    assertThat(fake.requests).hasSize(2);
    untouched();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void what_may_pass_is_asked_again(int status) throws IOException {
    first(
        2,
        (exchange, request) -> {
          FakeRegistry.error(exchange, status, "UNAVAILABLE");
          return true;
        });

    good();

    assertThat(ranges()).hasSize(3);
  }

  @Test
  void what_does_not_pass_is_told_with_its_status() {
    first(
        Integer.MAX_VALUE,
        (exchange, request) -> {
          FakeRegistry.error(exchange, 503, "UNAVAILABLE");
          return true;
        });

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.status()).isEqualTo(OptionalInt.of(503)))
        .hasMessageContaining("503 UNAVAILABLE: a message");
    assertThat(ranges()).hasSize(3);
    untouched();
  }

  @Test
  void what_will_not_pass_is_asked_once() {
    first(
        Integer.MAX_VALUE,
        (exchange, request) -> {
          FakeRegistry.error(exchange, 400, "NO");
          return true;
        });

    assertThatThrownBy(() -> pull("a:1")).hasMessageContaining("400 NO");
    assertThat(ranges()).hasSize(1);
  }

  private void retryAfter(String text) {
    first(
        1,
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Retry-After", text);
          FakeRegistry.error(exchange, 429, "TOOMANYREQUESTS");
          return true;
        });
  }

  @Test
  void it_waits_as_long_as_it_is_told_to() throws IOException {
    retryAfter("1");
    long begin = System.nanoTime();
    good();
    assertThat(System.nanoTime() - begin).isGreaterThan(Duration.ofMillis(990).toNanos());
  }

  @Test
  void it_waits_until_when_it_is_told_to() throws IOException {
    retryAfter(
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2)));
    long begin = System.nanoTime();
    good();
    assertThat(System.nanoTime() - begin).isGreaterThan(Duration.ofMillis(900).toNanos());
  }

  @Test
  void it_does_not_wait_for_hours() {
    retryAfter("7200");

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining(
            "429 TOOMANYREQUESTS: a message; it asks to be left alone for 7200 s");
    assertThat(ranges()).hasSize(1);
  }

  @Test
  void nobody_there_is_told_at_once() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    registry = client(options().withAttempts(5, Duration.ofMinutes(1), Duration.ofMinutes(1)));

    assertThatThrownBy(() -> registry.catalog("127.0.0.1:" + port))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("no connection");
  }

  @Test
  void a_blob_that_is_wrong_is_not_asked_for_again() {
    byte[] wrong = BYTES.clone();
    wrong[0] ^= 1;
    IMAGE.putInto(fake, "a", "1");
    fake.blobs.put(LAYER.digest().toString(), wrong);

    assertThatThrownBy(() -> pull("a:1")).isInstanceOf(InvalidImageException.class);
    assertThat(ranges()).hasSize(1);
  }
}
