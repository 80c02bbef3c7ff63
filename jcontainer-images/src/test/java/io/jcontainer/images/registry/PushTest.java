package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a push brings to a registry, and how. */
class PushTest extends RegistryTestBase {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 2, 300_000);
  private static final FakeImage ARM = FakeImage.random(FakeImage.ARM64, 2, 1, 1000);

  private FakeRegistry source;
  private StoredImage image;

  /** The images come from somewhere else. */
  @BeforeEach
  void pullFromElsewhere() {
    source = another();
    IMAGE.putInto(source, "x", "one");
    IMAGE.putWith(ARM, source, "x", "index");
    image = pulled("one");
  }

  private StoredImage pulled(String tag) {
    return registry.pull(
        ImageReference.parse(source.host() + "/x:" + tag),
        FakeImage.AMD64,
        store,
        TransferListener.none());
  }

  private StoredImage push(StoredImage what, String rest) {
    return registry.push(what, name(rest), store, events::add);
  }

  private void has(FakeImage pushed) {
    assertThat(fake.manifests.keySet())
        .anyMatch(key -> key.endsWith(pushed.descriptor().digest().toString()));
    for (int i = 0; i < pushed.layers().size(); i++) {
      assertThat(fake.blobs.get(pushed.layer(i).digest().toString()))
          .isEqualTo(pushed.layers().get(i));
    }
  }

  private List<String> seen(String method) {
    return fake.seen().stream().filter(text -> text.startsWith(method + " ")).toList();
  }

  @Test
  void an_image_is_pushed_and_the_manifest_comes_last() {
    StoredImage pushed = push(image, "a/b:1");

    assertThat(pushed.target()).isEqualTo(IMAGE.descriptor());
    assertThat(pushed.name()).contains(name("a/b:1"));
    has(IMAGE);
    assertThat(fake.seen().get(fake.seen().size() - 1)).isEqualTo("PUT /v2/a/b/manifests/1");
    assertThat(seen("POST")).hasSize(3);
    assertThat(seen("PATCH")).isEmpty();
    assertThat(seen("PUT")).hasSize(4);
    assertThat(steps()).contains(TransferEvent.Step.STARTED, TransferEvent.Step.FINISHED);
  }

  @Test
  void an_image_that_is_there_takes_one_request() {
    push(image, "a:1");
    fake.requests.clear();

    push(image, "a:1");

    assertThat(fake.seen()).containsExactly("HEAD /v2/a/manifests/1");
  }

  @Test
  void another_tag_needs_only_the_manifest() {
    push(image, "a:1");
    fake.requests.clear();

    push(image, "a:2");

    assertThat(seen("POST")).isEmpty();
    assertThat(seen("PUT")).containsExactly("PUT /v2/a/manifests/2");
    assertThat(steps()).contains(TransferEvent.Step.PRESENT);
  }

  @Test
  void a_blob_of_another_repository_is_mounted() {
    StoredImage first = push(image, "a:1");
    fake.requests.clear();
    events.clear();
    fake.on(
        "/v2/b/blobs/sha256",
        (exchange, request) -> {
          FakeRegistry.error(exchange, 404, "BLOB_UNKNOWN"); // not in this repository
          return true;
        });

    push(first, "b:1");

    assertThat(seen("POST"))
        .hasSize(3)
        .allMatch(text -> text.contains("?mount=sha256:") && text.endsWith("&from=a"));
    assertThat(seen("PUT")).containsExactly("PUT /v2/b/manifests/1");
    assertThat(steps()).contains(TransferEvent.Step.MOUNTED);
  }

  @Test
  void what_cannot_be_mounted_is_uploaded() {
    StoredImage first = push(image, "a:1");
    fake.blobs.clear();

    push(first, "b:1");

    has(IMAGE);
  }

  @Test
  void a_whole_index_is_pushed_with_all_its_images() {
    StoredImage all =
        registry.pullAll(
            ImageReference.parse(source.host() + "/x:index"), store, TransferListener.none());

    StoredImage pushed = push(all, "a:1");

    assertThat(pushed.target()).isEqualTo(all.target());
    has(IMAGE);
    has(ARM);
    assertThat(seen("PUT").subList(seen("PUT").size() - 3, seen("PUT").size()))
        .containsExactly(
            "PUT /v2/a/manifests/" + ARM.descriptor().digest(),
            "PUT /v2/a/manifests/" + IMAGE.descriptor().digest(),
            "PUT /v2/a/manifests/1");
  }

  @Test
  void an_index_of_which_images_are_missing_is_refused_with_what_can_be_done() {
    StoredImage index = pulled("index");

    assertThatThrownBy(() -> push(index, "a:1"))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("linux/arm64")
        .hasMessageContaining("pull all platforms of it, or push that of one");
    assertThat(seen("POST")).isEmpty();

    ARM.putInto(fake, "a", "arm");
    push(index, "a:1");
    has(IMAGE);
  }

  @Test
  void the_image_of_one_platform_is_pushed_without_its_index() {
    StoredImage index = pulled("index");

    StoredImage pushed =
        registry.push(index, FakeImage.AMD64, name("a:1"), store, TransferListener.none());

    assertThat(pushed.target()).isEqualTo(IMAGE.descriptor());
    has(IMAGE);
  }

  @Test
  void a_digest_in_the_name_has_to_be_the_images() {
    Descriptor target = IMAGE.descriptor();
    push(image, "a@" + target.digest());
    assertThat(seen("PUT")).contains("PUT /v2/a/manifests/" + target.digest());

    assertThatThrownBy(() -> push(image, "a@" + ARM.descriptor().digest()))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the image has the digest " + target.digest());
  }

  @Test
  void uploads_are_in_pieces_if_that_is_wanted() {
    registry = client(options().withUploadChunk(ByteSize.ofBytes(70_000)));

    push(image, "a:1");

    has(IMAGE);
    assertThat(seen("PATCH")).hasSize(10);
    assertThat(
            fake.requests.stream()
                .filter(request -> request.method().equals("PATCH"))
                .map(request -> request.header("Content-Range").orElse("")))
        .contains("0-69999", "70000-139999");
  }

  @Test
  void a_piece_is_as_large_as_the_registry_wants_it() {
    registry = client(options().withUploadChunk(ByteSize.ofBytes(1000)));
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("OCI-Chunk-Min-Length", "150000");
          return false;
        });

    push(image, "a:1");

    has(IMAGE);
    assertThat(seen("PATCH")).hasSize(6);
  }

  /** Takes a part of the first upload of the first layer, and breaks the connection. */
  private void breaks(int after) {
    AtomicInteger count = new AtomicInteger();
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          if (request.method().equals("PUT")
              && request.query().endsWith(IMAGE.layer(0).digest().hex())
              && count.incrementAndGet() == 1) {
            fake.take(request, exchange.getRequestBody().readNBytes(after));
            exchange.close();
            return true;
          }
          return false;
        });
  }

  @Test
  void an_upload_that_breaks_goes_on_where_it_was() {
    breaks(100_000);

    push(image, "a:1");

    has(IMAGE);
    assertThat(seen("GET")).hasSize(1);
    assertThat(seen("PATCH")).hasSize(1);
    assertThat(
            fake.requests.stream()
                .filter(request -> request.method().equals("PATCH"))
                .map(request -> request.header("Content-Range").orElse("")))
        .containsExactly("100000-" + (IMAGE.layer(0).size() - 1));
    assertThat(events)
        .contains(new TransferEvent(TransferEvent.Step.RESUMED, IMAGE.layer(0), 100_000));
  }

  @Test
  void an_upload_that_the_registry_has_forgotten_begins_anew() {
    breaks(0);

    push(image, "a:1");

    has(IMAGE);
    assertThat(seen("POST")).hasSize(4);
  }

  @Test
  void an_upload_that_is_too_long_for_one_request_goes_in_pieces() {
    AtomicInteger count = new AtomicInteger();
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          if (request.method().equals("PUT")
              && request.header("Content-Length").filter(text -> text.length() > 5).isPresent()
              && count.incrementAndGet() < 10) {
            exchange.getRequestBody().readAllBytes();
            FakeRegistry.error(exchange, 413, "TOO_LARGE");
            return true;
          }
          return false;
        });

    push(image, "a:1");

    has(IMAGE);
    assertThat(seen("PATCH")).hasSize(2);
  }

  @Test
  void an_upload_that_always_fails_is_given_up() {
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          if (request.method().equals("PUT") || request.method().equals("PATCH")) {
            exchange.getRequestBody().readAllBytes();
            FakeRegistry.error(exchange, 503, "UNAVAILABLE");
            return true;
          }
          return false;
        });

    assertThatThrownBy(() -> push(image, "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("503 UNAVAILABLE");
    assertThat(fake.manifests).isEmpty();
  }

  @Test
  void a_listener_that_throws_ends_the_push() {
    assertThatThrownBy(
            () ->
                registry.push(
                    image,
                    name("a:1"),
                    store,
                    event -> {
                      if (event.step() == TransferEvent.Step.PROGRESS) {
                        throw new IllegalStateException("enough");
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("enough");
    assertThat(fake.manifests).isEmpty();
  }

  @Test
  void a_blob_that_is_damaged_here_is_not_the_registrys_fault() throws IOException {
    Descriptor layer = IMAGE.layer(1);
    Path file = store.directory().resolve("blobs/sha256").resolve(layer.digest().hex());
    byte[] bytes = Files.readAllBytes(file);
    bytes[100] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> push(image, "a:1"))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the bytes have the digest");
    assertThat(fake.manifests).isEmpty();
  }

  @Test
  void a_registry_that_has_got_another_manifest_is_found_out() {
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          if (!request.method().equals("PUT")) {
            return false;
          }
          exchange.getRequestBody().readAllBytes();
          exchange
              .getResponseHeaders()
              .set("Docker-Content-Digest", ARM.descriptor().digest().toString());
          FakeRegistry.answer(exchange, 201, "text/plain", new byte[0]);
          return true;
        });

    assertThatThrownBy(() -> push(image, "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("has got something else than " + image.target().digest());
  }

  @Test
  void a_registry_that_has_got_something_else_is_found_out() {
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          if (!request.method().equals("PUT")) {
            return false;
          }
          exchange.getRequestBody().readAllBytes();
          exchange
              .getResponseHeaders()
              .set("Docker-Content-Digest", ARM.descriptor().digest().toString());
          FakeRegistry.answer(exchange, 201, "text/plain", new byte[0]);
          return true;
        });

    assertThatThrownBy(() -> push(image, "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("but the registry has got " + ARM.descriptor().digest());
  }

  @Test
  void credentials_stay_behind_where_the_upload_is_at_another_host() {
    FakeRegistry elsewhere = another();
    fake.on(
        "/v2/",
        (exchange, request) -> {
          if (request.header("Authorization").isEmpty()) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
            FakeRegistry.error(exchange, 401, "UNAUTHORIZED");
            return true;
          }
          if (request.method().equals("POST")) {
            exchange.getResponseHeaders().set("Location", elsewhere.url("/put"));
            FakeRegistry.answer(exchange, 202, "text/plain", new byte[0]);
            return true;
          }
          return false;
        });
    elsewhere.on(
        "/put",
        (exchange, request) -> {
          exchange.getRequestBody().readAllBytes();
          FakeRegistry.answer(exchange, 201, "text/plain", new byte[0]);
          return true;
        });
    registry = client(options().withCredentials(fake.host(), Credentials.of("anna", "password")));

    push(image, "a:1");

    assertThat(elsewhere.requests).hasSize(3);
    assertThat(elsewhere.sawCredentials()).isFalse();
  }

  @Test
  void an_upload_to_the_metadata_of_a_cloud_is_refused() throws IOException {
    fake.on(
        "/uploads/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Location", "http://169.254.169.254/x");
          FakeRegistry.answer(exchange, 202, "text/plain", new byte[0]);
          return true;
        });

    assertThatThrownBy(() -> push(image, "a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("169.254.169.254");
  }
}
