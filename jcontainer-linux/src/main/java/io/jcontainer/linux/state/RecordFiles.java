package io.jcontainer.linux.state;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that all runtimes have in a state directory. A file that is not as a runtime of this
 * user writes it is passed over.
 */
final class RecordFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RecordFiles.class);
  private static final int O_RDONLY = 0;
  private static final int O_NOFOLLOW = (int) Flag.Open.O_NOFOLLOW.bits(Arch.current());
  private static final int O_NONBLOCK = 0x800; // a FIFO would be waited for

  private final Kernel kernel;
  private final int uid;

  RecordFiles(Kernel kernel, int uid) {
    this.kernel = kernel;
    this.uid = uid;
  }

  /**
   * All records, whether their containers still run or not.
   *
   * @param except a file to leave out, or null
   */
  List<ContainerRecord> read(Path directory, @Nullable Path except) {
    List<ContainerRecord> records = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, RecordFile.PREFIX + "*")) {
      for (Path file : files) {
        if (!file.equals(except)) {
          read(file, records);
        }
      }
    } catch (NoSuchFileException e) {
      return records; // no runtime has needed the directory yet
    } catch (IOException e) {
      LOG.debug("the state directory {} cannot be read", directory, e);
    }
    return records;
  }

  /** Deletes the files that dead JVMs have left; what is in those of others is not read. */
  List<Path> sweep(Path directory) {
    List<Path> swept = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, RecordFile.PREFIX + "*")) {
      for (Path path : files) {
        if (sweepOne(path)) {
          swept.add(path);
        }
      }
    } catch (NoSuchFileException e) {
      return swept; // no runtime has needed the directory yet
    } catch (IOException e) {
      LOG.debug("the state directory {} cannot be read", directory, e);
    }
    return swept;
  }

  private boolean sweepOne(Path path) {
    try (Fd file = kernel.open(path.toString(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) {
      if (isOurs(file) && kernel.lock(file, false, false)) {
        return Files.deleteIfExists(path);
      }
    } catch (SyscallException | IOException e) {
      LOG.debug("{} cannot be swept", path, e); // above all: it has vanished meanwhile
    }
    return false;
  }

  private void read(Path path, List<ContainerRecord> records) {
    try (Fd file = kernel.open(path.toString(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) {
      if (!isOurs(file)) {
        LOG.debug("{} is not a file of this user alone, and not looked at", path);
      } else if (kernel.lock(file, false, false)) {
        Files.deleteIfExists(path); // its JVM is dead
      } else {
        readAll(file, records);
      }
    } catch (SyscallException | IOException e) {
      LOG.debug("{} cannot be read", path, e); // above all: it has vanished meanwhile
    }
  }

  private boolean isOurs(Fd file) throws IOException {
    Map<String, Object> found = Files.readAttributes(Path.of(file.path()), "unix:uid,mode");
    int mode = (Integer) found.getOrDefault("mode", 0);
    boolean regular = (mode & 0170000) == 0100000;
    return regular && (mode & 0077) == 0 && Integer.valueOf(uid).equals(found.get("uid"));
  }

  private static void readAll(Fd file, List<ContainerRecord> records) throws IOException {
    // Not by a channel: that would be closed if the caller is interrupted.
    try (InputStream in = new FileInputStream(file.path())) {
      for (int i = 0; i < RecordFile.MOST_SLOTS; i++) {
        byte[] slot = in.readNBytes(RecordCodec.SLOT);
        if (slot.length < RecordCodec.SLOT) {
          return;
        }
        RecordCodec.decode(slot).ifPresent(records::add);
      }
    }
  }
}
