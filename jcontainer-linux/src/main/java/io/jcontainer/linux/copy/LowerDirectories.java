package io.jcontainer.linux.copy;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
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
  private final Union union;
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
    this.union = new Union(reader, marks);
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
      levels.add(new Level(names[i], below(new FileName(names[i]))));
    }
    return Optional.ofNullable(topmost(new FileName(names[names.length - 1])));
  }

  private List<Integer> directories() {
    return levels.get(levels.size() - 1).directories;
  }

  /** Opens the directories of this name that are seen together. */
  private List<Integer> below(FileName name) {
    List<Integer> directories = directories();
    Union.Merged merged = union.merge(directories, new Search(directories, name));
    List<Integer> opened = new ArrayList<>();
    if (merged != null && merged.entry().isDirectory()) {
      for (int directory : merged.directories()) {
        looked.accept(OPENING);
        opened.add(workshop.openDirectory(directory, name));
      }
    }
    return opened;
  }

  private @Nullable Found topmost(FileName name) {
    List<Integer> directories = directories();
    Search search = new Search(directories, name);
    for (int i = 0; i < directories.size(); i++) {
      LayerEntry entry = search.apply(i);
      if (entry != null) {
        return union.marks().isWhiteout(entry) ? null : new Found(entry, directories.get(i));
      }
    }
    return null;
  }

  /** Looks for a name in some directories from the first on, no further than it is asked to. */
  private final class Search implements IntFunction<@Nullable LayerEntry> {
    private final List<Integer> directories;
    private final FileName name;
    private int from;
    private List<Boolean> having = List.of();

    Search(List<Integer> directories, FileName name) {
      this.directories = directories;
      this.name = name;
    }

    @Override
    public @Nullable LayerEntry apply(int index) {
      if (index == from + having.size()) {
        from = index;
        int to = Math.min(directories.size(), from + AT_A_TIME);
        looked.accept(to - from);
        having = having(directories.subList(from, to), name);
      }
      return having.get(index - from) ? reader.look(directories.get(index), name) : null;
    }
  }

  /** Which of the directories have something of this name. */
  private List<Boolean> having(List<Integer> directories, FileName name) {
    Memory stat = Memory.zeros("stat", FileStat.BYTES);
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
    List<Boolean> having = new ArrayList<>();
    for (int i = 0; i < directories.size(); i++) {
      having.add(found.get(i) >= 0);
    }
    return having;
  }
}
