package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel says of directories that others change. */
@LeakChecked
@Timeout(60)
@RequiresHost(Feature.USER_NAMESPACES)
class TreeReaderIT {

  /** Has JNA make what it keeps, before anybody counts descriptors. */
  @BeforeAll
  static void load() {
    new JnaKernel().open("/", 0).close();
  }

  @Test
  void a_directory_that_was_removed_has_no_names_and_others_have_all(
      @HostRootedTempDir Path directory) throws IOException {
    Path gone = Files.createDirectory(directory.resolve("gone"));
    Path many = Files.createDirectory(directory.resolve("many"));
    int count = 2_000;
    for (int i = 0; i < count; i++) {
      Files.createFile(many.resolve("name" + i));
    }
    try (UnpackingUser user = new UnpackingUser(directory.resolve("state"));
        Workshop workshop =
            Workshop.open(user.launcher(), user.isRoot() ? null : user.owner().namespace())) {
      TreeReader reader = new TreeReader(workshop);
      int removed = workshop.openDirectory(gone.toString());
      Files.delete(gone);

      assertThat(reader.list(removed, HeapShare.all()).size()).isZero();
      assertThat(reader.list(workshop.openDirectory(many.toString()), HeapShare.all()).size())
          .isEqualTo(count);
    }
  }
}
