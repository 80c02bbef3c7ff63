package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Mount;
import io.jcontainer.linux.request.SourceKind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Looks at what a spec's mounts take from the host, before anything is made. */
final class MountSources {
  private static final String FIELD = "mounts";
  private static final int S_IFMT = 0xF000;
  private static final int S_IFCHR = 0x2000;
  private static final int S_IFDIR = 0x4000;
  private static final int S_IFBLK = 0x6000;

  private MountSources() {}

  /**
   * What each source is.
   *
   * @throws InvalidSpecException if one is not there, or is no device and should be one
   */
  static Map<Path, SourceKind> look(ContainerSpec spec) {
    Map<Path, SourceKind> sources = new HashMap<>();
    for (Mount mount : spec.mounts()) {
      if (mount instanceof Mount.Bind bind) {
        sources.put(bind.source(), kind(bind.source()));
      } else if (mount instanceof Mount.Device device) {
        SourceKind kind = kind(device.source());
        if (kind != SourceKind.CHARACTER_DEVICE && kind != SourceKind.BLOCK_DEVICE) {
          throw new InvalidSpecException(FIELD, device.source() + " is no device");
        }
        sources.put(device.source(), kind);
      }
    }
    return Map.copyOf(sources);
  }

  private static SourceKind kind(Path source) {
    try {
      int mode = (Integer) Files.getAttribute(source, "unix:mode");
      return switch (mode & S_IFMT) {
        case S_IFDIR -> SourceKind.DIRECTORY;
        case S_IFCHR -> SourceKind.CHARACTER_DEVICE;
        case S_IFBLK -> SourceKind.BLOCK_DEVICE;
        default -> SourceKind.FILE;
      };
    } catch (NoSuchFileException e) {
      throw new InvalidSpecException(FIELD, "the source " + source + " is not there");
    } catch (AccessDeniedException e) {
      throw new InvalidSpecException(
          FIELD,
          "the source "
              + source
              + " cannot be reached: search permission is needed on every directory of the path");
    } catch (IOException e) {
      throw new InvalidSpecException(FIELD, "the source " + source + ": " + e.getMessage());
    }
  }
}
