package io.jcontainer.linux.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Goes through names, and looks at what some directories have of them, many at a time. */
final class Lookup {
  private static final int AT_A_TIME = 32;

  private final TreeFiles files;
  private final Names names;
  private final Supplier<List<Integer>> directories;
  private int next;
  private List<FileName> batch = List.of();
  private int at;
  private List<Map<FileName, LayerEntry>> found = List.of();

  /**
   * Begins.
   *
   * @param directories those that are looked at, which may be other descriptors of the same ones
   *     each time; {@link TreeFiles#GONE} has nothing
   */
  Lookup(TreeFiles files, Names names, Supplier<List<Integer>> directories) {
    this.files = files;
    this.names = names;
    this.directories = directories;
  }

  /** The next name; null at the end. */
  @Nullable FileName next() {
    if (at == batch.size()) {
      if (next == names.size()) {
        return null;
      }
      load();
    }
    return batch.get(at++);
  }

  /** The names are of no use any more. */
  void forget() {
    names.forget();
  }

  private void load() {
    batch = new ArrayList<>(AT_A_TIME);
    while (next < names.size() && batch.size() < AT_A_TIME) {
      batch.add(names.get(next++));
    }
    at = 0;
    found = new ArrayList<>();
    for (int directory : directories.get()) {
      found.add(directory == TreeFiles.GONE ? Map.of() : files.look(directory, batch));
    }
  }

  /** What one of the directories has of the name that came last; null if nothing. */
  @Nullable LayerEntry in(int directory) {
    return found.get(directory).get(batch.get(at - 1));
  }
}
