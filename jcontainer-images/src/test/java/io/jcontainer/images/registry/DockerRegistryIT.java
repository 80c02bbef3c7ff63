package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.DockerRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.TestCertificate;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The distribution project's registry, and what skopeo and umoci make of our images and we of
 * theirs.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@RequiresHost(Feature.DOCKER_REGISTRY)
class DockerRegistryIT {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 3, 100_000);
  private static final RegistryOptions OPTIONS = RegistryOptions.defaults().withoutDockerConfig();

  @TempDir private Path parent;
  private final List<AutoCloseable> open = new ArrayList<>();
  private ImageStore store;
  private ImageStore other;

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
    other = ImageStore.open(parent.resolve("other"));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  private DockerRegistry plain() {
    return opened(DockerRegistry.start(parent.resolve("registry")));
  }

  private Registry client(RegistryOptions options) {
    return opened(Registry.create(options));
  }

  private static ImageReference name(DockerRegistry registry, String rest) {
    return ImageReference.parse(registry.host() + "/" + rest);
  }

  private StoredImage image(ImageReference name) {
    try (Lease lease = store.lease()) {
      IMAGE.layers().forEach(layer -> lease.write(MediaType.OCI_LAYER, layer));
      lease.write(MediaType.OCI_CONFIG, IMAGE.config());
      StoredImage image =
          new StoredImage(Optional.of(name), lease.write(MediaType.OCI_MANIFEST, IMAGE.manifest()));
      store.keep(image);
      return image;
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.onExit().join().exitValue()).as("%s: %s", List.of(command), out).isZero();
  }

  private static void skopeo(String... arguments) throws IOException {
    run(
        Stream.concat(Stream.of("skopeo", "--insecure-policy", "copy"), Stream.of(arguments))
            .toArray(String[]::new));
  }

  /** The other store has it whole, layer by layer. */
  private void verify(StoredImage image) throws IOException {
    Manifest manifest = other.manifest(image.target(), Platform.current());
    ImageConfig config = other.config(manifest);
    for (int i = 0; i < manifest.layers().size(); i++) {
      try (InputStream layer =
          other.readLayer(
              manifest.layers().get(i), config.diffIds().get(i), ImageLimits.defaults())) {
        layer.transferTo(OutputStream.nullOutputStream());
      }
    }
    assertThat(other.check().problems()).isEmpty();
  }

  @Test
  void what_is_pushed_is_pulled_and_listed() throws IOException {
    DockerRegistry registry = plain();
    Registry client = client(OPTIONS.withUploadChunk(ByteSize.ofBytes(70_000)));
    StoredImage image = image(name(registry, "a/b:1"));

    client.push(image, name(registry, "a/b:1"), store);
    List<TransferEvent.Step> steps = new ArrayList<>();
    client.push(image, name(registry, "c:2"), store, event -> steps.add(event.step()));
    client.push(image, name(registry, "c:3"), store);

    assertThat(steps).filteredOn(TransferEvent.Step.MOUNTED::equals).hasSize(4);
    assertThat(client.tags(name(registry, "c"))).containsExactlyInAnyOrder("2", "3");
    assertThat(client.catalog(registry.host())).containsExactly("a/b", "c");
    StoredImage pulled = client.pull(name(registry, "c:2"), other);
    assertThat(pulled.target()).isEqualTo(image.target());
    verify(pulled);
  }

  @Test
  void an_index_goes_there_and_back() throws IOException {
    DockerRegistry registry = plain();
    Registry client = client(OPTIONS);
    FakeImage arm = FakeImage.random(FakeImage.ARM64, 2, 1, 1000);
    StoredImage image;
    try (Lease lease = store.lease()) {
      image(name(registry, "x:1"));
      arm.layers().forEach(layer -> lease.write(MediaType.OCI_LAYER, layer));
      lease.write(MediaType.OCI_CONFIG, arm.config());
      lease.write(MediaType.OCI_MANIFEST, arm.manifest());
      Index index =
          Index.of(
              List.of(
                  IMAGE.descriptor().withPlatform(FakeImage.AMD64),
                  arm.descriptor().withPlatform(FakeImage.ARM64)));
      image =
          new StoredImage(
              Optional.of(name(registry, "all:1")),
              lease.write(MediaType.OCI_INDEX, index.toBytes()));
      store.keep(image);
    }

    client.push(image, name(registry, "all:1"), store);

    assertThat(client.pull(name(registry, "all:1"), other).target()).isEqualTo(image.target());
    assertThat(client.pullAll(name(registry, "all:1"), other, TransferListener.none()).target())
        .isEqualTo(image.target());
    assertThat(other.contains(arm.layer(0))).isTrue();
  }

  @Test
  @RequiresHost(Feature.SKOPEO)
  void skopeo_pulls_what_we_push() throws IOException {
    DockerRegistry registry = plain();
    StoredImage image = image(name(registry, "a:1"));
    client(OPTIONS).push(image, name(registry, "a:1"), store);

    skopeo(
        "--preserve-digests",
        "--src-tls-verify=false",
        "docker://" + registry.host() + "/a:1",
        "oci:" + parent.resolve("layout") + ":1");

    List<StoredImage> loaded = other.load(ImageSource.layout(parent.resolve("layout")));
    assertThat(loaded.get(0).target()).isEqualTo(image.target());
    verify(loaded.get(0));
  }

  @Test
  @RequiresHost({Feature.SKOPEO, Feature.UMOCI})
  void we_pull_what_umoci_makes_and_skopeo_pushes() throws IOException {
    DockerRegistry registry = plain();
    Path layout = parent.resolve("layout");
    Path root = parent.resolve("root");
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/hello"), "hello");
    run("umoci", "init", "--layout", layout.toString());
    run("umoci", "new", "--image", layout + ":1");
    run("umoci", "insert", "--rootless", "--image", layout + ":1", root.toString(), "/");
    for (String format : List.of("oci", "v2s2")) {
      skopeo(
          "--dest-tls-verify=false",
          "--format",
          format,
          "oci:" + layout + ":1",
          "docker://" + registry.host() + "/theirs:" + format);

      verify(client(OPTIONS).pull(name(registry, "theirs:" + format), other));
    }
  }

  @Test
  void a_password_opens_what_is_closed_without_it() throws IOException {
    DockerRegistry registry = opened(DockerRegistry.startWithPassword(parent.resolve("registry")));
    DockerConfig config = DockerConfig.of(parent.resolve("config.json"));
    Registry client = client(OPTIONS.withDockerConfig(config.file()));
    StoredImage image = image(name(registry, "a:1"));
    Credentials anna = Credentials.of(DockerRegistry.USER, DockerRegistry.PASSWORD);

    assertThatThrownBy(() -> client.push(image, name(registry, "a:1"), store))
        .isInstanceOf(RegistryAccessException.class);
    assertThatThrownBy(
            () -> client.login(registry.host(), Credentials.of(DockerRegistry.USER, "wrong")))
        .isInstanceOf(RegistryAccessException.class);

    client.login(registry.host(), anna);
    config.login(registry.host(), anna);

    Registry later = client(OPTIONS.withDockerConfig(config.file()));
    later.push(image, name(registry, "a:1"), store);
    verify(later.pull(name(registry, "a:1"), other));
    if (Feature.SKOPEO.available()) {
      skopeo(
          "--src-tls-verify=false",
          "--src-authfile=" + config.file(),
          "docker://" + registry.host() + "/a:1",
          "oci:" + parent.resolve("layout") + ":1");
    }
  }

  @Test
  void tls_with_an_authority_of_our_own_is_http_2() throws IOException {
    TestCertificate certificate = TestCertificate.make(parent.resolve("tls"));
    DockerRegistry registry =
        opened(DockerRegistry.startTls(parent.resolve("registry"), certificate));
    RegistryOptions tls = OPTIONS.withTls(registry.host());
    Registry client = client(tls.withCertificateAuthorities(certificate.certificate()));
    StoredImage image = image(name(registry, "a:1"));

    client.push(image, name(registry, "a:1"), store);
    verify(client.pull(name(registry, "a:1"), other));

    assertThat(registry.log())
        .filteredOn(line -> line.contains("GET /v2/a/"))
        .isNotEmpty()
        .allMatch(line -> line.contains("HTTP/2.0"));
    assertThatThrownBy(() -> client(tls).pull(name(registry, "a:1"), other))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("withCertificateAuthorities");
    assertThatThrownBy(() -> client(OPTIONS).pull(name(registry, "a:1"), other))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("withTls");
  }
}
