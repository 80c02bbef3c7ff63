package io.jcontainer.images;

import io.jcontainer.ByteSize;
import java.util.List;

/**
 * What {@link ImageStore#check} has found.
 *
 * @param images how many images were followed
 * @param blobs how many blobs were hashed
 * @param size how many bytes these have
 * @param problems what is wrong, a sentence each with the file or the image
 * @since 0.1.0
 */
public record StoreReport(int images, long blobs, ByteSize size, List<String> problems) {
  /**
   * Copies the list.
   *
   * @param images how many images were followed
   * @param blobs how many blobs were hashed
   * @param size how many bytes these have
   * @param problems what is wrong
   */
  public StoreReport {
    problems = List.copyOf(problems);
  }

  /**
   * Whether the store is as it should be.
   *
   * @return true if there are no problems
   */
  public boolean isClean() {
    return problems.isEmpty();
  }
}
