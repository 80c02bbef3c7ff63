package io.jcontainer.linux.copy;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the layers below would show together. The directories on the way to what was looked for last
 * stay open, since the next is often near.
 */
final class LowerDirectories {
  /** In how many layers a name is looked for in one order. */
  private static final int AT_A_TIME = 32;

  /** To open a directory takes as long as looking in so many. */
  private static final int OPENING = 4;

  private static final Slot FOUND = new Slot("found");

  private final Workshop workshop;
  private final TreeReader reader;
  private final OverlayMarks marks;
  private final IntConsumer looked;
  private final List<Level> levels = new ArrayList<>();

  /**
   * A directory as they would show it.
   *
   * @param directories it in each layer that has it, topmost first
   */
  private record Level(String name, List<Integer> directories) {}

  /**
   * Something that is there.
   *
   * @param entry the topmost
   * @param parent the directory that this is in
   */
  record Found(LayerEntry entry, int parent) {}

  /**
   * Takes over the roots, topmost first.
   *
   * @param looked is told each time in how many layers a name is looked for, and may throw
   */
  LowerDirectories(
      Workshop workshop,
      TreeReader reader,
      OverlayMarks marks,
      List<Integer> roots,
      IntConsumer looked) {
    this.looked = looked;
    this.workshop = workshop;
    this.reader = reader;
    this.marks = marks;
    levels.add(new Level("", roots));
  }

  /** What is to be seen at a path, if anything is. */
  Optional<Found> find(String path) {
    String[] names = path.split("/", -1);
    int same = 0;
    while (same < names.length - 1
        && same + 1 < levels.size()
        && levels.get(same + 1).name.equals(names[same])) {
      same++;
    }
    while (levels.size() > same + 1) {
      levels.remove(levels.size() - 1).directories.forEach(workshop::close);
    }
    for (int i = same; i < names.length - 1; i++) {
      List<Integer> below = new ArrayList<>();
      step(names[i], below);
      levels.add(new Level(names[i], below));
    }
    return Optional.ofNullable(step(names[names.length - 1], null));
  }

  /** Looks for a name in the last level, and opens the directories if there is a list for them. */
  private @Nullable Found step(String name, @Nullable List<Integer> opened) {
    FileName fileName = new FileName(name);
    List<Integer> directories = levels.get(levels.size() - 1).directories;
    for (int from = 0; from < directories.size(); from += AT_A_TIME) {
      List<Integer> some =
          directories.subList(from, Math.min(directories.size(), from + AT_A_TIME));
      looked.accept(some.size());
      for (int directory : having(some, fileName)) {
        LayerEntry entry = Objects.requireNonNull(reader.look(directory, fileName));
        if (marks.isWhiteout(entry)) {
          return null;
        }
        if (opened == null) {
          return new Found(entry, directory);
        }
        if (!entry.isDirectory()) {
          return null;
        }
        looked.accept(OPENING);
        opened.add(workshop.openDirectory(directory, fileName));
        if (marks.isOpaque(reader, directory, entry)) {
          return null;
        }
      }
    }
    return null;
  }

  /** Those directories in which there is something of this name. */
  private List<Integer> having(List<Integer> directories, FileName name) {
    Memory stat = Memory.zeros("stat", Stat.BYTES);
    Memory results = Memory.zeros("results", 8 * directories.size());
    Steps steps = new Steps();
    for (int i = 0; i < directories.size(); i++) {
      steps.add(
          FileCalls.statxat(Arg.of(directories.get(i)), name.arg(), Arg.of(stat))
              .tolerate(Errno.ENOENT)
              .into(FOUND),
          "whether it is there");
      Agent.store(FOUND, results, 8 * i, steps);
    }
    LongBuffer found =
        ByteBuffer.wrap(workshop.ask(steps, results, Arg.of(results.size())))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asLongBuffer();
    List<Integer> having = new ArrayList<>();
    for (int i = 0; i < directories.size(); i++) {
      if (found.get(i) >= 0) {
        having.add(directories.get(i));
      }
    }
    return having;
  }
}
