package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.Tool;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.jna.JnaKernel;
import io.jcontainer.linux.sys.jna.Xattrs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is in a copy of layers that other programs have made. */
@LeakChecked
@Timeout(60)
@RequiresHost(Feature.USER_NAMESPACES)
class LayerCopyIT {
  private Path directory;
  private Path low;
  private Path high;

  /** Has JNA make what it keeps, before anybody counts descriptors. */
  @BeforeAll
  static void load() {
    new JnaKernel().open("/", 0).close();
  }

  @BeforeEach
  void makeLayers(@HostRootedTempDir Path parent) throws IOException {
    directory = parent;
    low = Files.createDirectory(directory.resolve("low"));
    high = Files.createDirectory(directory.resolve("high"));
  }

  private Path copy() throws IOException {
    Path place = Files.createDirectory(directory.resolve("place"));
    try (UnpackingUser user = new UnpackingUser(directory.resolve("state"))) {
      UserPlacement placement =
          user.isRoot()
              ? UserPlacement.none()
              : new UserPlacement(Order.FIRST, user.owner().ids(), /* groupsDenied= */ false);
      LayerCopy.make(
          user.launcher(),
          placement,
          user.isRoot() ? null : user.owner().namespace(),
          List.of(low, high),
          place,
          "copy",
          RootAttributes.USUAL,
          Set.of());
    }
    return place.resolve("copy");
  }

  @Test
  void attributes_are_copied_however_many_and_whatever_they_are_called() throws IOException {
    Path file = Files.createFile(low.resolve("f"));
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      all.put("user." + "x".repeat(200) + i, "" + i);
    }
    all.put("user.\u00FF\u0080", "bytes \u00FF");
    all.forEach((name, value) -> Xattrs.set(file, name, value));

    assertThat(Xattrs.of(copy().resolve("f"))).isEqualTo(all);
  }

  @Test
  void whiteouts_that_are_files_are_whiteouts() throws IOException {
    Path below = Files.createDirectories(low.resolve("d"));
    Files.createFile(below.resolve("gone"));
    Files.createFile(below.resolve("kept"));
    Path above = Files.createDirectories(high.resolve("d"));
    String overlay = root() ? "trusted.overlay." : "user.overlay.";
    Xattrs.set(Files.createFile(above.resolve("gone")), overlay + "whiteout", "");
    Xattrs.set(above, overlay + "opaque", "x");

    Path copy = copy().resolve("d");

    assertThat(copy.resolve("gone")).doesNotExist();
    assertThat(copy.resolve("kept")).exists();
  }

  private static boolean root() {
    return Feature.ROOT.available();
  }

  @Test
  void the_stack_of_the_caller_may_be_small() throws Exception {
    Path deep = Files.createDirectories(high.resolve("d/".repeat(1_000)));
    Files.writeString(deep.resolve("bottom"), "x");
    FutureTask<Path> copy = new FutureTask<>(this::copy);
    Thread small = new Thread(null, copy, "small", 256 << 10);
    small.start();
    small.join();

    Path made = copy.get();
    assertThat(made.resolve("d/".repeat(1_000) + "bottom")).hasContent("x");
    // JUnit would need ten seconds for each of them.
    Tool.output("rm", "-r", high.resolve("d").toString(), made.toString());
  }
}
