package io.jcontainer;

/**
 * How much is taken from an archive, a layer or an image before it is refused: a few kilobytes can
 * be made that decompress to as much as one likes.
 *
 * @param entries how many files an archive of images may have
 * @param expanded how many bytes an archive, a layer, or all layers of an image together may have
 *     once decompressed
 * @param ratio how many times as many bytes a decompressed one may have as the compressed one, from
 *     64 MiB on
 * @param layerEntries how many files, directories and links the layers of an image may have
 *     together, with directories that no entry names
 * @since 0.1.0
 */
public record ImageLimits(long entries, ByteSize expanded, long ratio, long layerEntries) {
  private static final ImageLimits DEFAULTS =
      new ImageLimits(100_000, new ByteSize(64L << 30), 2_000, 2_000_000);

  /**
   * Checks the ranges.
   *
   * @param entries how many files an archive may have
   * @param expanded how many bytes it may have decompressed
   * @param ratio how many times as many as compressed
   * @param layerEntries how many entries all layers of an image may have
   * @throws InvalidSpecException if one is not positive
   */
  public ImageLimits {
    if (entries < 1 || expanded.bytes() < 1 || ratio < 1 || layerEntries < 1) {
      throw new InvalidSpecException("limits", "must be positive");
    }
  }

  /**
   * What is allowed if nothing is said: 100,000 files, 64 GiB, a ratio of 2,000, which gzip cannot
   * have, and 2,000,000 entries of an image.
   *
   * @return the limits
   */
  public static ImageLimits defaults() {
    return DEFAULTS;
  }
}
