package io.jcontainer.linux.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the layers below would show together. The directories on the way to what was looked for last
 * stay open, since the next is often near.
 */
final class LowerDirectories {
  private final Workshop workshop;
  private final TreeReader reader;
  private final String overlay;
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

  /** Takes over the roots, topmost first. */
  LowerDirectories(Workshop workshop, TreeReader reader, String overlay, List<Integer> roots) {
    this.workshop = workshop;
    this.reader = reader;
    this.overlay = overlay;
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
    for (int directory : levels.get(levels.size() - 1).directories) {
      LayerEntry entry = reader.look(directory, fileName);
      if (entry == null) {
        continue;
      }
      if (entry.stat().isWhiteout()) {
        return null;
      }
      if (opened == null) {
        return new Found(entry, directory);
      }
      if (!entry.isDirectory()) {
        return null;
      }
      opened.add(workshop.openDirectory(directory, fileName));
      if (entry.has(overlay, Overlays.OPAQUE)) {
        return null;
      }
    }
    return null;
  }
}
