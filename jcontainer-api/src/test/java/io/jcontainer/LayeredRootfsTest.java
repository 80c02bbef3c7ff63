package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.LayeredRootfs.Fallback;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LayeredRootfsTest {
  private static final Path LOW = Path.of("/layers/low");
  private static final Path TOP = Path.of("/layers/top");

  private static void refused(ThrowingCallable make, String says) {
    assertThatThrownBy(make)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("rootfs"))
        .hasMessageContaining(says);
  }

  @Test
  void the_hosts_directories_are_read_only_unless_asked_otherwise() {
    LayeredRootfs host = LayeredRootfs.host();

    assertThat(host.isHost()).isTrue();
    assertThat(host.layers()).isEmpty();
    assertThat(host.writeLayer()).isEmpty();
    assertThat(host.writable().isHost()).isTrue();
    assertThat(host.writable().writeLayer()).contains(ByteSize.ofMebibytes(256));
  }

  @Test
  void directories_lie_below_a_write_layer_of_256_mebibytes() {
    LayeredRootfs rootfs = LayeredRootfs.directory(LOW);

    assertThat(rootfs.isHost()).isFalse();
    assertThat(rootfs.layers()).containsExactly(LOW);
    assertThat(rootfs.writeLayer()).contains(ByteSize.ofBytes(268_435_456));
  }

  @Test
  void layers_keep_their_order_and_are_copied() {
    List<Path> layers = new ArrayList<>(List.of(LOW, TOP));
    LayeredRootfs rootfs = LayeredRootfs.layers(layers);
    layers.clear();

    assertThat(rootfs.layers()).containsExactly(LOW, TOP);
    assertThat(LayeredRootfs.layers(LOW, TOP).layers()).containsExactly(LOW, TOP);
    assertThatThrownBy(() -> rootfs.layers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void a_write_layer_is_kept_in_a_directory_beside_the_layers() {
    Path kept = Path.of("/kept");
    LayeredRootfs rootfs = LayeredRootfs.layers(LOW, TOP).writableIn(kept);

    assertThat(rootfs.keptIn()).contains(kept);
    assertThat(rootfs.writeLayer()).isEmpty();
    assertThat(rootfs.isReadOnly()).isFalse();
    assertThat(rootfs.layers()).containsExactly(LOW, TOP);
    assertThat(rootfs).hasToString("[/layers/low, /layers/top], write layer in /kept");
    assertThat(rootfs.readOnly().keptIn()).isEmpty();
    assertThat(rootfs.writable().keptIn()).isEmpty();
    refused(() -> LayeredRootfs.host().writableIn(kept), "use writable()");
    refused(() -> rootfs.writableIn(Path.of("kept")), "not an absolute path");
    refused(() -> rootfs.writableIn(TOP.resolve("../low/kept")), "overlap");
    refused(() -> rootfs.writableIn(Path.of("/layers")), "overlap");
  }

  @Test
  void a_fallback_is_allowed_only_if_it_is_asked_for_and_stays_allowed() {
    LayeredRootfs rootfs = LayeredRootfs.layers(LOW, TOP);

    assertThat(rootfs.fallbacks()).isEmpty();
    LayeredRootfs allowed = rootfs.withFallback();
    assertThat(allowed.fallbacks()).containsOnly(Fallback.FUSE_OVERLAYFS, Fallback.COPY);
    assertThat(rootfs.withFallback(Set.of(Fallback.COPY)).fallbacks()).containsOnly(Fallback.COPY);
    assertThat(allowed.layers()).containsExactly(LOW, TOP);
    assertThat(allowed.writeLayer()).isEqualTo(rootfs.writeLayer());
    assertThat(allowed.readOnly().fallbacks()).hasSize(2);
    assertThat(allowed.writable().fallbacks()).hasSize(2);
    assertThat(allowed.writableIn(Path.of("/kept")).fallbacks()).hasSize(2);
    assertThat(allowed)
        .hasToString("[/layers/low, /layers/top], write layer of 256m, or [FUSE_OVERLAYFS, COPY]");
    refused(() -> LayeredRootfs.host().withFallback(), "cannot have a fallback");
  }

  @Test
  void a_change_makes_a_new_value_with_the_same_layers() {
    LayeredRootfs rootfs = LayeredRootfs.layers(LOW, TOP);

    assertThat(rootfs.readOnly().writeLayer()).isEmpty();
    assertThat(rootfs.readOnly().layers()).containsExactly(LOW, TOP);
    assertThat(rootfs.writable(ByteSize.ofBytes(1)).writeLayer()).contains(ByteSize.ofBytes(1));
    assertThat(rootfs.writable(ByteSize.ofBytes(1)).layers()).containsExactly(LOW, TOP);
    assertThat(rootfs.writeLayer()).contains(LayeredRootfs.DEFAULT_WRITE_LAYER);
  }

  @Test
  void no_layer_a_relative_one_and_an_empty_write_layer_are_refused() {
    refused(() -> LayeredRootfs.layers(new Path[0]), "at least one layer");
    refused(() -> LayeredRootfs.layers(List.of()), "at least one layer");
    refused(() -> LayeredRootfs.directory(Path.of("root")), "root is not an absolute path");
    refused(() -> LayeredRootfs.layers(LOW, Path.of("..")), ".. is not an absolute path");
    refused(() -> LayeredRootfs.host().writable(ByteSize.ofBytes(0)), "readOnly()");
  }

  @Test
  void it_prints_what_it_consists_of() {
    assertThat(LayeredRootfs.host()).hasToString("host, read-only");
    assertThat(LayeredRootfs.layers(LOW, TOP))
        .hasToString("[/layers/low, /layers/top], write layer of 256m");
  }

  @Test
  void those_that_say_the_same_are_equal() {
    Path layer = Path.of("/srv/root");
    List<LayeredRootfs> different =
        List.of(
            LayeredRootfs.host(),
            LayeredRootfs.host().writable(),
            LayeredRootfs.directory(layer),
            LayeredRootfs.directory(layer).readOnly(),
            LayeredRootfs.directory(layer).withFallback(),
            LayeredRootfs.directory(layer).writableIn(Path.of("/srv/kept")),
            LayeredRootfs.layers(layer, Path.of("/srv/other")));
    assertThat(Set.copyOf(different)).hasSameSizeAs(different);
    assertThat(LayeredRootfs.directory(layer).readOnly())
        .isEqualTo(LayeredRootfs.layers(layer).readOnly())
        .hasSameHashCodeAs(LayeredRootfs.layers(layer).readOnly())
        .isNotEqualTo("host");
  }

  private static final String DIGEST = "sha256:" + "c".repeat(64);

  @Test
  void an_image_is_found_at_the_start_and_lies_below_a_write_layer() {
    LayeredRootfs image = LayeredRootfs.image("alpine:3.20");

    assertThat(image.isHost()).isFalse();
    assertThat(image.image()).contains("alpine:3.20");
    assertThat(image.imageDigest()).isEmpty();
    assertThat(image.layers()).isEmpty();
    assertThat(image.writeLayer()).contains(LayeredRootfs.DEFAULT_WRITE_LAYER);
    assertThat(image.pullPolicy()).isEqualTo(PullPolicy.MISSING);
    assertThat(image).hasToString("image alpine:3.20, write layer of 256m");
  }

  @Test
  void an_image_keeps_its_name_and_policy_whatever_else_is_chosen() {
    LayeredRootfs image =
        LayeredRootfs.image("alpine")
            .pull(PullPolicy.NEVER)
            .writable(ByteSize.ofMebibytes(1))
            .readOnly()
            .writableIn(Path.of("/kept"))
            .withFallback();

    assertThat(image.image()).contains("alpine");
    assertThat(image.pullPolicy()).isEqualTo(PullPolicy.NEVER);
    assertThat(image.keptIn()).contains(Path.of("/kept"));
    assertThat(image.fallbacks()).hasSize(2);
    assertThat(image)
        .hasToString("image alpine, pulled never, write layer in /kept, or [FUSE_OVERLAYFS, COPY]")
        .isEqualTo(
            LayeredRootfs.image("alpine")
                .withFallback()
                .writableIn(Path.of("/kept"))
                .pull(PullPolicy.NEVER))
        .hasSameHashCodeAs(
            LayeredRootfs.image("alpine")
                .withFallback()
                .writableIn(Path.of("/kept"))
                .pull(PullPolicy.NEVER))
        .isNotEqualTo(image.pull(PullPolicy.ALWAYS));
    assertThat(LayeredRootfs.image("alpine")).isNotEqualTo(LayeredRootfs.image("busybox"));
  }

  @Test
  void an_image_that_was_found_has_directories_and_a_digest() {
    LayeredRootfs image = LayeredRootfs.image("alpine").readOnly().pull(PullPolicy.ALWAYS);

    LayeredRootfs found = image.found(DIGEST, List.of(LOW, TOP));

    assertThat(found.layers()).containsExactly(LOW, TOP);
    assertThat(found.image()).contains("alpine");
    assertThat(found.imageDigest()).contains(DIGEST);
    assertThat(found.pullPolicy()).isEqualTo(PullPolicy.ALWAYS);
    assertThat(found.isReadOnly()).isTrue();
    assertThat(found)
        .isNotEqualTo(image)
        .hasToString("image alpine (" + DIGEST + "), pulled always, read-only");
    assertThat(LayeredRootfs.image("scratch").found(DIGEST, List.of()).isHost()).isFalse();
  }

  @Test
  void what_is_no_image_is_neither_pulled_nor_found() {
    refused(() -> LayeredRootfs.host().pull(PullPolicy.NEVER), "host, read-only is no image");
    refused(() -> LayeredRootfs.directory(LOW).found(DIGEST, List.of(TOP)), "is no image");
    assertThat(LayeredRootfs.host().image()).isEmpty();
    assertThat(LayeredRootfs.host().pullPolicy()).isEqualTo(PullPolicy.NEVER);
  }

  @Test
  void a_reference_has_no_spaces_control_characters_and_no_end() {
    for (String reference : List.of("", "a b", "a\n", "a\0", "\u00e4", "a".repeat(1025))) {
      refused(() -> LayeredRootfs.image(reference), "is no image");
    }
  }
}
