package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.Index;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pull brings, and how many requests it needs. */
class PullTest extends RegistryTestBase {
  private static final FakeImage IMAGE = FakeImage.random(FakeImage.AMD64, 1, 5, 300_000);
  private static final FakeImage ARM = FakeImage.random(FakeImage.ARM64, 2, 1, 1000);

  private void whole(StoredImage image) throws IOException {
    for (Descriptor layer : store.manifest(image.target(), FakeImage.AMD64).layers()) {
      try (InputStream in = store.read(layer)) {
        assertThat(in.readAllBytes()).hasSize((int) layer.size());
      }
    }
    assertThat(store.check().problems()).isEmpty();
  }

  @Test
  void an_index_is_kept_as_it_is_with_the_image_for_the_platform_only() throws IOException {
    Descriptor index = IMAGE.putWith(ARM, fake, "a/b", "1");

    StoredImage image = pull("a/b:1");

    assertThat(image).isEqualTo(new StoredImage(Optional.of(name("a/b:1")), index));
    assertThat(store.images()).containsExactly(image);
    whole(image);
    assertThat(store.contains(ARM.descriptor())).isFalse();
    assertThat(fake.requests).allMatch(request -> request.method().equals("GET")).hasSize(8);
    assertThat(fake.sawCredentials()).isFalse();
    assertThat(steps())
        .containsOnly(
            TransferEvent.Step.STARTED, TransferEvent.Step.PROGRESS, TransferEvent.Step.FINISHED);
    assertThat(events)
        .filteredOn(event -> event.step() == TransferEvent.Step.FINISHED)
        .hasSize(8)
        .allMatch(event -> event.bytes() == event.blob().size());
  }

  @Test
  void all_platforms_are_pulled_if_that_is_wanted() throws IOException {
    IMAGE.putWith(ARM, fake, "a/b", "1");

    StoredImage image = registry.pullAll(name("a/b:1"), store, TransferListener.none());

    whole(image);
    assertThat(store.manifest(image.target(), FakeImage.ARM64).layers())
        .containsExactly(ARM.layer(0));
    assertThat(store.contains(ARM.layer(0))).isTrue();
  }

  @Test
  void an_index_of_nothing_is_no_image() {
    FakeImage.put(fake, "a", "1", MediaType.OCI_INDEX, Index.of(List.of()).toBytes());

    assertThatThrownBy(() -> registry.pullAll(name("a:1"), store, TransferListener.none()))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("the index is empty");
    untouched();
  }

  @Test
  void an_image_that_is_there_takes_one_request() {
    IMAGE.putWith(ARM, fake, "a/b", "1");
    StoredImage image = pull("a/b:1");
    fake.requests.clear();

    assertThat(pull("a/b:1")).isEqualTo(image);

    assertThat(fake.seen()).containsExactly("HEAD /v2/a/b/manifests/1");
  }

  @Test
  void an_image_that_is_there_by_its_digest_takes_none() {
    Descriptor index = IMAGE.putWith(ARM, fake, "a/b", "1");
    StoredImage image = pull("a/b@" + index.digest());
    assertThat(image.target()).isEqualTo(index);
    fake.requests.clear();

    assertThat(pull("a/b@" + index.digest())).isEqualTo(image);

    assertThat(fake.seen()).isEmpty();
  }

  /** Its manifest is there by then, be it for good: a JVM may have been killed. */
  @Test
  void a_pull_that_broke_off_is_in_nobodys_way_who_has_another_image_of_its_index()
      throws IOException {
    IMAGE.putWith(ARM, fake, "a/b", "1");
    fake.blobs.remove(ARM.layer(0).digest().toString());
    assertThatThrownBy(() -> registry.pull(name("a/b:1"), FakeImage.ARM64, store, events::add))
        .isInstanceOf(RegistryException.class);
    assertThat(store.contains(ARM.descriptor())).isTrue();

    StoredImage image = pull("a/b:1");
    whole(image);
    assertThat(store.collect().blobs()).isZero();
    assertThatThrownBy(() -> registry.push(image, name("c:1"), store, events::add))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("neither in the store nor in the repository");
  }

  @Test
  void the_other_platform_of_an_index_that_is_there_is_loaded() {
    IMAGE.putWith(ARM, fake, "a/b", "1");
    pull("a/b:1");
    fake.requests.clear();

    registry.pull(name("a/b:1"), FakeImage.ARM64, store, events::add);

    assertThat(store.contains(ARM.layer(0))).isTrue();
    assertThat(fake.requests).hasSize(4);
  }

  @Test
  void a_tag_that_has_moved_is_followed_and_what_both_have_is_loaded_once() {
    IMAGE.putInto(fake, "a/b", "1");
    pull("a/b:1");
    List<byte[]> layers = new ArrayList<>(IMAGE.layers());
    layers.add(FakeImage.layer(9, 100));
    FakeImage next = FakeImage.of(FakeImage.AMD64, layers.toArray(byte[][]::new));
    Descriptor target = next.putInto(fake, "a/b", "1");
    fake.requests.clear();

    assertThat(pull("a/b:1").target()).isEqualTo(target);

    assertThat(fake.requests).hasSize(4); // HEAD, manifest, configuration, the new layer
    assertThat(steps()).contains(TransferEvent.Step.PRESENT);
  }

  @Test
  void a_layer_that_occurs_twice_is_loaded_once() {
    byte[] layer = FakeImage.layer(1, 1000);
    FakeImage.of(FakeImage.AMD64, layer, FakeImage.layer(2, 10), layer).putInto(fake, "a", "1");

    StoredImage image = pull("a:1");

    assertThat(store.manifest(image.target(), FakeImage.AMD64).layers()).hasSize(3);
    assertThat(fake.requests).hasSize(4);
  }

  @Test
  void no_image_for_the_platform_says_which_there_are() {
    IMAGE.putWith(ARM, fake, "a/b", "1");

    assertThatThrownBy(
            () -> registry.pull(name("a/b:1"), Platform.parse("linux/s390x"), store, events::add))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("no image for linux/s390x")
        .hasMessageContaining("[linux/arm64, linux/amd64]");
    untouched();
  }

  @Test
  void what_is_not_there_says_so() {
    assertThatThrownBy(() -> pull("a/b:1"))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessage("%s has no image a/b:1".formatted(fake.host()));
    untouched();
  }

  @Test
  void an_index_in_an_index_is_followed() throws IOException {
    Descriptor inner = IMAGE.putWith(ARM, fake, "a", "inner");
    FakeImage.put(fake, "a", "1", MediaType.OCI_INDEX, Index.of(List.of(inner)).toBytes());

    whole(pull("a:1"));
  }

  @Test
  void layers_come_in_parallel_but_not_more_than_allowed() {
    IMAGE.putInto(fake, "a", "1");
    CountDownLatch three = new CountDownLatch(3);
    List<String> waiting = Collections.synchronizedList(new ArrayList<>());
    fake.on(
        "/blobs/",
        (exchange, request) -> {
          if (!request.path().endsWith(store(IMAGE.config()))) {
            waiting.add(request.path());
            three.countDown();
            await(three); // or the test ends by its timeout
            assertThat(waiting.size()).isLessThanOrEqualTo(3);
            waiting.remove(request.path());
          }
          return false;
        });

    pull("a:1");
  }

  private static String store(byte[] bytes) {
    return Descriptor.of(MediaType.OCI_LAYER, bytes).digest().hex();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void a_pull_that_is_interrupted_ends() throws Exception {
    IMAGE.putInto(fake, "a", "1");
    CountDownLatch begun = new CountDownLatch(3);
    CountDownLatch never = new CountDownLatch(1);
    fake.on(
        IMAGE.layer(0).digest().hex(),
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, IMAGE.layer(0).size());
          exchange.getResponseBody().write(IMAGE.layers().get(0), 0, 1000);
          exchange.getResponseBody().flush();
          begun.countDown();
          await(never);
          return true;
        });
    for (int layer = 1; layer < 3; layer++) {
      fake.on(
          IMAGE.layer(layer).digest().hex(),
          (exchange, request) -> {
            begun.countDown();
            await(never);
            return true;
          });
    }
    FutureTask<Boolean> pull =
        new FutureTask<>(
            () -> {
              assertThatThrownBy(() -> pull("a:1"))
                  .isInstanceOf(ContainerInterruptedException.class);
              return Thread.interrupted();
            });
    Thread thread = new Thread(pull);
    thread.start();
    begun.await();

    thread.interrupt();

    assertThat(pull.get()).as("the status is set again").isTrue();
    untouched();
  }

  @Test
  void a_listener_that_throws_ends_the_pull() {
    IMAGE.putInto(fake, "a", "1");

    assertThatThrownBy(
            () ->
                registry.pull(
                    name("a:1"),
                    FakeImage.AMD64,
                    store,
                    event -> {
                      if (event.step() == TransferEvent.Step.PROGRESS) {
                        throw new IllegalStateException("enough");
                      }
                    }))
        .hasMessage("enough");
    untouched();
  }

  @Test
  void layers_are_taken_while_they_come_in() throws IOException {
    IMAGE.putInto(fake, "a", "1");
    byte[][] taken = new byte[5][];
    CountDownLatch half = new CountDownLatch(1);
    fake.on(
        IMAGE.layer(4).digest().hex(),
        (exchange, request) -> {
          byte[] layer = IMAGE.layers().get(4);
          exchange.sendResponseHeaders(200, layer.length);
          exchange.getResponseBody().write(layer, 0, layer.length / 2);
          exchange.getResponseBody().flush();
          await(half); // the rest comes when somebody has read the begin
          exchange
              .getResponseBody()
              .write(layer, layer.length / 2, layer.length - layer.length / 2);
          return true;
        });

    StoredImage image =
        registry.pull(
            name("a:1"),
            FakeImage.AMD64,
            store,
            events::add,
            (config, index, layer, tar) -> {
              assertThat(layer).isEqualTo(IMAGE.layer(index));
              assertThat(config.diffIds().get(index)).isEqualTo(layer.digest());
              byte[] first = tar.readNBytes(1000);
              if (index == 4) {
                half.countDown();
              }
              byte[] rest = tar.readAllBytes();
              byte[] all = Arrays.copyOf(first, first.length + rest.length);
              System.arraycopy(rest, 0, all, first.length, rest.length);
              taken[index] = all;
            });

    whole(image);
    for (int i = 0; i < 5; i++) {
      assertThat(taken[i]).isEqualTo(IMAGE.layers().get(i));
    }
  }

  @Test
  void a_sink_that_cannot_take_a_layer_ends_the_pull() {
    IMAGE.putInto(fake, "a", "1");

    assertThatThrownBy(
            () ->
                registry.pull(
                    name("a:1"),
                    FakeImage.AMD64,
                    store,
                    events::add,
                    (config, index, layer, tar) -> {
                      throw new IOException("no room");
                    }))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("no room");
    untouched();
  }

  @Test
  void a_sink_says_how_much_it_takes_of_a_layer() {
    IMAGE.putInto(fake, "a", "1");
    ImageLimits limits = new ImageLimits(1, ByteSize.ofBytes(100), 1, 1);
    LayerSink sink =
        new LayerSink() {
          @Override
          public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
              throws IOException {
            tar.transferTo(OutputStream.nullOutputStream());
          }

          @Override
          public ImageLimits limits() {
            return limits;
          }
        };

    assertThatThrownBy(() -> registry.pull(name("a:1"), FakeImage.AMD64, store, events::add, sink))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("has more than 100 bytes");
    untouched();
  }

  @Test
  void a_sink_sees_no_end_of_a_layer_that_is_wrong() {
    IMAGE.putInto(fake, "a", "1");
    byte[] wrong = IMAGE.layers().get(0).clone();
    wrong[wrong.length - 1] = 1;
    fake.blobs.put(IMAGE.layer(0).digest().toString(), wrong);
    List<Integer> ended = Collections.synchronizedList(new ArrayList<>());
    List<Throwable> failed = Collections.synchronizedList(new ArrayList<>());

    assertThatThrownBy(
            () ->
                registry.pull(
                    name("a:1"),
                    FakeImage.AMD64,
                    store,
                    events::add,
                    (config, index, layer, tar) -> {
                      try {
                        tar.readAllBytes();
                        ended.add(index);
                      } catch (IOException e) {
                        failed.add(e);
                        throw e;
                      }
                    }))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("the bytes have the digest");
    assertThat(ended).doesNotContain(0);
    untouched();
  }

  @Test
  void several_pulls_at_once_by_one_client_are_good() throws Exception {
    IMAGE.putInto(fake, "a", "1");
    List<FutureTask<StoredImage>> pulls = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      FutureTask<StoredImage> pull =
          new FutureTask<>(
              () -> registry.pull(name("a:1"), FakeImage.AMD64, store, TransferListener.none()));
      pulls.add(pull);
      new Thread(pull).start();
    }
    for (FutureTask<StoredImage> pull : pulls) {
      assertThat(pull.get().target()).isEqualTo(IMAGE.descriptor());
    }
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.find(ImageReference.parse(fake.host() + "/a:1"))).isPresent();
  }

  @Test
  @Timeout(30)
  void indexes_with_very_many_ways_to_an_image_are_followed_once() throws IOException {
    Descriptor below = IMAGE.putInto(fake, "a", "0");
    for (int i = 0; i < 7; i++) {
      List<Descriptor> same = new ArrayList<>();
      for (int j = 0; j < 100; j++) {
        same.add(below.withAnnotations(Map.of("way", String.valueOf(j))));
      }
      byte[] index = Index.of(same).toBytes();
      below = FakeImage.put(fake, "a", "1", MediaType.OCI_INDEX, index);
    }

    whole(registry.pullAll(name("a:1"), store, TransferListener.none()));
  }
}
