package io.jcontainer.linux.state;

import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the files of an inspectable container lie, for other JVMs of the same user: a file of its
 * own in the state directory, as long as the container is not closed. The write layer can be
 * reached by a descriptor of the owner's only, which is a file of its /proc.
 *
 * @param owner the JVM
 * @param ownerStart when that started: {@link RunningProcess#startTime}
 * @param scratch its descriptor of what the write layer is on; -1 if that is not in memory
 * @param device of what that descriptor is, by which it is known again
 * @param inode of what that descriptor is
 * @param kept where the write layer is kept; null if it is in memory
 * @param layers the lowest first
 * @param idmapped whether they are mounted with the container's ids
 * @param root what its root directory was like when it began
 * @param mountPoints names in the root that are plain directories
 * @param image how the image is called that it was started of; null for none
 * @param digest of that image; null for none
 */
public record FilesRecord(
    int owner,
    long ownerStart,
    int scratch,
    long device,
    long inode,
    @Nullable Path kept,
    List<Path> layers,
    boolean idmapped,
    RootAttributes root,
    List<String> mountPoints,
    @Nullable String image,
    @Nullable String digest) {
  private static final Logger LOG = LoggerFactory.getLogger(FilesRecord.class);
  private static final String PREFIX = "files-";

  /** One that is being written: whose it is stands in its name, since it may have nothing in it. */
  private static final Pattern UNFINISHED = Pattern.compile("files-new-(\\d+)-(\\d+)-.*");

  private static final int VERSION = 2;
  private static final int O_PATH = 010000000;

  /** What tells a directory from another one. */
  public record Identity(long device, long inode) {

    /** Of what is open. */
    public static Identity of(Fd directory) throws IOException {
      Path path = Path.of(directory.path());
      return new Identity(
          (Long) Files.getAttribute(path, "unix:dev"), (Long) Files.getAttribute(path, "unix:ino"));
    }
  }

  /** Writes it, whole or not at all. */
  public void write(StateDirectory state, String id) {
    Path file = state.made().resolve(PREFIX + id);
    Path fresh = state.path().resolve("files-new-" + owner + "-" + ownerStart + "-" + id);
    try {
      Files.write(fresh, bytes());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(fresh);
      } catch (IOException another) {
        e.addSuppressed(another);
      }
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private byte[] bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(VERSION);
      out.writeInt(owner);
      out.writeLong(ownerStart);
      out.writeInt(scratch);
      out.writeLong(device);
      out.writeLong(inode);
      text(out, kept == null ? null : kept.toString());
      out.writeInt(layers.size());
      for (Path layer : layers) {
        text(out, layer.toString());
      }
      out.writeBoolean(idmapped);
      out.writeInt(root.mode());
      out.writeLong(root.uid());
      out.writeLong(root.gid());
      out.writeInt(mountPoints.size());
      for (String point : mountPoints) {
        text(out, point);
      }
      text(out, image);
      text(out, digest);
    }
    return bytes.toByteArray();
  }

  private static void text(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      out.writeUTF(text);
    }
  }

  private static @Nullable String text(DataInputStream in) throws IOException {
    return in.readBoolean() ? in.readUTF() : null;
  }

  /** Reads that of a container; empty if it is not inspectable, or closed. */
  public static Optional<FilesRecord> read(StateDirectory state, String id) {
    return read(state.path().resolve(PREFIX + id));
  }

  private static Optional<FilesRecord> read(Path file) {
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      if (in.readInt() != VERSION) {
        return Optional.empty();
      }
      int owner = in.readInt();
      long ownerStart = in.readLong();
      int scratch = in.readInt();
      long device = in.readLong();
      long inode = in.readLong();
      String kept = text(in);
      List<Path> layers = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        layers.add(Path.of(String.valueOf(text(in))));
      }
      boolean idmapped = in.readBoolean();
      RootAttributes root = new RootAttributes(in.readInt(), in.readLong(), in.readLong());
      List<String> points = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        points.add(String.valueOf(text(in)));
      }
      return Optional.of(
          new FilesRecord(
              owner,
              ownerStart,
              scratch,
              device,
              inode,
              kept == null ? null : Path.of(kept),
              layers,
              idmapped,
              root,
              points,
              text(in),
              text(in)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * Opens what the write layer is on. Numbers come again, those of processes, descriptors, devices
   * and inodes: all of them can be those of another container by now. But the owner removes the
   * record before it closes the descriptor, so it was the one that is meant if both are still there
   * when it is open.
   *
   * @param state where the record was read
   * @param id the container's
   * @return empty if the owner has closed it, or has ended
   */
  public Optional<Fd> openScratch(Kernel kernel, StateDirectory state, String id) {
    Fd process = RunningProcess.open(kernel, owner, ownerStart).orElse(null);
    if (process == null) {
      return Optional.empty();
    }
    try (process) {
      Fd opened;
      try {
        opened = kernel.open("/proc/" + owner + "/fd/" + scratch, O_PATH);
      } catch (SyscallException e) {
        // One that has ended may be in the way: its descriptors are root's until it is reaped.
        if (e.errno() == Errno.ENOENT || RunningProcess.hasEnded(kernel, process, 0)) {
          return Optional.empty();
        }
        throw e;
      }
      boolean meant = false;
      try {
        meant =
            Identity.of(opened).equals(new Identity(device, inode))
                && read(state, id).filter(this::equals).isPresent()
                && !RunningProcess.hasEnded(kernel, process, 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        if (!meant) {
          opened.close();
        }
      }
      return meant ? Optional.of(opened) : Optional.empty();
    }
  }

  /** Removes it: the container is closed. */
  public static void remove(StateDirectory state, String id) {
    try {
      Files.deleteIfExists(state.path().resolve(PREFIX + id));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove a record of " + id, e);
    }
  }

  /**
   * Removes what JVMs have left that were killed.
   *
   * @return what was removed
   */
  public static List<Path> sweep(StateDirectory state) {
    List<Path> removed = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(state.path(), PREFIX + "*")) {
      for (Path file : files) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && isAbandoned(file)) {
          Files.deleteIfExists(file);
          removed.add(file);
        }
      }
    } catch (NoSuchFileException e) {
      return removed; // no runtime has needed the directory yet
    } catch (IOException e) {
      throw new UncheckedIOException("cannot sweep " + state.path(), e);
    }
    return removed;
  }

  private static boolean isAbandoned(Path file) {
    Matcher unfinished = UNFINISHED.matcher(file.getFileName().toString());
    if (unfinished.matches()) {
      return !isRunning(Integer.parseInt(unfinished.group(1)), Long.parseLong(unfinished.group(2)));
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      in.readInt(); // whatever the version: these two come next in all of them
      return !isRunning(in.readInt(), in.readLong());
    } catch (IOException e) {
      LOG.debug("{} says not whose it is", file, e);
      return false;
    }
  }

  private static boolean isRunning(int owner, long ownerStart) {
    OptionalLong start = RunningProcess.startTime(owner);
    return start.isPresent() && start.getAsLong() == ownerStart;
  }
}
