package io.jcontainer.linux.image;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.tar.SparseMap;
import io.jcontainer.images.tar.TarAttributes;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarReader;
import io.jcontainer.linux.copy.LayerCompletion;
import io.jcontainer.linux.copy.OverlayMarks;
import io.jcontainer.linux.image.OpenDirectories.Open;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the entries of a layer into a directory that nobody else sees yet. No name is ever
 * resolved by the kernel beyond one component, and it follows none of these if it is a link; so
 * whatever a layer says, nothing is touched outside of the directory.
 */
final class LayerWriter implements AutoCloseable {
  private static final int BUFFER = 64 << 10;
  private static final int FILE = 0100000;
  private static final int LONGEST_LINK = 4095;
  private static final int MOST_MAJOR = 1 << 12;
  private static final int MOST_MINOR = 1 << 20;

  private final DirectoryCalls calls;
  private final Rights rights;
  private final int unmasked;
  private final Budget budget;
  private final Pending pending;
  private final Replaced replaced;
  private final OpenDirectories directories;
  private final byte[] buffer = new byte[BUFFER];
  private String at = "";
  private boolean opaqueRoot;
  private @Nullable RootAttributes root;
  private boolean anyReplaced;

  /**
   * Takes over the root.
   *
   * @param root an empty directory
   * @param unmasked which permissions new files can get when they are made
   */
  LayerWriter(
      DirectoryCalls calls,
      Fd root,
      Rights rights,
      int unmasked,
      Budget budget,
      Pending pending,
      Replaced replaced) {
    this.calls = calls;
    this.rights = rights;
    this.unmasked = unmasked;
    this.budget = budget;
    this.pending = pending;
    this.replaced = replaced;
    this.directories =
        new OpenDirectories(
            calls,
            root,
            new OpenDirectories.Events() {
              @Override
              public void implied(LayerPath path) throws IOException {
                budget.entry(); // a name of some kilobytes can ask for a thousand of them
                pending.implied(path.text());
              }

              @Override
              public void insteadOfWhiteout(Fd directory) {
                budget.entry();
                markOpaque(directory);
              }

              @Override
              public void followed(int names) {
                for (int i = 0; i < names; i++) {
                  budget.entry(); // a link can lead by way of a thousand directories
                }
              }
            });
    directories.root().willBe(0755, 0, 0); // what the layer says is for what lies on top of it
  }

  /** The entry that is being written, for messages. */
  String at() {
    return LayerPath.shown(at);
  }

  /** Whether nothing of the layers below is to be seen. */
  boolean hasOpaqueRoot() {
    return opaqueRoot;
  }

  /** What the layer says of its root; null if it says nothing. */
  @Nullable RootAttributes root() {
    return root;
  }

  /** Writes all that there is. */
  void write(TarReader tar) throws IOException {
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      at = entry.name();
      if (Thread.currentThread().isInterrupted()) {
        throw new ContainerInterruptedException(
            "interrupted while layers were unpacked", new InterruptedException());
      }
      budget.entry();
      write(entry, tar);
    }
    at = "";
    directories.finish();
  }

  private void write(TarEntry entry, TarReader content) throws IOException {
    LayerPath named = LayerPath.of(entry.name());
    if (Whiteouts.isIgnored(named)) {
      return;
    }
    if (named.isRoot()) {
      root(entry);
      return;
    }
    if (Whiteouts.isOpaque(named)) {
      opaque(named);
      return;
    }
    if (Whiteouts.isWhiteout(named)) {
      whiteout(named);
      return;
    }
    if (entry.type() == TarEntry.HARD_LINK) {
      hardLink(named, LayerPath.of(entry.linkName()));
      return;
    }
    Open parent = directories.enter(named.parent());
    LayerPath path = directories.entered(named);
    switch (entry.type()) {
      case TarEntry.DIRECTORY -> directory(path, entry);
      case TarEntry.FILE -> file(parent, path, entry, content);
      case TarEntry.SYMBOLIC_LINK -> link(parent, path, entry);
      case TarEntry.CHARACTER_DEVICE -> device(parent, path, entry, FileStat.CHARACTER_DEVICE);
      case TarEntry.BLOCK_DEVICE -> device(parent, path, entry, FileStat.BLOCK_DEVICE);
      case TarEntry.FIFO -> node(parent, path, entry, FileStat.FIFO, 0, 0);
      default ->
          throw new InvalidImageException(
              "it is of the type '%s', which no layer has"
                  .formatted(LayerPath.shown(String.valueOf(entry.type()))));
    }
  }

  /**
   * Nobody ever sees that of a layer: an overlay shows its topmost. So what may be open to all in a
   * container never is on the host.
   */
  private void root(TarEntry entry) {
    if (entry.type() != TarEntry.DIRECTORY) {
      throw new InvalidImageException("the root of a layer can only be a directory");
    }
    long uid = entry.attributes().uid();
    long gid = entry.attributes().gid();
    rights.requireMapped(uid, gid);
    root = new RootAttributes(entry.mode(), rights.given(uid), rights.given(gid));
  }

  private void directory(LayerPath path, TarEntry entry) throws IOException {
    Open made;
    try {
      made = directories.make(path.name());
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      made = overwrite(path);
    }
    directory(made, path, entry);
  }

  /** A directory whose name is there already. */
  private Open overwrite(LayerPath path) throws IOException {
    Open parent = directories.enter(path.parent());
    FileStat there = calls.stat(parent.fd(), path.name());
    if (there.isDirectory()) {
      return directories.enter(path.names());
    }
    clear(parent, path.name());
    Open made = directories.make(path.name());
    if (there.isWhiteout()) {
      markOpaque(made.fd());
    }
    return made;
  }

  private void directory(Open made, LayerPath path, TarEntry entry) throws IOException {
    TarAttributes attributes = entry.attributes();
    made.willBe(entry.mode(), attributes.seconds(), attributes.nanos());
    own(made.fd(), path, entry, FileStat.DIRECTORY);
    set(made.fd(), attributes.xattrs());
  }

  private void file(Open parent, LayerPath path, TarEntry entry, TarReader content)
      throws IOException {
    TarAttributes attributes = entry.attributes();
    int mode = entry.mode();
    boolean asCreated = (mode & ~unmasked) == 0;
    try (Fd file = create(parent, path.name(), asCreated ? mode : 0600)) {
      SparseMap sparse = entry.sparse();
      if (sparse == null) {
        copy(content, file, entry.size());
      } else {
        for (int i = 0; i < sparse.count(); i++) {
          calls.seek(file, sparse.offset(i));
          copy(content, file, sparse.length(i));
        }
        calls.truncate(file, sparse.size());
      }
      own(file, path, entry, FILE);
      set(file, attributes.xattrs());
      if (!asCreated) {
        calls.changeMode(file, mode);
      }
      calls.changeTime(file, attributes.seconds(), attributes.nanos());
    }
  }

  private Fd create(Open parent, String name, int mode) throws IOException {
    try {
      return calls.create(parent.fd(), name, mode);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      clear(parent, name);
      return calls.create(parent.fd(), name, mode);
    }
  }

  private void copy(TarReader content, Fd file, long size) throws IOException {
    for (long left = size; left > 0; ) {
      int read = content.read(buffer, 0, (int) Math.min(left, buffer.length));
      calls.write(file, buffer, 0, read);
      left -= read;
    }
  }

  private interface Making {
    void make();
  }

  /** The later entry of a name is the one that counts. */
  private void make(Open parent, String name, Making making) throws IOException {
    try {
      making.make();
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      clear(parent, name);
      making.make();
    }
  }

  private void clear(Open parent, String name) throws IOException {
    anyReplaced = true;
    if (calls.stat(parent.fd(), name).isDirectory()) {
      replaced.take(parent.fd(), name);
    } else {
      calls.remove(parent.fd(), name);
    }
  }

  private void link(Open parent, LayerPath path, TarEntry entry) throws IOException {
    String target = entry.linkName();
    if (target.isEmpty() || target.length() > LONGEST_LINK) {
      throw new InvalidImageException(
          "it is a link to a name of %d bytes; there must be some, and at most %d"
              .formatted(target.length(), LONGEST_LINK));
    }
    String name = path.name();
    make(parent, name, () -> calls.makeLink(target, parent.fd(), name));
    TarAttributes attributes = entry.attributes();
    own(parent.fd(), path, entry, FileStat.LINK);
    calls.changeTime(parent.fd(), name, attributes.seconds(), attributes.nanos());
  }

  private void device(Open parent, LayerPath path, TarEntry entry, int type) throws IOException {
    TarAttributes attributes = entry.attributes();
    int major = attributes.major();
    int minor = attributes.minor();
    if (major >= MOST_MAJOR || minor >= MOST_MINOR) {
      throw new InvalidImageException(
          "it is the device %d:%d, but there are none from %d:%d on"
              .formatted(major, minor, MOST_MAJOR, MOST_MINOR));
    }
    boolean whiteout = type == FileStat.CHARACTER_DEVICE && major == 0 && minor == 0;
    if (!whiteout && rights.isRoot()) {
      node(parent, path, entry, type, major, minor);
    } else {
      // Only root can make one, and none works in a container; what is below is hidden all the
      // same.
      String name = path.name();
      make(parent, name, () -> calls.makeNode(parent.fd(), name, FileStat.CHARACTER_DEVICE, 0, 0));
      pending.whiteout(path.text());
    }
  }

  private void node(Open parent, LayerPath path, TarEntry entry, int type, int major, int minor)
      throws IOException {
    String name = path.name();
    Fd directory = parent.fd();
    make(parent, name, () -> calls.makeNode(directory, name, type | 0600, major, minor));
    TarAttributes attributes = entry.attributes();
    own(directory, path, entry, type);
    calls.changeMode(directory, name, entry.mode());
    calls.changeTime(directory, name, attributes.seconds(), attributes.nanos());
  }

  private void hardLink(LayerPath named, LayerPath existing) throws IOException {
    Open from = existing.isRoot() ? null : directories.find(existing.parent());
    if (from == null || !isLinkable(from, existing.name())) {
      throw new InvalidImageException(
          "it is a hard link to \"%s\", which is no file before it in this layer; links to files of"
                  .formatted(LayerPath.shown(existing.text()))
              + " layers below are not possible");
    }
    LayerPath file = directories.entered(existing);
    try (Fd kept = from.fd().duplicate(0)) { // its directory may be left for that of the link
      Open parent = directories.enter(named.parent());
      String name = named.name();
      if (directories.entered(named).equals(file)) {
        throw new InvalidImageException("it is a hard link to itself");
      }
      make(parent, name, () -> makeHardLink(kept, file.name(), parent.fd(), name));
    }
  }

  private void makeHardLink(Fd from, String existing, Fd directory, String name) {
    try {
      calls.makeHardLink(from, existing, directory, name);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EACCES) {
        throw e;
      }
      int permissions = calls.stat(from).permissions(); // it was left, and may keep us out
      calls.changeMode(from, 0700);
      try {
        calls.makeHardLink(from, existing, directory, name);
      } finally {
        calls.changeMode(from, permissions);
      }
    }
  }

  private boolean isLinkable(Open directory, String name) {
    try {
      FileStat stat = calls.stat(directory.fd(), name);
      return !stat.isDirectory() && !stat.isWhiteout();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** What was removed below: a file of this layer hides it anyway. */
  private void whiteout(LayerPath mark) throws IOException {
    LayerPath named = Whiteouts.target(mark);
    Open parent = directories.enter(named.parent());
    LayerPath path = directories.entered(named);
    String name = path.name();
    try {
      // An overlay's whiteout: everybody may make this device, for it is none.
      calls.makeNode(parent.fd(), name, FileStat.CHARACTER_DEVICE, 0, 0);
      pending.whiteout(path.text());
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      if (calls.stat(parent.fd(), name).isDirectory()) {
        markOpaque(directories.enter(path.names()).fd());
      }
    }
  }

  private void opaque(LayerPath mark) throws IOException {
    Open directory = directories.enter(mark.parent());
    if (directory == directories.root()) {
      opaqueRoot = true; // an overlay looks at all of its layers' roots
    } else {
      markOpaque(directory.fd());
    }
  }

  private void markOpaque(Fd directory) {
    calls.setAttribute(directory, rights.marks().opaque(), OverlayMarks.OPAQUE);
  }

  /** Root gives a file away at once, and others when all is written: then they lose it. */
  private void own(Fd fd, LayerPath path, TarEntry entry, int type) throws IOException {
    TarAttributes attributes = entry.attributes();
    long uid = attributes.uid();
    long gid = attributes.gid();
    boolean ours = rights.isCreatedFor(uid, gid);
    if (!rights.isRoot()) {
      String capability =
          type == FILE ? attributes.xattrs().getOrDefault(LayerCompletion.CAPABILITY, "") : "";
      if (!ours || !capability.isEmpty() || anyReplaced) {
        pending.owner(
            path.text(),
            rights.given(uid),
            rights.given(gid),
            type | entry.mode(),
            attributes.seconds(),
            attributes.nanos(),
            capability);
      }
    } else if (!ours) {
      if (type == FILE || type == FileStat.DIRECTORY) {
        calls.changeOwner(fd, uid, gid);
      } else {
        calls.changeOwner(fd, path.name(), uid, gid);
      }
    }
  }

  private void set(Fd file, Map<String, String> xattrs) {
    for (Map.Entry<String, String> each : xattrs.entrySet()) {
      if (Xattrs.isTaken(each.getKey(), rights.isRoot())) {
        calls.setAttribute(file, each.getKey(), each.getValue());
      }
    }
  }

  @Override
  public void close() {
    directories.close();
  }
}
