package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageStoreTest {
  private static final byte[] A = Samples.bytes(1, 100_000);
  private static final byte[] B = Samples.bytes(2, 70_000);
  private static final Descriptor LAYER = Descriptor.of(MediaType.OCI_LAYER, A);

  @TempDir private Path parent;
  private Path directory;
  private ImageStore store;

  @BeforeEach
  void open() {
    directory = parent.resolve("a/store");
    store = ImageStore.open(directory);
  }

  private static ByteArrayInputStream in(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private Path file(Digest digest) {
    return directory.resolve("blobs").resolve(digest.algorithm().id()).resolve(digest.hex());
  }

  private List<Path> files(String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(name))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void an_image_that_was_kept_is_found_and_read() throws IOException {
    StoredImage image = Samples.keep(store, "example.org/app:1", A, B);

    assertThat(store.images()).containsExactly(image);
    assertThat(store.find(ImageReference.parse("example.org/app:1"))).contains(image.target());
    assertThat(store.find(ImageReference.parse("example.org/app:2"))).isEmpty();
    Manifest manifest = store.manifest(image.target(), Samples.PLATFORM);
    assertThat(store.config(manifest).diffIds()).hasSize(2);
    try (InputStream layer = store.read(manifest.layers().get(0))) {
      assertThat(layer.readAllBytes()).isEqualTo(A);
    }
    assertThat(store.check().problems()).isEmpty();
    assertThat(ImageStore.open(directory).images()).as("opened again").containsExactly(image);
  }

  @Test
  void a_blob_lies_where_an_oci_layout_has_it() throws IOException {
    try (Lease lease = store.lease()) {
      lease.write(LAYER, in(A));
    }

    assertThat(file(LAYER.digest())).hasBinaryContent(A);
  }

  @Test
  void a_sha512_has_its_own_place() throws IOException {
    Digest digest = Digest.of(Digest.Algorithm.SHA512, Digest.Algorithm.SHA512.start().digest(A));
    try (Lease lease = store.lease()) {
      lease.write(Descriptor.of(MediaType.OCI_LAYER, digest, A.length), in(A));
    }

    assertThat(file(digest)).hasBinaryContent(A);
    assertThat(store.check().problems()).isEmpty();
  }

  @Test
  void bytes_of_another_digest_or_length_are_no_blob() throws IOException {
    Descriptor other = Descriptor.of(MediaType.OCI_LAYER, Digest.of(B), A.length);
    Descriptor longer = Descriptor.of(MediaType.OCI_LAYER, LAYER.digest(), A.length + 1);
    Descriptor shorter = Descriptor.of(MediaType.OCI_LAYER, LAYER.digest(), A.length - 1);
    try (Lease lease = store.lease()) {
      assertThatThrownBy(() -> lease.write(other, in(A)))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("the bytes have the digest " + LAYER.digest());
      assertThatThrownBy(() -> lease.write(longer, in(A)))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("ends after 100000 of 100001 bytes");
      assertThatThrownBy(() -> lease.write(shorter, in(A)))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("goes on behind its 99999 bytes");
      assertThat(files("blobs")).isEmpty();
      assertThat(files("leases")).noneMatch(file -> file.toString().endsWith(".part"));
      lease.write(LAYER, in(A));
    }
    assertThat(store.contains(LAYER)).isTrue();
  }

  @Test
  void what_comes_in_without_an_end_is_read_no_further_than_it_should_be() {
    AtomicLong count = new AtomicLong();
    InputStream endless =
        Samples.stream(
            (buffer, offset, length) -> {
              assertThat(count.addAndGet(length)).isLessThan(A.length + (1 << 20));
              return length;
            });
    try (Lease lease = store.lease()) {
      assertThatThrownBy(() -> lease.write(LAYER, endless))
          .isInstanceOf(InvalidImageException.class);
    }
  }

  @Test
  void a_source_that_fails_leaves_nothing() throws IOException {
    InputStream first = in(B);
    InputStream failing =
        Samples.stream(
            (buffer, offset, length) -> {
              int read = first.read(buffer, offset, length);
              if (read < 0) {
                throw new IOException("the line is dead");
              }
              return read;
            });
    try (Lease lease = store.lease()) {
      assertThatThrownBy(() -> lease.write(LAYER, failing))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("cannot read")
          .hasMessageContaining("the line is dead");
      assertThat(files("leases")).noneMatch(file -> file.toString().endsWith(".part"));
    }
    assertThat(files("blobs")).isEmpty();
  }

  @Test
  void a_blob_that_is_there_is_not_read_again() {
    InputStream never =
        Samples.stream(
            (buffer, offset, length) -> {
              throw new AssertionError("was read");
            });
    try (Lease lease = store.lease()) {
      lease.write(LAYER, in(A));
      lease.write(LAYER, never);
    }
  }

  @Test
  void layers_that_images_share_are_there_once() {
    Samples.keep(store, "a:1", A, B);
    Samples.keep(store, "b:1", A);

    assertThat(store.usage().images()).isEqualTo(2);
    assertThat(store.usage().blobs())
        .as("two layers, two configurations, two manifests")
        .isEqualTo(6);
    assertThat(store.usage().size().bytes()).isBetween(170_000L, 175_000L);
    assertThat(store.usage().reclaimable()).isEqualTo(ByteSize.ofBytes(0));
  }

  @Test
  void what_nobody_needs_is_collected_and_what_others_need_stays() {
    StoredImage first = Samples.keep(store, "a:1", A, B);
    Samples.keep(store, "b:1", A);
    Descriptor b = Descriptor.of(MediaType.OCI_LAYER, B);

    assertThat(store.collect().blobs()).isZero();
    assertThat(store.remove(first)).isTrue();
    assertThat(store.remove(first)).isFalse();
    assertThat(store.contains(b)).isTrue();
    assertThat(store.usage().reclaimable().bytes()).isGreaterThan(B.length);
    Collected collected = store.collect();

    assertThat(collected.blobs()).isEqualTo(3);
    assertThat(collected.size().bytes()).isGreaterThan(B.length);
    assertThat(store.contains(b)).isFalse();
    assertThat(store.contains(LAYER)).isTrue();
    assertThat(store.check().problems()).isEmpty();
  }

  @Test
  void what_a_lease_holds_is_not_collected_until_it_is_closed() {
    try (Lease lease = store.lease()) {
      Samples.write(lease, A, B);
      assertThat(store.collect().blobs()).isZero();
      assertThat(ImageStore.open(directory).collect().blobs()).as("another object").isZero();
    }

    assertThat(store.collect().blobs()).isEqualTo(4);
  }

  @Test
  void to_hold_a_manifest_is_to_hold_its_image() {
    StoredImage image = Samples.keep(store, "a:1", A, B);
    try (Lease lease = store.lease()) {
      assertThat(lease.hold(image.target())).isTrue();
      store.remove(image);
      assertThat(store.collect().blobs()).isZero();
      store.keep(image);
    }
    assertThat(store.collect().blobs()).isZero();
  }

  @Test
  void what_is_not_there_yet_can_be_held() {
    try (Lease lease = store.lease();
        Lease other = store.lease()) {
      assertThat(lease.hold(LAYER)).isFalse();
      other.write(LAYER, in(A));
      other.close();
      assertThat(store.collect().blobs()).isZero();
      assertThat(lease.hold(LAYER)).isTrue();
    }
  }

  @Test
  void a_lease_that_is_closed_is_of_no_use_and_can_be_closed_again() {
    Lease lease = store.lease();
    lease.close();
    lease.close();

    assertThatThrownBy(() -> lease.hold(LAYER)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> lease.write(LAYER, in(A))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void an_image_of_which_a_part_is_missing_gets_no_name() {
    try (Lease lease = store.lease()) {
      Descriptor config = lease.write(MediaType.OCI_CONFIG, new byte[] {1});
      Descriptor manifest =
          lease.write(MediaType.OCI_MANIFEST, Manifest.of(config, List.of(LAYER)).toBytes());

      assertThatThrownBy(() -> store.tag(ImageReference.parse("a"), manifest))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining(LAYER.digest().toString());
      assertThatThrownBy(() -> store.tag(ImageReference.parse("a"), LAYER))
          .isInstanceOf(ImageNotFoundException.class);
      lease.write(LAYER, in(A));
      assertThatThrownBy(() -> store.tag(ImageReference.parse("a"), LAYER))
          .as("a layer is no image")
          .isInstanceOf(InvalidImageException.class);
      store.tag(ImageReference.parse("a"), manifest);
    }
  }

  @Test
  void an_index_needs_one_of_its_images_and_keeps_what_is_there() {
    try (Lease lease = store.lease()) {
      Descriptor here = Samples.write(lease, A).withPlatform(Samples.PLATFORM);
      Descriptor elsewhere =
          Descriptor.of(MediaType.OCI_MANIFEST, B).withPlatform(Platform.parse("linux/arm64"));
      Descriptor index =
          lease.write(MediaType.OCI_INDEX, Index.of(List.of(elsewhere, here)).toBytes());
      Descriptor empty = lease.write(MediaType.OCI_INDEX, Index.of(List.of(elsewhere)).toBytes());

      store.tag(ImageReference.parse("a"), index);
      assertThat(store.manifest(index, Samples.PLATFORM).layers()).containsExactly(LAYER);
      assertThat(store.select(index, Samples.PLATFORM)).isEqualTo(here);
      assertThatThrownBy(() -> store.manifest(index, Platform.parse("linux/arm64")))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining("its image for linux/arm64, " + elsewhere.digest());
      assertThatThrownBy(() -> store.manifest(index, Platform.parse("linux/riscv64")))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining("linux/riscv64")
          .hasMessageContaining("linux/arm64");
      assertThatThrownBy(() -> store.tag(ImageReference.parse("b"), empty))
          .isInstanceOf(ImageNotFoundException.class);
    }
    assertThat(store.collect().blobs()).as("the empty index").isEqualTo(1);
    assertThat(store.check().problems()).isEmpty();
  }

  /** Its manifest comes before its layers, and stays if they never come. */
  @Test
  void an_image_that_others_are_pulling_is_in_nobodys_way_who_has_another_one_of_its_index() {
    try (Lease lease = store.lease();
        Lease others = store.lease()) {
      Descriptor whole = Samples.write(lease, A).withPlatform(Samples.PLATFORM);
      Descriptor config = others.write(MediaType.OCI_CONFIG, new byte[10]);
      Manifest without = Manifest.of(config, List.of(Descriptor.of(MediaType.OCI_LAYER, B)));
      Descriptor begun =
          others
              .write(MediaType.OCI_MANIFEST, without.toBytes())
              .withPlatform(Platform.parse("linux/arm64"));
      Descriptor index =
          lease.write(MediaType.OCI_INDEX, Index.of(List.of(begun, whole)).toBytes());
      store.tag(ImageReference.parse("a"), index);
      assertThat(store.check().problems()).isEmpty();
      others.close();
      assertThat(store.collect().blobs()).isZero();
      assertThat(store.containsImage(index)).isTrue();
      assertThat(store.containsImage(begun)).isFalse();

      Path layout = parent.resolve("layout");
      store.save(ImageTarget.layout(layout), store.images().get(0));
      ImageStore other = ImageStore.open(parent.resolve("other"));
      assertThat(other.load(ImageSource.layout(layout))).isEqualTo(store.images());
      assertThat(other.contains(begun)).isFalse();

      Descriptor inner = lease.write(MediaType.OCI_INDEX, Index.of(List.of(begun)).toBytes());
      Descriptor outer =
          lease.write(MediaType.OCI_INDEX, Index.of(List.of(inner, begun)).toBytes());
      for (Descriptor none : List.of(inner, outer)) {
        assertThatThrownBy(() -> store.tag(ImageReference.parse("b"), none))
            .isInstanceOf(ImageNotFoundException.class)
            .hasMessageContaining("none of its images is in the store");
      }
    }
  }

  @Test
  void where_no_index_says_what_an_image_is_for_its_configuration_does() {
    try (Lease lease = store.lease()) {
      Descriptor image = Samples.write(lease, A);
      Descriptor index = lease.write(MediaType.OCI_INDEX, Index.of(List.of(image)).toBytes());

      for (Descriptor target : List.of(image, index)) {
        assertThat(store.select(target, Samples.PLATFORM)).isEqualTo(image);
        assertThatThrownBy(() -> store.select(target, Platform.parse("linux/riscv64")))
            .isInstanceOf(ImageNotFoundException.class)
            .hasMessageContaining("is for " + Samples.PLATFORM + ", not for linux/riscv64");
      }
    }
  }

  @Test
  void indexes_that_lead_from_one_to_another_are_followed_only_so_far() {
    try (Lease lease = store.lease()) {
      Descriptor target = Samples.write(lease, A);
      for (int i = 0; i < 1000; i++) {
        target = lease.write(MediaType.OCI_INDEX, Index.of(List.of(target)).toBytes());
      }
      Descriptor deep = target;

      assertThatThrownBy(() -> store.tag(ImageReference.parse("a"), deep))
          .isInstanceOf(InvalidImageException.class);
      assertThatThrownBy(() -> store.manifest(deep, Samples.PLATFORM))
          .isInstanceOf(InvalidImageException.class);
      assertThat(store.collect().blobs()).isZero();
    }
  }

  @Test
  void a_name_is_given_to_another_image_at_once() {
    Samples.keep(store, "a:1", A);
    StoredImage second = Samples.keep(store, "a:1", B);

    assertThat(store.images()).containsExactly(second);
    assertThat(store.collect().blobs()).isEqualTo(3);
  }

  /** What was read is remembered, but not what somebody else has written since. */
  @Test
  void a_name_that_leads_to_another_image_by_now_is_not_removed() throws IOException {
    StoredImage before = Samples.keep(store, "a:1", A);
    StoredImage now = Samples.keep(store, "a:1", B);

    assertThat(store.remove(before)).isFalse();
    assertThat(store.images()).containsExactly(now);

    Files.writeString(files("names").get(0), "{");
    assertThat(store.remove(before)).as("it can be read by nobody").isTrue();
    assertThat(store.images()).isEmpty();
  }

  @Test
  void a_name_that_was_read_before_is_what_another_store_has_made_of_it() throws Exception {
    ImageReference name = ImageReference.parse("example.org/app:1");
    StoredImage first = Samples.keep(store, "example.org/app:1", A);
    Path file;
    try (var files = Files.list(directory.resolve("names"))) {
      file = files.findFirst().orElseThrow();
    }
    // As if it had been there for a while: what is new is not remembered.
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-02T03:04:05Z")));
    assertThat(store.find(name)).contains(first.target());
    assertThat(store.find(name)).contains(first.target());

    ImageStore other = ImageStore.open(directory);
    StoredImage second = Samples.keep(other, "example.org/app:1", B);
    assertThat(store.find(name)).contains(second.target());
    assertThat(second.target()).isNotEqualTo(first.target());

    other.remove(second);
    assertThat(store.find(name)).isEmpty();
  }

  @Test
  void an_image_without_a_name_is_kept_until_it_is_pruned() {
    StoredImage named = Samples.keep(store, "a:1", A);
    try (Lease lease = store.lease()) {
      store.keep(new StoredImage(Optional.empty(), Samples.write(lease, B)));
    }

    assertThat(store.collect().blobs()).isZero();
    assertThat(store.images()).hasSize(2);
    assertThat(store.prune().blobs()).isEqualTo(3);
    assertThat(store.images()).containsExactly(named);
  }

  @Test
  void a_name_with_a_digest_has_that_digest_or_is_refused() {
    StoredImage image = Samples.keep(store, "a:1", A);
    ImageReference exact = ImageReference.parse("a:2@" + image.target().digest());

    store.tag(exact, image.target());
    assertThat(store.find(exact)).contains(image.target());
    assertThat(store.find(ImageReference.parse("a@" + image.target().digest())))
        .contains(image.target());
    assertThat(store.find(ImageReference.parse("a:2"))).isEmpty();
    ImageReference wrong = ImageReference.parse("a@" + Digest.of(B));
    assertThatThrownBy(() -> store.tag(wrong, image.target()))
        .isInstanceOf(InvalidImageException.class);
  }

  @Test
  void the_longest_name_can_be_kept() {
    String name = "r".repeat(240) + ".io:1/" + "a".repeat(255) + ":" + "t".repeat(128);

    StoredImage image = Samples.keep(store, name, A);

    assertThat(store.find(ImageReference.parse(name))).contains(image.target());
  }

  @Test
  void a_configuration_with_another_number_of_layers_is_refused() {
    try (Lease lease = store.lease()) {
      lease.write(LAYER, in(A));
      Descriptor config =
          lease.write(
              MediaType.OCI_CONFIG,
              ImageConfig.of(Samples.PLATFORM, ImageConfig.Execution.none()).toBytes());

      assertThatThrownBy(() -> store.config(Manifest.of(config, List.of(LAYER))))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("there are 1, but the configuration names 0");
      Manifest high = Manifest.of(config, Collections.nCopies(ImageStore.MAX_LAYERS + 1, LAYER));
      assertThatThrownBy(() -> store.config(high))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("there are 500; no more than 499");
      Descriptor artifact = Descriptor.of(new MediaType("text/plain"), A);
      assertThatThrownBy(() -> store.config(Manifest.of(artifact, List.of())))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("text/plain");
      Descriptor large =
          Descriptor.of(MediaType.OCI_CONFIG, LAYER.digest(), ImageConfig.MAX_BYTES + 1L);
      assertThatThrownBy(() -> store.config(Manifest.of(large, List.of())))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("8388608");
    }
  }

  @Test
  void a_blob_of_another_size_than_is_said_is_neither_there_nor_written() {
    try (Lease lease = store.lease()) {
      lease.write(LAYER, in(A));
      Descriptor lie = Descriptor.of(MediaType.OCI_LAYER, LAYER.digest(), 5);

      assertThatThrownBy(() -> store.contains(lie)).isInstanceOf(InvalidImageException.class);
      assertThatThrownBy(() -> lease.write(lie, in(A))).isInstanceOf(InvalidImageException.class);
    }
  }

  @Test
  void a_check_finds_a_bit_that_has_changed_and_a_repair_removes_it() throws IOException {
    StoredImage image = Samples.keep(store, "a:1", A, B);
    byte[] changed = A.clone();
    changed[77] ^= 1;
    Files.write(file(LAYER.digest()), changed);

    assertThat(store.check().problems())
        .singleElement()
        .asString()
        .contains(file(LAYER.digest()).toString(), "the bytes have the digest");
    assertThatThrownBy(() -> store.read(LAYER).readAllBytes())
        .isInstanceOf(InvalidImageException.class);
    assertThat(store.repair().isClean()).isFalse();
    assertThat(store.check().problems())
        .singleElement()
        .asString()
        .contains("image docker.io/library/a:1", LAYER.digest().toString());
    Samples.keep(store, "a:1", A, B);
    assertThat(store.check().isClean()).isTrue();
    assertThat(store.images()).containsExactly(image);
  }

  @Test
  void a_check_finds_what_is_missing_cut_off_strange_or_cannot_be_read() throws IOException {
    StoredImage image = Samples.keep(store, "a:1", A);
    Samples.keep(store, "b:1", B);
    Files.delete(file(LAYER.digest()));
    Files.write(file(Digest.of(B)), new byte[5]);
    Path strange = Files.createFile(directory.resolve("blobs/sha256/strange"));
    Path name = Files.write(directory.resolve("names/abc.json"), new byte[] {'{'});

    assertThat(store.check().problems())
        .hasSize(5)
        .anyMatch(problem -> problem.contains("image docker.io/library/a:1"))
        .anyMatch(problem -> problem.contains("image docker.io/library/b:1"))
        .anyMatch(problem -> problem.contains(strange.toString()))
        .anyMatch(problem -> problem.contains(name.toString()))
        .anyMatch(problem -> problem.contains(Digest.of(B).hex()));
    assertThatThrownBy(() -> store.collect()).isInstanceOf(ImageException.class);
    assertThat(image.label()).isEqualTo("docker.io/library/a:1");
  }

  @Test
  void nothing_is_collected_while_an_image_cannot_be_followed() throws IOException {
    StoredImage image = Samples.keep(store, "a:1", A);
    byte[] manifest = Files.readAllBytes(file(image.target().digest()));
    Files.write(file(image.target().digest()), new byte[manifest.length]);

    assertThatThrownBy(() -> store.collect())
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("image docker.io/library/a:1")
        .hasMessageContaining("remove it");
    assertThat(store.contains(LAYER)).isTrue();
    store.remove(image);
    assertThat(store.collect().blobs()).isEqualTo(3);
  }

  @Test
  void what_a_killed_jvm_was_writing_is_collected() throws IOException {
    Path lease = Files.createDirectory(directory.resolve("leases/dead"));
    Files.createFile(lease.resolve("lock"));
    Files.write(lease.resolve("1.part"), A);
    Files.write(lease.resolve("held"), "{\"mediaType\":".getBytes(StandardCharsets.UTF_8));
    Files.createDirectory(directory.resolve("leases/killed-at-once"));
    Files.write(directory.resolve("names/new"), new byte[3]);

    assertThat(store.usage().underWay().bytes()).isGreaterThan(A.length);
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.collect().leases()).isEqualTo(2);
    assertThat(files("leases")).isEmpty();
    assertThat(files("names")).isEmpty();
  }

  @Test
  void the_directory_is_the_owner_s_alone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

    assertThatThrownBy(() -> ImageStore.open(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("0770");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"jcontainerImageStore\":2}"})
  void a_store_of_another_version_is_refused(String version) throws IOException {
    Files.writeString(directory.resolve("store.json"), version);

    assertThatThrownBy(() -> ImageStore.open(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("another version");
  }

  @Test
  void a_directory_with_other_things_in_it_is_refused() throws IOException {
    Path home = Files.createDirectory(parent.resolve("home"));
    Files.createFile(home.resolve("thesis.tex"));

    assertThatThrownBy(() -> ImageStore.open(home))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("not empty");
    assertThatThrownBy(() -> ImageStore.open(home.resolve("thesis.tex")))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void a_store_behind_a_symbolic_link_is_the_same_store() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("link"), directory);
    StoredImage image = Samples.keep(ImageStore.open(link), "a:1", A);

    assertThat(store.images()).containsExactly(image);
    assertThat(ImageStore.open(link).directory()).isEqualTo(store.directory());
  }

  @Test
  void an_interrupted_thread_is_told_so() {
    Lease lease = store.lease();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> lease.hold(LAYER)).isInstanceOf(ContainerInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    lease.close();
    assertThat(store.check().isClean()).isTrue();
  }

  @Test
  void many_threads_write_name_and_collect_at_once() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int number = i;
        futures.add(
            threads.submit(
                () -> {
                  ImageStore own = ImageStore.open(directory);
                  for (int round = 0; round < 20; round++) {
                    String name = "image:" + round % 3;
                    StoredImage image =
                        Samples.keep(own, name, A, Samples.bytes(number * 100 + round, 3000));
                    if (round % 4 == number % 4) {
                      own.collect();
                    }
                    assertThat(own.find(image.name().orElseThrow())).isPresent();
                  }
                  return null;
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.images()).hasSize(3);
    store.collect();
    assertThat(store.usage().blobs()).isEqualTo(1 + 3 * 3);
    assertThat(files("leases")).isEmpty();
  }

  @Test
  void what_is_missing_above_it_is_its_users_alone_whatever_the_umask() throws IOException {
    ImageStore.open(parent.resolve("share/jcontainer/store"));

    for (String made : List.of("share", "share/jcontainer", "share/jcontainer/store")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(parent.resolve(made))))
          .as(made)
          .isEqualTo("rwx------");
    }
  }

  @Test
  void a_part_of_a_store_that_is_a_link_is_refused() throws IOException {
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    for (String part : List.of("blobs", "names", "leases")) {
      Path other = Files.createDirectory(parent.resolve("with-" + part));
      ImageStore.open(other);
      for (Path left : children(other.resolve(part))) {
        Files.delete(left);
      }
      Files.delete(other.resolve(part));
      Files.createSymbolicLink(other.resolve(part), elsewhere);

      assertThatThrownBy(() -> ImageStore.open(other))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining(part);
    }
    assertThat(elsewhere).isEmptyDirectory();
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void a_name_in_the_file_of_another_one_is_found_to_be_wrong() throws IOException {
    Samples.keep(store, "a:1", A);
    Path file = files("names").get(0);
    Files.move(file, file.resolveSibling("0".repeat(64) + ".json"));

    assertThat(store.check().problems())
        .singleElement()
        .asString()
        .contains("is not the one of this file");
  }

  /** What it was before it was settled is not remembered, whatever its times say. */
  @Test
  void a_name_that_was_just_written_is_read_again() throws IOException {
    ImageReference name = ImageReference.parse("a:1");
    StoredImage first = Samples.keep(store, "a:1", A);
    Path file = files("names").get(0);
    byte[] before = Files.readAllBytes(file);
    StoredImage second = Samples.keep(store, "a:1", B);
    FileTime later = FileTime.from(Instant.now().plusSeconds(3600));
    Files.setLastModifiedTime(file, later);
    assertThat(store.find(name)).contains(second.target());

    Files.write(file, before); // the same inode, and as many bytes
    Files.setLastModifiedTime(file, later);
    assertThat(store.find(name)).contains(first.target());
  }
}
