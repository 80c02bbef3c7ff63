package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_NONBLOCK;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;
import static io.jcontainer.linux.sys.Errno.EBADF;
import static io.jcontainer.linux.sys.Errno.ELOOP;
import static io.jcontainer.linux.sys.Errno.ENOENT;
import static io.jcontainer.linux.sys.Errno.ENOTDIR;

import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What an unpacked layer still needs when all of it is written: that files go to other ids than the
 * JVM's, and what only the layers below can tell. Paths have a character for each byte; no link is
 * followed on them, whatever has been put there after they were written down.
 */
public final class LayerCompletion implements AutoCloseable {
  /** How many files are one order. */
  private static final int AT_A_TIME = 24;

  private static final Slot OPENED = new Slot("opened");
  private static final Slot PARENT = new Slot("parent");
  private static final Slot FILE = new Slot("file");

  /** The rights that a program gets when it is executed: capabilities(7). */
  public static final String CAPABILITY = "security.capability";

  private final Workshop workshop;
  private final TreeReader reader;
  private final OverlayMarks marks;
  private final int root;
  private final LowerDirectories lower;
  private Steps owners = new Steps();
  private int gathered;
  private @Nullable String parentPath;

  private LayerCompletion(
      Workshop workshop, OverlayMarks marks, Path layer, List<Path> lowers, IntConsumer looked) {
    this.marks = marks;
    this.workshop = workshop;
    this.reader = new TreeReader(workshop);
    this.root = workshop.openDirectory(layer.toString());
    List<Integer> opened = new ArrayList<>();
    lowers.forEach(each -> opened.add(workshop.openDirectory(each.toString())));
    this.lower = new LowerDirectories(workshop, reader, marks, opened, looked);
  }

  /**
   * Begins, by a child of the calling thread.
   *
   * @param user the user namespace whose root's rights it takes, or null for the JVM's rights
   * @param marks those of the overlays that it is going to be a layer of
   * @param layer the directory
   * @param lowers those of the layers below, topmost first, as far as they can be seen
   * @param looked is told each time in how many of these a name is looked for, and may throw
   * @throws SyscallException if something cannot be opened, as all that follows
   */
  public static LayerCompletion begin(
      Launcher launcher,
      @Nullable Fd user,
      OverlayMarks marks,
      Path layer,
      List<Path> lowers,
      IntConsumer looked) {
    Workshop workshop = Workshop.open(launcher, user);
    try {
      return new LayerCompletion(workshop, marks, layer, lowers, looked);
    } catch (RuntimeException | Error e) {
      workshop.close();
      throw e;
    }
  }

  /**
   * A directory that no entry has named becomes as it is below, or else root's with mode 0755. That
   * is so, too, if something else is below, such as a link: the directory takes its place. Whether
   * no entry has named it later, its permissions tell: then it has none.
   */
  public void implied(String path) {
    flush();
    int directory = openDirectory(path);
    if (directory < 0) {
      return; // something else has taken its place
    }
    Memory found = Memory.zeros("stat", FileStat.BYTES);
    Steps look = new Steps();
    look.add(FileCalls.statx(Arg.of(directory), Arg.of(found)), "whether an entry has come");
    FileStat stat = FileStat.parse(workshop.ask(look, found, Arg.of(found.size())), 0);
    if (stat.permissions() == 0) {
      Optional<LowerDirectories.Found> below = lower.find(path);
      Steps steps = new Steps();
      Arg fd = Arg.of(directory);
      if (below.isPresent() && below.get().entry().isDirectory()) {
        LayerEntry entry = below.get().entry();
        steps.add(FileCalls.fchown(fd, entry.stat().uid(), entry.stat().gid()), "as it is below");
        reader
            .attributes(below.get().parent(), entry)
            .forEach(
                (name, value) -> steps.add(FileCalls.fsetxattr(fd, name, value), "as it is below"));
        steps.add(FileCalls.fchmod(fd, entry.stat().permissions()), "as it is below");
        steps.add(FileCalls.futimens(fd, entry.stat()), "as it is below");
      } else {
        steps.add(FileCalls.fchmod(fd, 0755), "nobody has said what it is to be like");
      }
      workshop.run(steps);
    }
    workshop.close(directory);
  }

  /**
   * A whiteout goes if nothing is below: a directory that is in one layer only is shown as it is,
   * with whiteouts.
   */
  public void whiteout(String path) {
    flush();
    if (lower.find(path).isPresent()) {
      return;
    }
    int slash = path.lastIndexOf('/');
    int parent = openDirectory(path.substring(0, Math.max(0, slash)));
    if (parent < 0) {
      return;
    }
    FileName name = new FileName(path.substring(slash + 1));
    LayerEntry there = reader.look(parent, name);
    if (there != null && marks.isWhiteout(there)) {
      Memory found = Memory.zeros("stat", FileStat.BYTES);
      Steps steps = new Steps();
      steps.add(FileCalls.statx(Arg.of(parent), Arg.of(found)), "its time, which will change");
      steps.add(FileCalls.unlinkat(Arg.of(parent), name.arg()), "there is nothing to hide");
      FileStat stat = FileStat.parse(workshop.ask(steps, found, Arg.of(found.size())), 0);
      workshop.run(
          new Steps().add(FileCalls.futimens(Arg.of(parent), stat), "as the layer has it"));
    }
    workshop.close(parent);
  }

  private int openDirectory(String path) {
    Steps steps = new Steps();
    steps.add(openDirectory(path, OPENED), "if it is still there, and no link");
    return (int) workshop.run(steps, OPENED)[0];
  }

  private Step.Call openDirectory(String path, Slot slot) {
    Arg name = path.isEmpty() ? Arg.of(".") : new FileName(path).arg();
    return FileCalls.openBeneath(Arg.of(root), name, O_RDONLY, O_DIRECTORY, O_CLOEXEC)
        .tolerate(ENOENT, ENOTDIR, ELOOP)
        .into(slot);
  }

  /**
   * Gives a file away.
   *
   * @param mode type and permissions
   * @param capability its attribute security.capability, or empty
   */
  public void owner(
      String path, long uid, long gid, int mode, long seconds, int nanos, String capability) {
    int slash = path.lastIndexOf('/');
    String above = path.substring(0, Math.max(0, slash));
    if (!above.equals(parentPath)) {
      if (parentPath != null) {
        owners.add(Calls.close(PARENT).tolerate(EBADF), "done with it");
      }
      owners.add(openDirectory(above, PARENT), "if it is still there, and no link");
      parentPath = above;
    }
    Arg parent = Arg.of(PARENT);
    Arg name = new FileName(path.substring(slash + 1)).arg();
    if ((mode & FileStat.TYPE) == FileStat.LINK) {
      owners.add(
          FileCalls.lchownat(parent, name, uid, gid).tolerate(EBADF, ENOENT), "of the link itself");
      owners.add(
          FileCalls.lutimensat(parent, name, seconds, nanos).tolerate(EBADF, ENOENT),
          "as in the layer");
    } else {
      owners.add(
          FileCalls.openat(parent, name, O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_CLOEXEC)
              .tolerate(EBADF, ENOENT, ELOOP)
              .into(FILE),
          "if it is still there, and no link");
      Arg file = Arg.of(FILE);
      owners.add(FileCalls.fchown(file, uid, gid).tolerate(EBADF), "takes set-user-id bits away");
      if (!capability.isEmpty()) {
        owners.add(
            FileCalls.fsetxattr(file, CAPABILITY, capability.getBytes(StandardCharsets.ISO_8859_1))
                .tolerate(EBADF),
            "only the root of a user namespace may");
      }
      owners.add(
          FileCalls.fchmod(file, mode & 07777).tolerate(EBADF),
          "so the mode comes after the owner");
      owners.add(FileCalls.futimens(file, seconds, nanos).tolerate(EBADF), "as in the layer");
      owners.add(Calls.close(FILE).tolerate(EBADF), "done with it");
    }
    if (++gathered == AT_A_TIME) {
      flush();
    }
  }

  private void flush() {
    if (gathered > 0) {
      owners.add(Calls.close(PARENT).tolerate(EBADF), "done with it");
      workshop.run(owners);
      owners = new Steps();
      gathered = 0;
      parentPath = null;
    }
  }

  /** Does what is left to do. */
  public void finish() {
    flush();
  }

  @Override
  public void close() {
    workshop.close();
  }
}
