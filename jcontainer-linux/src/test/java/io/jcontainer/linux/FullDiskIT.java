package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.OwnMounts;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A state directory that cannot be written, in JVMs that have it on a small file system of their
 * own.
 */
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
@Timeout(120)
class FullDiskIT {
  @TempDir Path parent;

  /** What is the matter with the file system, how it comes to that, and how it ends. */
  enum Disk {
    /** Files can be made, but nothing can be written into them. */
    WITHOUT_BLOCKS("ENOSPC") {
      @Override
      void spoil(Path disk) throws IOException {
        fill(disk.resolve("filler"));
      }

      @Override
      void mend(Path disk) throws IOException {
        Files.delete(disk.resolve("filler"));
      }
    },
    /** There is a place for the line of a name, but then none for a record. */
    WITH_ONE_BLOCK("ENOSPC") {
      @Override
      void spoil(Path disk) throws IOException {
        Path last = Files.write(disk.resolve("last"), new byte[1]);
        fill(disk.resolve("filler"));
        Files.delete(last);
      }

      @Override
      void mend(Path disk) throws IOException {
        Files.delete(disk.resolve("filler"));
      }
    },
    /** No file can be made. */
    WITHOUT_INODES("ENOSPC") {
      @Override
      void spoil(Path disk) throws IOException {
        Files.createDirectory(disk.resolve("fillers"));
        assertThatThrownBy(
                () -> {
                  for (int i = 0; ; i++) {
                    Files.createFile(disk.resolve("fillers/" + i));
                  }
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("No space left");
      }

      @Override
      void mend(Path disk) throws IOException {
        for (Path filler : children(disk.resolve("fillers"))) {
          Files.delete(filler);
        }
      }
    },
    READ_ONLY("EROFS") {
      @Override
      void spoil(Path disk) throws IOException {
        remount("ro");
      }

      @Override
      void mend(Path disk) throws IOException {
        remount("rw");
      }
    };

    final String errno;

    Disk(String errno) {
      this.errno = errno;
    }

    abstract void spoil(Path disk) throws IOException;

    abstract void mend(Path disk) throws IOException;

    private static void fill(Path filler) {
      byte[] page = new byte[4096];
      assertThatThrownBy(
              () -> {
                try (OutputStream out = Files.newOutputStream(filler)) {
                  while (true) {
                    out.write(page);
                  }
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left");
    }

    private static void remount(String how) throws IOException {
      System.out.println("remount,bind," + how);
      assertThat(System.in.readNBytes(5)).asString().isEqualTo("done\n");
    }
  }

  private static int uid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** The main program of a JVM whose file system is spoilt before its first container. */
  static final class Main {
    private static final ContainerSpec UNNAMED = ContainerSpec.of("cat");
    private static final ContainerSpec NAMED = UNNAMED.toBuilder().name("web").build();

    private final Path disk;
    private final Path state;
    private final ContainerRuntime runtime;
    private final ContainerRuntime other;

    private Main(Path disk) throws IOException {
      this.disk = disk;
      this.state = disk.resolve("state");
      RuntimeOptions options =
          RuntimeOptions.defaults()
              .withStateDirectory(state)
              .withPreparedRoots(0)
              .withPreparedNetworks(0);
      int uid = uid();
      if (uid != 0) { // newuidmap(1) has no rights here
        List<IdMapping.Range> own = List.of(new IdMapping.Range(0, uid, 1));
        options = options.withIds(new IdMapping(own, own));
      }
      runtime = ContainerRuntime.create(options);
      other = ContainerRuntime.create(options);
    }

    public static void main(String[] args) throws IOException {
      Main main = new Main(Path.of(args[0]));
      Disk disk = Disk.valueOf(args[1]);
      disk.spoil(main.disk);
      if (disk == Disk.WITH_ONE_BLOCK) {
        main.refusesNames(disk);
        assertThat(children(main.state)).noneMatch(file -> file.endsWith("name-web"));
      } else {
        main.spoilt(disk);
      }
      disk.mend(main.disk);
      main.mended();
      System.out.println("all is well");
    }

    private void spoilt(Disk disk) throws IOException {
      runUnlisted();
      Set<Long> processes = processes();
      for (int i = 0; i < 3; i++) {
        refusesNames(disk);
      }
      runUnlisted();
      assertThat(processes()).isEqualTo(processes);
      assertThat(runtime.containers()).isEmpty();
      Kernel kernel = new JnaKernel();
      StateDirectory directory = StateDirectory.at(state, uid());
      assertThatThrownBy(() -> directory.executable(kernel, "launcher", new byte[10_000]))
          .isInstanceOf(ContainerException.class)
          .hasMessageContaining(state.toString())
          .hasMessageContaining(Errno.valueOf(disk.errno).message());
      // A runtime's own file, if there can be one, stays as long as the runtime.
      assertThat(children(state))
          .hasSize(disk == Disk.WITHOUT_BLOCKS ? 1 : 0)
          .allMatch(file -> file.getFileName().toString().startsWith("containers-"));
    }

    private void refusesNames(Disk disk) {
      assertThatThrownBy(() -> runtime.start(NAMED))
          .isInstanceOf(ContainerException.class)
          .hasMessageContaining(state.toString())
          .hasMessageContaining(disk.errno);
    }

    private void runUnlisted() {
      try (Container container = runtime.start(UNNAMED)) {
        assertThat(container.isAlive()).isTrue();
        assertThat(other.containers()).isEmpty();
      }
    }

    private void mended() throws IOException {
      for (int i = 0; i < 2; i++) {
        try (Container unnamed = runtime.start(UNNAMED);
            Container named = runtime.start(NAMED)) {
          assertThat(other.containers())
              .extracting(ContainerHandle::id)
              .containsExactlyInAnyOrder(unnamed.id(), named.id());
          assertThat(children(state))
              .as("no place of a record is lost")
              .filteredOn(file -> file.getFileName().toString().startsWith("containers-"))
              .singleElement(InstanceOfAssertFactories.PATH)
              .satisfies(file -> assertThat(Files.size(file)).isEqualTo(2 * 1024));
        }
      }
      other.close();
      runtime.close();
      assertThat(children(state)).isEmpty();
    }

    private static Set<Long> processes() {
      return ProcessHandle.current()
          .descendants()
          .map(ProcessHandle::pid)
          .collect(Collectors.toSet());
    }
  }

  /**
   * Mounts a small disk, runs a JVM, and mounts it in another way when the JVM asks for that. The
   * JVM of an ordinary user is one again, without any rights about mounts.
   */
  private static final String SCRIPT =
      """
      mount -t tmpfs -o size=64k,nr_inodes=20,mode=755 tmpfs "$0"
      mkfifo "$0.answers"
      as_before "$@" <"$0.answers" | {
        exec 3>"$0.answers"
        while read -r line; do
          case $line in
            remount,*) mount -o "$line" "$0"; echo done >&3 ;;
            *) echo "$line" ;;
          esac
        done
      }
      """;

  /** Runs the main program where only it has the file system. */
  private static String onSmallDisk(Path place, Disk disk) throws IOException {
    int uid = uid();
    String user = uid == 0 ? "" : "unshare -U --map-user=%d --map-group=%<d".formatted(uid);
    String asBefore = "as_before() { %s \"$@\"; }\n".formatted(user);
    return OwnMounts.run(asBefore + SCRIPT, place, Main.class, disk.name());
  }

  @ParameterizedTest
  @EnumSource
  void where_nothing_can_be_written_names_are_refused_and_the_rest_goes_on_until_it_can(Disk disk)
      throws Exception {
    Path place = Files.createDirectory(parent.resolve("disk"));

    assertThat(onSmallDisk(place, disk)).endsWith("all is well\n");
  }
}
