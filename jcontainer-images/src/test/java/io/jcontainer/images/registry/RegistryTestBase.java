package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoredImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry, a client that is quick to give up, and a store. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
abstract class RegistryTestBase {
  static final Duration SHORT = Duration.ofMillis(1);

  @TempDir Path parent;
  final FakeRegistry fake = FakeRegistry.start();
  final List<TransferEvent> events = Collections.synchronizedList(new ArrayList<>());
  final List<AutoCloseable> open = new ArrayList<>();
  ImageStore store;
  Registry registry;

  RegistryOptions options() {
    return RegistryOptions.defaults()
        .withoutDockerConfig()
        .withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(10))
        .withAttempts(3, SHORT, Duration.ofSeconds(5));
  }

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
    registry = client(options());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    fake.close();
    // A thread that has left its pool is listed for a moment longer.
    assertThat(Poll.until(options().stallTimeout(), () -> threadsOfCalls().isEmpty()))
        .as("threads of calls that have returned: %s", threadsOfCalls())
        .isTrue();
  }

  private static List<String> threadsOfCalls() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(
            name ->
                Stream.of("jcontainer-pull", "jcontainer-push", "jcontainer-layer")
                    .anyMatch(name::startsWith))
        .toList();
  }

  Registry client(RegistryOptions options) {
    return opened(Registry.create(options));
  }

  FakeRegistry another() {
    return opened(FakeRegistry.start());
  }

  <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  ImageReference name(String rest) {
    return ImageReference.parse(fake.host() + "/" + rest);
  }

  StoredImage pull(String rest) {
    return pull(registry, rest);
  }

  StoredImage pull(Registry client, String rest) {
    return client.pull(name(rest), FakeImage.AMD64, store, events::add);
  }

  List<TransferEvent.Step> steps() {
    return events.stream().map(TransferEvent::step).toList();
  }

  /** The store has no image and no half of one, and what it has is good. */
  void untouched() {
    assertThat(store.images()).isEmpty();
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
    store.collect();
    assertThat(store.usage().blobs()).isZero();
  }
}
