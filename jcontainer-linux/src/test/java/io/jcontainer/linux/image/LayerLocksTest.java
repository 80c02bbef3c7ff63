package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerLocksTest {
  private final Path parent;
  private final Path directory;
  private final Path layer;
  private final UnpackingUser user;

  LayerLocksTest(@TempDir Path parent) throws IOException {
    this.parent = parent;
    directory = parent.resolve("layers");
    layer = Files.createDirectories(directory.resolve("a/diff"));
    Files.createFile(layer.resolveSibling("lock"));
    user = new UnpackingUser(parent.resolve("state"));
  }

  @AfterEach
  void close() {
    user.close();
  }

  private LayerPlaces places() throws IOException {
    return new LayerPlaces(
        user.kernel(), user.launcher(), directory, null, new Syncs(user.kernel()));
  }

  private LayerLocks locks() throws IOException {
    Arch arch = user.launcher().arch();
    return Objects.requireNonNull(LayerLocks.of(user.kernel(), arch, List.of(layer)));
  }

  @Test
  void what_is_held_is_not_pruned() throws IOException {
    try (LayerLocks locks = locks();
        LayerLocks others = locks()) {
      assertThat(locks).isNotSameAs(others);
      assertThat(places().prune(Set.of())).isZero();
    }
    assertThat(places().prune(Set.of())).isEqualTo(1);
    assertThat(layer).doesNotExist();
  }

  @Test
  void what_is_gone_cannot_be_held() throws IOException {
    Files.delete(layer.resolveSibling("lock"));

    assertThat(LayerLocks.of(user.kernel(), user.launcher().arch(), List.of(layer))).isNull();
  }

  @Test
  void a_lock_that_is_a_link_is_none() throws IOException {
    Files.move(layer.resolveSibling("lock"), parent.resolve("elsewhere"));
    Files.createSymbolicLink(layer.resolveSibling("lock"), parent.resolve("elsewhere"));

    assertThatThrownBy(() -> LayerLocks.of(user.kernel(), user.launcher().arch(), List.of(layer)))
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("ELOOP");
  }

  /** As somebody has it who counts what could be removed. */
  @Test
  void what_somebody_has_alone_for_a_moment_is_waited_for() throws Exception {
    Arch arch = user.launcher().arch();
    CompletableFuture<LayerLocks> locks;
    try (Fd alone =
        Objects.requireNonNull(
            LayerLock.take(user.kernel(), arch, layer.resolveSibling(""), true, false))) {
      assertThat(alone.number()).isNotNegative();
      CountDownLatch begun = new CountDownLatch(1);
      locks =
          CompletableFuture.supplyAsync(
              () -> {
                begun.countDown();
                try {
                  return locks();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      begun.await();
      assertThat(places().prune(Set.of())).as("others have it").isZero();
      assertThat(locks).isNotDone();
    }
    try (LayerLocks held = locks.get(20, TimeUnit.SECONDS)) {
      assertThat(places().prune(Set.of())).isZero();
    }
  }
}
