package io.jcontainer.linux.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.FileStat;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However much a container has made, 64 MiB of heap are enough for it, or it is refused. */
@Tag("once")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class WalkHeapIT {
  private static final int MILLION = 1_000_000;

  /**
   * A directory of very many files.
   *
   * @param names how each of their names looks
   * @param links how many names each file says it has
   */
  private record Many(String names, long links) implements TreeFiles {
    @Override
    public Names list(int directory, HeapShare share) {
      Names all = new Names(share);
      for (int i = 0; i < MILLION; i++) {
        all.add(new FileName(names.formatted(i)));
      }
      return all.sorted();
    }

    @Override
    public Map<FileName, LayerEntry> look(int directory, List<FileName> asked) {
      Map<FileName, LayerEntry> found = new HashMap<>();
      for (FileName name : asked) {
        if (name.equals(FileName.of("."))) {
          FileStat root = new FileStat(0040755, 0, 0, 0, 0, 0, 2, MILLION, 0, 0, 0, 0);
          found.put(name, new LayerEntry(name, root, List.of()));
          continue;
        }
        long number = Long.parseLong(name.latin1().substring(name.latin1().length() - 7));
        FileStat stat = new FileStat(0100644, 0, 0, 0, 0, 0, links, number, 0, 0, 0, 0);
        found.put(name, new LayerEntry(name, stat, List.of()));
      }
      return found;
    }

    @Override
    public byte @Nullable [] attribute(int directory, FileName name, String attribute) {
      return null;
    }

    @Override
    public @Nullable FileName link(int directory, FileName name) {
      return null;
    }

    @Override
    public int open(int directory, FileName name) {
      return GONE;
    }

    @Override
    public int openAbove(int directory, long inode) {
      return GONE;
    }

    @Override
    public @Nullable OpenFile openFile(int directory, FileName name) {
      return null;
    }

    @Override
    public byte[] read(int file) {
      return new byte[0];
    }

    @Override
    public void close(int fd) {}
  }

  /** Walks through them. */
  static final class Main {
    public static void main(String[] args) throws IOException {
      assertThat(told(new Many("%07d", 1))).isEqualTo(MILLION);
      assertThat(refusal(new Many("x".repeat(200) + "%07d", 1))).contains("-Xmx");
      assertThat(refusal(new Many("%07d", 2))).contains("-Xmx");
    }

    private static int told(Many files) throws IOException {
      int[] told = {0};
      TreeSink sink =
          new TreeSink() {
            @Override
            public void entry(TreeEntry entry, @Nullable Content content) {
              told[0]++;
            }

            @Override
            public void removed(String path) {}
          };
      Viewer viewer = new Viewer(UserPlacement.none(), false);
      RootAttributes root = RootAttributes.USUAL;
      new Walk(files, viewer, OverlayMarks.TRUSTED, root, Set.of(), false, sink).run(7, List.of());
      return told[0];
    }

    private static String refusal(Many files) throws IOException {
      try {
        return told(files) + " were told";
      } catch (HeapShare.ExceededException e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  @Test
  void a_million_files_in_a_directory_are_told_and_more_than_there_is_room_for_are_refused() {
    try (JvmFork jvm = JvmFork.start(List.of("-Xmx64m"), Main.class)) {
      assertThat(jvm.waitFor(Duration.ofMinutes(1))).as("%s", jvm.stderr()).isZero();
    }
  }
}
