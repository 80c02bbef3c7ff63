package io.jcontainer.linux.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What directories that lie on each other show together, as an overlay of them does.
 *
 * @param marks those of the overlay
 */
record Union(TreeFiles files, OverlayMarks marks) {

  /**
   * A name in them.
   *
   * @param entry the topmost one's
   * @param directories those that it lies in, topmost first: several if it is a directory of them
   *     all
   */
  record Merged(LayerEntry entry, List<Integer> directories) {}

  /**
   * A name; null if it is not there.
   *
   * @param directories topmost first
   * @param entries what each of these has of it, by its place among them
   */
  @Nullable Merged merge(List<Integer> directories, IntFunction<@Nullable LayerEntry> entries) {
    LayerEntry top = null;
    List<Integer> together = new ArrayList<>();
    for (int i = 0; i < directories.size(); i++) {
      LayerEntry entry = entries.apply(i);
      if (entry == null) {
        continue;
      }
      if (marks.isWhiteout(entry) || (top != null && !entry.isDirectory())) {
        break; // nothing is seen through a whiteout; a file parts directories above and below
      }
      if (top == null) {
        top = entry;
      }
      together.add(directories.get(i));
      if (!entry.isDirectory() || marks.isOpaque(files, directories.get(i), entry)) {
        break;
      }
    }
    return top == null ? null : new Merged(top, together);
  }
}
