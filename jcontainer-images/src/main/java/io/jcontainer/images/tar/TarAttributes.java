package io.jcontainer.images.tar;

import java.util.Map;

/**
 * What an archive says of a file beside its name, kind, size and permissions.
 *
 * @param uid whose it is, 0 to 4294967294
 * @param gid its group
 * @param seconds when its content was changed, since 1970; negative for earlier
 * @param nanos the rest of it, 0 to 999999999
 * @param major of the number of a device, as it is written there
 * @param minor of the number of a device
 * @param xattrs extended attributes by their names; values have a character for each byte
 */
public record TarAttributes(
    long uid, long gid, long seconds, int nanos, int major, int minor, Map<String, String> xattrs) {
  /** Root's, of 1970. */
  public static final TarAttributes NONE = new TarAttributes(0, 0, 0, 0, 0, 0, Map.of());

  /** Copies the map. */
  public TarAttributes {
    xattrs = Map.copyOf(xattrs);
  }
}
