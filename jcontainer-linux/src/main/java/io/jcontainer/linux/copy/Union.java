package io.jcontainer.linux.copy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One directory of an overlay: of each name the topmost layer's file, or the directories of all
 * layers down to the one that hides what is below.
 */
final class Union {
  private final Map<FileName, Open> names = new LinkedHashMap<>();

  /**
   * A name in the union.
   *
   * @param entry the topmost layer's
   * @param layers the numbers of the layers whose directories it consists of, topmost first; of
   *     what is no directory, the one that it lies in
   */
  record Merged(LayerEntry entry, List<Integer> layers) {}

  private static final class Open {
    private final LayerEntry entry;
    private final List<Integer> layers = new ArrayList<>();
    private boolean closed;

    Open(LayerEntry entry) {
      this.entry = entry;
    }
  }

  /** Tells opaque directories from others. */
  interface Opacity {
    boolean hidesBelow(int layer, LayerEntry directory);
  }

  private Union() {}

  /**
   * The union of these directories.
   *
   * @param layers the numbers of the layers that have it, topmost first
   * @param entries what is in each
   */
  static List<Merged> of(List<Integer> layers, List<List<LayerEntry>> entries, Opacity opacity) {
    Union union = new Union();
    for (int i = 0; i < layers.size(); i++) {
      for (LayerEntry entry : entries.get(i)) {
        union.add(layers.get(i), entry, opacity);
      }
    }
    List<Merged> result = new ArrayList<>();
    for (Open open : union.names.values()) {
      if (!open.layers.isEmpty()) {
        result.add(new Merged(open.entry, List.copyOf(open.layers)));
      }
    }
    return result;
  }

  private void add(int layer, LayerEntry entry, Opacity opacity) {
    Open open = names.get(entry.name());
    if (open == null) {
      open = new Open(entry);
      names.put(entry.name(), open);
    } else if (open.closed) {
      return;
    } else if (!entry.isDirectory()) {
      open.closed = true; // a file, or a whiteout, between two directories parts them
      return;
    }
    if (!entry.stat().isWhiteout()) {
      open.layers.add(layer);
    }
    open.closed = !entry.isDirectory() || opacity.hidesBelow(layer, entry);
  }
}
