package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDocumentTest {
  private static final String DIGEST =
      "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  private static final String CONFIG =
      "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":2}"
          .formatted(DIGEST);
  private static final String LAYER =
      "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"%s\",\"size\":7}"
          .formatted(DIGEST);
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
          + CONFIG
          + ",\"layers\":["
          + LAYER
          + "]}";
  private static final String INDEX =
      ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":"
              + "[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\","
              + "\"size\":7,\"platform\":{\"architecture\":\"arm64\",\"os\":\"linux\"}}]}")
          .formatted(DIGEST);

  private static ImageDocument parse(MediaType type, String json) {
    return ImageDocument.parse(type, json.getBytes(StandardCharsets.UTF_8));
  }

  private static Manifest manifest(String json) {
    return (Manifest) parse(MediaType.OCI_MANIFEST, json);
  }

  private static Index index(String json) {
    return (Index) parse(MediaType.OCI_INDEX, json);
  }

  private static String changed(String document, String from, String to) {
    assertThat(document).contains(from);
    return document.replace(from, to);
  }

  @Test
  void a_manifest_names_its_configuration_and_its_layers() {
    Manifest manifest = manifest(MANIFEST);

    assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    assertThat(manifest.config())
        .isEqualTo(Descriptor.of(MediaType.OCI_CONFIG, Digest.parse(DIGEST), 2));
    assertThat(manifest.layers())
        .containsExactly(Descriptor.of(MediaType.OCI_LAYER_GZIP, Digest.parse(DIGEST), 7));
  }

  @Test
  void an_index_names_images_and_what_they_run_on() {
    Index index = index(INDEX);

    assertThat(index.manifests())
        .containsExactly(
            Descriptor.of(MediaType.OCI_MANIFEST, Digest.parse(DIGEST), 7)
                .withPlatform(Platform.parse("linux/arm64")));
    assertThat(index.select(Platform.parse("linux/arm64/v8"))).contains(index.manifests().get(0));
    assertThat(index.select(Platform.parse("linux/amd64"))).isEmpty();
  }

  @Test
  void what_is_written_is_what_was_read() {
    assertThat(manifest(MANIFEST).toBytes()).asString().isEqualTo(MANIFEST);
    assertThat(index(INDEX).toBytes()).asString().isEqualTo(INDEX);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.image.rootfs.diff.tar, tar",
    "docker.image.rootfs.diff.tar.gzip, tar+gzip",
    "docker.image.rootfs.diff.tar.zstd, tar+zstd",
    "docker.image.rootfs.foreign.diff.tar.gzip, nondistributable.v1.tar+gzip",
    "oci.image.layer.v1.tar+gzip, tar+gzip",
    "oci.image.layer.nondistributable.v1.tar, nondistributable.v1.tar"
  })
  void a_manifest_of_oci_s_has_layers_of_oci_s_types(String from, String to) {
    Descriptor config = Descriptor.of(MediaType.OCI_CONFIG, Digest.parse(DIGEST), 1);
    Descriptor layer =
        Descriptor.of(new MediaType("application/vnd." + from), Digest.parse(DIGEST), 7)
            .withAnnotations(Map.of("a", "b"));
    String type = to.startsWith("tar") ? "v1." + to : to;
    Descriptor made = Manifest.of(config, List.of(layer)).layers().get(0);

    assertThat(made.mediaType()).hasToString("application/vnd.oci.image.layer." + type);
    assertThat(made.digest()).isEqualTo(layer.digest());
    assertThat(made.size()).isEqualTo(layer.size());
    assertThat(made.annotations()).isEqualTo(layer.annotations());
  }

  @Test
  void all_fields_come_back() {
    Platform platform =
        new Platform(
            "windows", "amd64", Optional.of("v2"), Optional.of("10.0"), List.of("win32k", "a"));
    Descriptor layer =
        new Descriptor(
            MediaType.OCI_LAYER,
            Digest.parse(DIGEST),
            7,
            List.of("https://a.example/b"),
            Map.of("z", "\u00e4\"\n", "a", ""),
            Optional.of(platform),
            Optional.of(new MediaType("text/plain")));
    Manifest manifest =
        new Manifest(
            MediaType.OCI_MANIFEST,
            Optional.of(new MediaType("application/x")),
            layer,
            List.of(layer, layer),
            Optional.of(layer),
            Map.of("k", "v"));
    Index index =
        new Index(
            MediaType.OCI_INDEX,
            Optional.of(new MediaType("application/x")),
            List.of(layer),
            Optional.of(layer),
            Map.of("k", "v"));

    assertThat(ImageDocument.parse(MediaType.OCI_MANIFEST, manifest.toBytes())).isEqualTo(manifest);
    assertThat(ImageDocument.parse(MediaType.OCI_INDEX, index.toBytes())).isEqualTo(index);
    assertThat(manifest.toBytes()).isEqualTo(manifest.toBytes());
  }

  @Test
  void docker_s_documents_are_read_under_their_own_types() {
    String docker = changed(MANIFEST, "oci.image.manifest.v1", "docker.distribution.manifest.v2");
    String list = changed(INDEX, "oci.image.index.v1", "docker.distribution.manifest.list.v2");

    assertThat(parse(MediaType.DOCKER_MANIFEST, docker).mediaType())
        .isEqualTo(MediaType.DOCKER_MANIFEST);
    assertThat(parse(MediaType.DOCKER_INDEX, list).mediaType()).isEqualTo(MediaType.DOCKER_INDEX);
  }

  @Test
  void oci_s_documents_need_not_say_what_they_are_but_docker_s_must() {
    String silent =
        changed(MANIFEST, "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",", "");

    assertThat(manifest(silent).mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    assertThatThrownBy(() -> parse(MediaType.DOCKER_MANIFEST, silent))
        .isInstanceOf(InvalidImageException.class)
        .hasMessage("manifest: mediaType: is missing, or null");
  }

  @Test
  void a_document_that_says_another_type_than_was_expected_is_refused() {
    assertThatThrownBy(() -> parse(MediaType.DOCKER_MANIFEST, MANIFEST))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("mediaType")
        .hasMessageContaining("referred to as");
    assertThatThrownBy(() -> parse(MediaType.OCI_INDEX, MANIFEST))
        .isInstanceOf(InvalidImageException.class);
    assertThatThrownBy(() -> parse(MediaType.OCI_MANIFEST, INDEX))
        .isInstanceOf(InvalidImageException.class);
    assertThatThrownBy(() -> parse(MediaType.OCI_CONFIG, MANIFEST))
        .isInstanceOf(InvalidImageException.class);
  }

  static Stream<Arguments> confusions() {
    return Stream.of(
        Arguments.of(MediaType.OCI_MANIFEST, changed(MANIFEST, "{\"s", "{\"manifests\":[],\"s")),
        Arguments.of(MediaType.OCI_MANIFEST, changed(MANIFEST, "{\"s", "{\"Manifests\":[],\"s")),
        Arguments.of(MediaType.OCI_MANIFEST, changed(MANIFEST, "{\"s", "{\"fsLayers\":[],\"s")),
        Arguments.of(MediaType.OCI_INDEX, changed(INDEX, "{\"s", "{\"layers\":[],\"s")),
        Arguments.of(MediaType.OCI_INDEX, changed(INDEX, "{\"s", "{\"config\":{},\"s")),
        Arguments.of(MediaType.OCI_INDEX, changed(INDEX, "{\"s", "{\"CONFIG\":{},\"s")),
        Arguments.of(MediaType.OCI_INDEX, changed(INDEX, "{\"s", "{\"fsLayers\":[],\"s")));
  }

  @ParameterizedTest
  @MethodSource("confusions")
  void what_is_a_manifest_to_one_reader_and_an_index_to_another_is_refused(
      MediaType type, String document) {
    assertThatThrownBy(() -> parse(type, document)).isInstanceOf(InvalidImageException.class);
  }

  @Test
  void fields_that_are_not_known_are_allowed() {
    String document =
        changed(MANIFEST, "{\"s", "{\"x\":{\"y\":[1,2.5,null,1e99,99999999999999999999]},\"s");

    assertThat(manifest(document)).isEqualTo(manifest(MANIFEST));
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("schemaVersion", changed(MANIFEST, ":2,\"mediaType", ":1,\"mediaType")),
        Arguments.of("schemaVersion", changed(MANIFEST, ":2,\"mediaType", ":\"2\",\"mediaType")),
        Arguments.of("schemaVersion", changed(MANIFEST, ":2,\"mediaType", ":2.0,\"mediaType")),
        Arguments.of("schemaVersion", changed(MANIFEST, "\"schemaVersion\":2,", "")),
        Arguments.of("config", changed(MANIFEST, CONFIG, "null")),
        Arguments.of("config", changed(MANIFEST, CONFIG, "[]")),
        Arguments.of("config.size", changed(MANIFEST, ",\"size\":2", "")),
        Arguments.of("layers", changed(MANIFEST, "[" + LAYER + "]", "{}")),
        Arguments.of("layers[0]", changed(MANIFEST, LAYER, "7")),
        Arguments.of("layers[1]", changed(MANIFEST, "\"size\":7}", "\"size\":7},null")),
        Arguments.of("layers[0]: size", changed(MANIFEST, "\"size\":7", "\"size\":-1")),
        Arguments.of("layers[0].size", changed(MANIFEST, "\"size\":7", "\"size\":7.5")),
        Arguments.of("layers[0].size", changed(MANIFEST, "\"size\":7", "\"size\":1e3")),
        Arguments.of(
            "layers[0].size", changed(MANIFEST, "\"size\":7", "\"size\":9223372036854775808")),
        Arguments.of(
            "layers[0].digest", changed(MANIFEST, DIGEST + "\",\"size\":7", "x\",\"size\":7")),
        Arguments.of(
            "layers[0].digest",
            changed(MANIFEST, DIGEST + "\",\"size\":7", "sha256:../../x\",\"size\":7")),
        Arguments.of("layers[0].mediaType", changed(MANIFEST, "vnd.oci.image.layer", "a b")),
        Arguments.of("layers[0].Size", changed(MANIFEST, "\"size\":7", "\"size\":7,\"Size\":8")),
        Arguments.of(
            "annotations.a", changed(MANIFEST, "{\"schema", "{\"annotations\":{\"a\":1},\"schema")),
        Arguments.of("annotations", changed(MANIFEST, "{\"schema", "{\"annotations\":[],\"schema")),
        Arguments.of(
            "subject.digest",
            changed(MANIFEST, "{\"schema", "{\"subject\":{\"mediaType\":\"a/b\"},\"schema")));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void what_is_wrong_is_named(String field, String document) {
    assertThatThrownBy(() -> manifest(document))
        .isInstanceOf(InvalidImageException.class)
        .extracting(Throwable::getMessage)
        .asString()
        .containsIgnoringCase("manifest: " + field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "7",
        "\"\"",
        "{",
        "{}}",
        "{} {}",
        "{}x",
        "{'schemaVersion':2}",
        "{schemaVersion:2}",
        "{\"schemaVersion\":2,}",
        "{\"schemaVersion\":NaN}",
        "{\"schemaVersion\":02}",
        "/**/{}",
        "<html><body>404 Not Found</body></html>"
      })
  void what_is_no_json_object_is_refused(String text) {
    assertThatThrownBy(() -> manifest(text)).isInstanceOf(InvalidImageException.class);
  }

  @Test
  void nothing_may_follow_a_document() {
    for (String more : List.of("{}", " 1", "\n\n" + MANIFEST)) {
      assertThatThrownBy(() -> manifest(MANIFEST + more))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("something follows the end");
    }
  }

  @Test
  void fields_that_occur_twice_are_refused_wherever_they_are() {
    assertThatThrownBy(() -> manifest(changed(MANIFEST, "\"size\":7", "\"size\":7,\"size\":7")))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("Duplicate");
    assertThatThrownBy(
            () -> manifest(changed(MANIFEST, "{\"s", "{\"x\":{\"y\":{\"z\":1,\"z\":1}},\"s")))
        .isInstanceOf(InvalidImageException.class);
    assertThatThrownBy(() -> manifest(changed(MANIFEST, "{\"s", "{\"\\u006cayers\":[],\"s")))
        .as("the same name, escaped")
        .isInstanceOf(InvalidImageException.class);
  }

  @Test
  void other_encodings_than_utf_8_are_refused() {
    assertThatThrownBy(
            () ->
                ImageDocument.parse(
                    MediaType.OCI_MANIFEST, MANIFEST.getBytes(StandardCharsets.UTF_16LE)))
        .isInstanceOf(InvalidImageException.class);
    assertThatThrownBy(
            () ->
                ImageDocument.parse(
                    MediaType.OCI_MANIFEST,
                    changed(MANIFEST, "{\"s", "{\"x\":\"\u00ff\",\"s")
                        .getBytes(StandardCharsets.ISO_8859_1)))
        .isInstanceOf(InvalidImageException.class)
        .hasMessage("manifest: is not UTF-8");
  }

  @Test
  void a_document_is_cut_off_nowhere_without_being_refused() {
    byte[] whole = MANIFEST.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> ImageDocument.parse(MediaType.OCI_MANIFEST, part))
          .as("%d bytes", length)
          .isInstanceOf(InvalidImageException.class);
    }
  }

  @Test
  void too_long_a_document_is_refused() {
    byte[] longest = new byte[ImageDocument.MAX_BYTES + 1];
    Arrays.fill(longest, (byte) ' ');
    System.arraycopy(MANIFEST.getBytes(StandardCharsets.UTF_8), 0, longest, 0, MANIFEST.length());

    assertThatThrownBy(() -> ImageDocument.parse(MediaType.OCI_MANIFEST, longest))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("4194304");
    byte[] shorter = Arrays.copyOf(longest, ImageDocument.MAX_BYTES);
    assertThat(ImageDocument.parse(MediaType.OCI_MANIFEST, shorter)).isEqualTo(manifest(MANIFEST));
  }

  @Test
  void deep_documents_are_refused_before_the_stack_is_at_its_end() {
    for (String deep : List.of("[".repeat(1_000_000), "{\"x\":".repeat(500_000))) {
      assertThatThrownBy(() -> manifest(changed(MANIFEST, "{\"s", "{\"x\":" + deep)))
          .isInstanceOf(InvalidImageException.class);
    }
  }

  @Test
  void very_long_strings_are_refused() {
    String longest = "{\"x\":\"" + "y".repeat(1 << 20) + "\",\"s";
    String longer = "{\"x\":\"" + "y".repeat((1 << 20) + 1) + "\",\"s";

    assertThat(manifest(changed(MANIFEST, "{\"s", longest))).isEqualTo(manifest(MANIFEST));
    assertThatThrownBy(() -> manifest(changed(MANIFEST, "{\"s", longer)))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("exceeds the maximum");
  }

  @Test
  void documents_of_very_many_values_are_refused() {
    String many = "[],".repeat(1_000_000) + "[]";

    assertThatThrownBy(() -> manifest(changed(MANIFEST, "{\"s", "{\"x\":[" + many + "],\"s")))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("200000");
  }

  @Test
  void long_numbers_cost_no_time() {
    String number = "9".repeat(1_000_000);

    assertThatThrownBy(() -> manifest(changed(MANIFEST, "\"size\":7", "\"size\":" + number)))
        .isInstanceOf(InvalidImageException.class);
  }

  @Test
  void an_image_for_a_platform_comes_before_one_of_which_nothing_is_said() {
    Descriptor silent = Descriptor.of(MediaType.OCI_MANIFEST, new byte[] {1});
    Descriptor arm = silent.withPlatform(Platform.parse("linux/arm64"));
    Descriptor other = Descriptor.of(new MediaType("text/plain"), new byte[] {2});
    Index index = Index.of(List.of(other, silent, arm));

    assertThat(index.select(Platform.parse("linux/arm64"))).contains(arm);
    assertThat(index.select(Platform.parse("linux/amd64"))).contains(silent);
    assertThat(Index.of(List.of(other)).select(Platform.parse("linux/amd64"))).isEmpty();
  }

  @Test
  void values_cannot_be_changed_from_outside() {
    Manifest manifest = manifest(MANIFEST);

    assertThatThrownBy(() -> manifest.layers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> manifest.annotations().put("a", "b"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> manifest.config().annotations().put("a", "b"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "oci.image.layer.v1.tar, NONE",
    "oci.image.layer.v1.tar+gzip, GZIP",
    "oci.image.layer.v1.tar+zstd, ZSTD",
    "oci.image.layer.nondistributable.v1.tar, NONE",
    "oci.image.layer.nondistributable.v1.tar+gzip, GZIP",
    "oci.image.layer.nondistributable.v1.tar+zstd, ZSTD",
    "docker.image.rootfs.diff.tar, NONE",
    "docker.image.rootfs.diff.tar.gzip, GZIP",
    "docker.image.rootfs.diff.tar.zstd, ZSTD",
    "docker.image.rootfs.foreign.diff.tar.gzip, GZIP"
  })
  void a_type_of_a_layer_says_how_it_is_compressed(String type, Compression compression) {
    assertThat(new MediaType("application/vnd." + type).layerCompression()).contains(compression);
  }

  @Test
  void a_descriptor_has_no_negative_size() {
    assertThatThrownBy(() -> Descriptor.of(MediaType.OCI_LAYER, Digest.parse(DIGEST), -1))
        .isInstanceOf(InvalidImageException.class);
  }
}
