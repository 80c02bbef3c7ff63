package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry that lies is found out, and the store is as it was. */
class HostileRegistryTest extends RegistryTestBase {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 2, 100_000);
  private static final FakeImage ARM = FakeImage.random(FakeImage.ARM64, 2, 1, 1000);

  private void refused(String message) {
    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("cannot pull " + name("a:1"))
        .hasMessageContaining(message);
    untouched();
  }

  private void blob(byte[] bytes) {
    IMAGE.putInto(fake, "a", "1");
    fake.blobs.put(IMAGE.layer(0).digest().toString(), bytes);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void a_blob_of_other_bytes() {
    byte[] wrong = IMAGE.layers().get(0).clone();
    wrong[1000] ^= 1;
    blob(wrong);
    refused("the bytes have the digest");
  }

  @Test
  void a_blob_that_is_too_short() {
    blob(Arrays.copyOf(IMAGE.layers().get(0), 5000));
    refused("has 5000 bytes, but is said to have");
  }

  @Test
  void a_blob_that_is_too_long() {
    blob(Arrays.copyOf(IMAGE.layers().get(0), 1 << 20));
    refused("has 1048576 bytes, but is said to have");
  }

  @Test
  void a_blob_without_a_length_that_is_too_short() {
    IMAGE.putInto(fake, "a", "1");
    fake.on(
        IMAGE.layer(0).digest().hex(),
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(IMAGE.layers().get(0), 0, 5000);
          exchange.getResponseBody().close();
          return true;
        });
    refused("ends after 5000 of");
  }

  @Test
  void a_blob_that_does_not_end() {
    IMAGE.putInto(fake, "a", "1");
    fake.on(
        IMAGE.layer(0).digest().hex(),
        (exchange, request) -> {
          FakeRegistry.endless(exchange, 200, "application/octet-stream");
          return true;
        });
    refused("goes on behind its");
  }

  @Test
  void a_manifest_that_does_not_end() {
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          FakeRegistry.endless(exchange, 200, MediaType.OCI_MANIFEST.value());
          return true;
        });
    refused("more than 4194304 bytes");
  }

  @Test
  void an_error_that_would_write_on_the_terminal() {
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          String error = "{\"code\":\"\\u001b[2J\",\"message\":\"\\u001b[31m\\nm\"}";
          FakeRegistry.answer(
              exchange,
              400,
              "application/json",
              "{\"errors\":[%s]}".formatted(error).getBytes(StandardCharsets.UTF_8));
          return true;
        });
    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .satisfies(
            e -> assertThat(String.valueOf(e.getMessage())).doesNotMatch("(?s).*\\p{Cntrl}.*"));
  }

  @Test
  void an_error_that_does_not_end() {
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          FakeRegistry.endless(exchange, 400, "application/json");
          return true;
        });
    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("400 with application/json, which is no registry's error");
    untouched();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html; charset=utf-8",
        "application/json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "no type at all",
        "application/vnd.oci.image.config.v1+json"
      })
  void a_manifest_of_another_type(String type) {
    fake.manifest("a", "1", type, IMAGE.manifest());
    refused("which is no manifest and no index");
  }

  @Test
  void a_page_for_people() {
    fake.on(
        "/v2/",
        (exchange, request) ->
            FakeRegistry.answer(exchange, "text/html", "<html><body>log in</body></html>"));
    refused("answers with \"text/html\"");
  }

  @Test
  void an_index_that_is_said_to_be_a_manifest() {
    byte[] index = Index.of(List.of(IMAGE.descriptor())).toBytes();
    fake.manifest("a", "1", MediaType.OCI_MANIFEST.value(), index);
    refused("manifest: manifests: a document with this field is no manifest");
  }

  @Test
  void a_document_that_is_a_manifest_and_an_index() {
    String both = new String(IMAGE.manifest(), StandardCharsets.UTF_8);
    both = both.replaceFirst("\\{", "{\"manifests\":[],");
    fake.manifest("a", "1", MediaType.OCI_MANIFEST.value(), text(both));
    refused("manifest: manifests");
    fake.manifest("a", "1", MediaType.OCI_INDEX.value(), text(both));
    refused("index: config");
  }

  @Test
  void a_manifest_with_another_digest_than_was_asked_for() {
    IMAGE.putInto(fake, "a", "1");
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          FakeRegistry.answer(exchange, 200, MediaType.OCI_MANIFEST.value(), ARM.manifest());
          return true;
        });
    assertThatThrownBy(() -> pull("a@" + IMAGE.descriptor().digest()))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the bytes have the digest");
    untouched();
  }

  @Test
  void a_manifest_of_another_type_than_its_index_says() {
    IMAGE.putWith(ARM, fake, "a", "1");
    String digest = IMAGE.descriptor().digest().toString();
    fake.manifest("a", digest, MediaType.DOCKER_MANIFEST.value(), IMAGE.manifest());
    refused("but its index says application/vnd.oci.image.manifest.v1+json");
  }

  @Test
  void a_manifest_that_is_called_by_another_digest() {
    IMAGE.putInto(fake, "a", "1");
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          exchange
              .getResponseHeaders()
              .set("Docker-Content-Digest", ARM.descriptor().digest().toString());
          FakeRegistry.answer(exchange, 200, MediaType.OCI_MANIFEST.value(), IMAGE.manifest());
          return true;
        });
    refused("but is said to be " + ARM.descriptor().digest());
  }

  @Test
  void a_digest_that_is_a_path() {
    IMAGE.putInto(fake, "a", "1");
    pull("a:1");
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:../../x");
          FakeRegistry.answer(exchange, 200, MediaType.OCI_MANIFEST.value(), IMAGE.manifest());
          return true;
        });
    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("Docker-Content-Digest: digest: \"../../x\"");
  }

  @Test
  void a_configuration_of_other_layers() {
    byte[] config = FakeImage.random(FakeImage.AMD64, 3, 1, 10).config();
    Manifest manifest =
        Manifest.of(
            Descriptor.of(MediaType.OCI_CONFIG, config), List.of(IMAGE.layer(0), IMAGE.layer(1)));
    IMAGE.putInto(fake, "a", "2");
    fake.blob(config);
    fake.manifest("a", "1", MediaType.OCI_MANIFEST.value(), manifest.toBytes());
    refused("there are 2, but the configuration names 1");
  }

  @Test
  void a_configuration_that_is_too_large() {
    Descriptor config = Descriptor.of(MediaType.OCI_CONFIG, IMAGE.descriptor().digest(), 9 << 20);
    byte[] manifest = Manifest.of(config, List.of()).toBytes();
    fake.manifest("a", "1", MediaType.OCI_MANIFEST.value(), manifest);
    refused("at most 8388608 are taken");
    assertThat(fake.requests).hasSize(1);
  }

  @Test
  void an_image_that_is_too_large() {
    IMAGE.putInto(fake, "a", "1");
    registry = client(options().withMaxImageSize(ByteSize.ofBytes(150_000)));
    refused("more than 150000 bytes");
  }

  @Test
  void indexes_that_lead_from_one_to_another() {
    Descriptor next = IMAGE.putInto(fake, "a", "0");
    for (int i = 0; i < 12; i++) {
      next = FakeImage.put(fake, "a", "1", MediaType.OCI_INDEX, Index.of(List.of(next)).toBytes());
    }
    refused("lead from one to another");
  }

  @Test
  void other_addresses_for_a_layer_are_not_asked() {
    FakeRegistry elsewhere = another();
    elsewhere.blob(IMAGE.layers().get(0));
    Descriptor layer = IMAGE.layer(0);
    Descriptor foreign =
        new Descriptor(
            layer.mediaType(),
            layer.digest(),
            layer.size(),
            List.of(elsewhere.url("/v2/x/blobs/" + layer.digest())),
            Map.of(),
            Optional.empty(),
            Optional.empty());
    byte[] manifest =
        Manifest.of(
                Descriptor.of(MediaType.OCI_CONFIG, IMAGE.config()),
                List.of(foreign, IMAGE.layer(1)))
            .toBytes();
    IMAGE.putInto(fake, "a", "2");
    fake.manifest("a", "1", MediaType.OCI_MANIFEST.value(), manifest);
    fake.blobs.remove(layer.digest().toString());

    assertThatThrownBy(() -> pull("a:1"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("404 BLOB_UNKNOWN: a message");
    assertThat(elsewhere.requests).isEmpty();
    untouched();
  }

  @Test
  void what_it_says_cannot_move_the_cursor() {
    fake.on(
        "/manifests/",
        (exchange, request) -> {
          String error = "{\"errors\":[{\"code\":\"X\",\"message\":\"\\u001b[2Jgone\"}]}";
          FakeRegistry.answer(exchange, 400, "application/json", text(error));
          return true;
        });
    assertThatThrownBy(() -> pull("a:1")).hasMessageContaining("X: \\u001b[2Jgone");
  }
}
