package io.jcontainer;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a runtime works on its host. The defaults suit nearly everyone.
 *
 * @since 0.1.0
 */
public final class RuntimeOptions {
  private final @Nullable IdMapping ids;
  private final @Nullable Path stateDirectory;

  private RuntimeOptions(@Nullable IdMapping ids, @Nullable Path stateDirectory) {
    this.ids = ids;
    this.stateDirectory = stateDirectory;
  }

  /**
   * All defaults.
   *
   * @return the options
   */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(null, null);
  }

  /**
   * Sets the ids of the user namespace that the runtime makes for its containers.
   *
   * @param mapping the ids
   * @return new options
   */
  public RuntimeOptions withIds(IdMapping mapping) {
    return new RuntimeOptions(mapping, stateDirectory);
  }

  /**
   * Sets where the runtime keeps what must lie in a file.
   *
   * @param directory an absolute path; made with mode 0700 if absent, refused if it belongs to
   *     another user or is open to others
   * @return new options
   * @throws InvalidSpecException if the path is relative
   */
  public RuntimeOptions withStateDirectory(Path directory) {
    if (!directory.isAbsolute()) {
      throw new InvalidSpecException("stateDirectory", directory + " is not an absolute path");
    }
    return new RuntimeOptions(ids, directory);
  }

  /**
   * The ids of the runtime's user namespace.
   *
   * @return the mapping, or empty for the default: as root 65,536 ids from {@code /etc/subuid}'s
   *     entry for root, or from 1,879,048,192 if there is none; as an ordinary user its own id as 0
   *     and the first range of {@code /etc/subuid}, at most 65,536 ids, from 1 where newuidmap(1)
   *     works, else its own id alone
   */
  public Optional<IdMapping> ids() {
    return Optional.ofNullable(ids);
  }

  /**
   * Where the runtime keeps what must lie in a file.
   *
   * @return the directory, or empty for {@code $XDG_RUNTIME_DIR/jcontainer}, {@code
   *     /run/jcontainer} for root, or a directory of the user's below {@code java.io.tmpdir}
   */
  public Optional<Path> stateDirectory() {
    return Optional.ofNullable(stateDirectory);
  }
}
