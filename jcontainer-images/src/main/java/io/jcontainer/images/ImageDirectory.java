package io.jcontainer.images;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where images lie if nothing else is said, and what is where in there. A runtime has such a
 * directory, {@code RuntimeOptions.withImageDirectory}; the store in it can be used beside it.
 *
 * @since 0.1.0
 */
public final class ImageDirectory {
  private ImageDirectory() {}

  /**
   * The directory of the JVM's user: {@code /var/lib/jcontainer} for root, {@code
   * $XDG_DATA_HOME/jcontainer} or {@code ~/.local/share/jcontainer} for others.
   *
   * @return an absolute path; nothing is made
   */
  public static Path usual() {
    return usual(
        Objects.equals(OwnDirectory.user(), 0), System.getenv(), System.getProperty("user.home"));
  }

  static Path usual(boolean root, Map<String, String> environment, @Nullable String home) {
    if (root) {
      return Path.of("/var/lib/jcontainer");
    }
    String data = environment.get("XDG_DATA_HOME");
    if (data != null && data.startsWith("/")) { // others are to be ignored, says its specification
      return Path.of(data, "jcontainer");
    }
    // A JVM has "?" for a user without an entry in passwd(5).
    String directory = home == null || !home.startsWith("/") ? environment.get("HOME") : home;
    if (directory == null || !directory.startsWith("/")) {
      throw new ImageException(
          "there is no home directory to keep images in: set XDG_DATA_HOME, or name a directory");
    }
    return Path.of(directory, ".local", "share", "jcontainer");
  }

  /**
   * The store of an image directory, as {@link ImageStore#open} takes it.
   *
   * @param directory such as {@link #usual()}
   * @return a path below it
   */
  public static Path store(Path directory) {
    return directory.resolve("store");
  }

  /**
   * Where the layers of an image directory are unpacked.
   *
   * @param directory such as {@link #usual()}
   * @return a path below it
   */
  public static Path layers(Path directory) {
    return directory.resolve("layers");
  }
}
