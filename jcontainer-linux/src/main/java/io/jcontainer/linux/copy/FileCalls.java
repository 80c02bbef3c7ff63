package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.AT_SYMLINK_NOFOLLOW;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.sys.FileStat;

/**
 * The system calls of agents that copy: each works on a descriptor, or on a name in a directory
 * that is one, so that no path is walked twice.
 */
final class FileCalls {
  /** Where a control message has its descriptor. */
  static final int CMSG_DATA = 16;

  private static final Arg EMPTY = Arg.of("");
  private static final Arg STATX_BASIC_STATS = Arg.named("STATX_BASIC_STATS", 0x7ff);
  private static final Arg UTIME_OMIT = Arg.named("UTIME_OMIT", 0x3fff_fffe);
  private static final Arg MSG_NOSIGNAL = Arg.named("MSG_NOSIGNAL", 0x4000);
  private static final Arg MSG_CMSG_CLOEXEC = Arg.named("MSG_CMSG_CLOEXEC", 0x4000_0000);

  private FileCalls() {}

  static Call openat(Arg directory, Arg name, Flag... flags) {
    return Call.of(Sys.OPENAT, directory, name, Arg.flags(flags));
  }

  static Call createat(Arg directory, Arg name, int mode, Flag... flags) {
    return Call.of(Sys.OPENAT, directory, name, Arg.flags(flags), Arg.mode(mode));
  }

  /**
   * A path below a directory, on which no link and no mount is followed, be it at its end: with
   * O_NOFOLLOW or without.
   */
  static Call openBeneath(Arg directory, Arg path, Flag... flags) {
    Arg how =
        Arg.struct64(
            Arg.flags(flags),
            Arg.of(0),
            Arg.flags(
                Flag.Resolve.RESOLVE_BENEATH,
                Flag.Resolve.RESOLVE_NO_SYMLINKS,
                Flag.Resolve.RESOLVE_NO_XDEV));
    return Call.of(Sys.OPENAT2, directory, path, how, Arg.of(24));
  }

  /** Of the file behind a descriptor. */
  static Call statx(Arg fd, Arg target) {
    return Call.of(Sys.STATX, fd, EMPTY, Arg.flags(AT_EMPTY_PATH), STATX_BASIC_STATS, target);
  }

  /** Of a name in a directory; of a link itself. */
  static Call statxat(Arg directory, Arg name, Arg target) {
    return Call.of(
        Sys.STATX, directory, name, Arg.flags(AT_SYMLINK_NOFOLLOW), STATX_BASIC_STATS, target);
  }

  /** The names of extended attributes, of a name in the working directory. */
  static Call llistxattr(Arg name, Arg target, int size) {
    return Call.of(Sys.LLISTXATTR, name, target, Arg.of(size));
  }

  /** An extended attribute, whose name has a character for each byte, of a name like that. */
  static Call lgetxattr(Arg name, String attribute, Arg target, int size) {
    return Call.of(Sys.LGETXATTR, name, new Arg.Bytes(attribute), target, Arg.of(size));
  }

  /** Sets an extended attribute, whose name has a character for each byte. */
  static Call fsetxattr(Arg fd, String attribute, byte[] value) {
    return Call.of(
        Sys.FSETXATTR,
        fd,
        new Arg.Bytes(attribute),
        new Arg.Data(value),
        Arg.of(value.length),
        Arg.of(0));
  }

  /** What is behind this place of a file. */
  static Call read(Arg fd, Memory target, long bytes) {
    return Call.of(Sys.READ, fd, Arg.of(target), Arg.of(bytes));
  }

  static Call getdents(Arg directory, Memory target) {
    return getdents(directory, Arg.of(target), target.size());
  }

  static Call getdents(Arg directory, Arg target, int length) {
    return Call.of(Sys.GETDENTS64, directory, target, Arg.of(length));
  }

  /** Of the link behind a descriptor. */
  static Call readlink(Arg fd, Memory target) {
    return Call.of(Sys.READLINKAT, fd, EMPTY, Arg.of(target), Arg.of(target.size()));
  }

  /** Of a name in a directory. */
  static Call readlinkat(Arg directory, Arg name, Memory target, int length) {
    return readlinkat(directory, name, Arg.of(target), length);
  }

  static Call readlinkat(Arg directory, Arg name, Arg target, int length) {
    return Call.of(Sys.READLINKAT, directory, name, target, Arg.of(length));
  }

  static Call mkdirat(Arg directory, Arg name, int mode) {
    return Call.of(Sys.MKDIRAT, directory, name, Arg.mode(mode));
  }

  static Call symlinkat(Arg text, Arg directory, Arg name) {
    return Call.of(Sys.SYMLINKAT, text, directory, name);
  }

  static Call renameat(Arg directory, Arg from, Arg to) {
    return renameat(directory, from, directory, to);
  }

  static Call renameat(Arg from, Arg name, Arg to, Arg newName) {
    return Call.of(Sys.RENAMEAT, from, name, to, newName);
  }

  /** A further name of a file; a link itself, not what it leads to. */
  static Call linkat(Arg from, Arg path, Arg to, Arg name) {
    return Call.of(Sys.LINKAT, from, path, to, name, Arg.of(0));
  }

  /** A FIFO or a socket that nobody listens to. */
  static Call mknodat(Arg directory, Arg name, int mode) {
    return Call.of(Sys.MKNODAT, directory, name, Arg.mode(mode), Arg.of(0));
  }

  /** An empty directory. */
  static Call rmdirat(Arg directory, Arg name) {
    return Call.of(Sys.UNLINKAT, directory, name, Arg.named("AT_REMOVEDIR", 0x200));
  }

  static Call unlinkat(Arg directory, Arg name) {
    return Call.of(Sys.UNLINKAT, directory, name, Arg.of(0));
  }

  static Call fchown(Arg fd, long id) {
    return fchown(fd, id, id);
  }

  static Call fchown(Arg fd, long uid, long gid) {
    return Call.of(Sys.FCHOWN, fd, Arg.of(uid), Arg.of(gid));
  }

  static Call fchmod(Arg fd, int mode) {
    return Call.of(Sys.FCHMOD, fd, Arg.mode(mode));
  }

  /** Of a link itself. */
  static Call lchownat(Arg directory, Arg name, long id) {
    return lchownat(directory, name, id, id);
  }

  static Call lchownat(Arg directory, Arg name, long uid, long gid) {
    return Call.of(
        Sys.FCHOWNAT, directory, name, Arg.of(uid), Arg.of(gid), Arg.flags(AT_SYMLINK_NOFOLLOW));
  }

  /** Follows links. */
  static Call fchmodat(Arg directory, Arg name, int mode) {
    return Call.of(Sys.FCHMODAT, directory, name, Arg.mode(mode));
  }

  /** When the file behind a descriptor was changed. */
  static Call futimens(Arg fd, FileStat stat) {
    return futimens(fd, stat.seconds(), stat.nanos());
  }

  static Call futimens(Arg fd, long seconds, int nanos) {
    return Call.of(Sys.UTIMENSAT, fd, Arg.NULL, times(seconds, nanos), Arg.of(0));
  }

  /** When a link itself was changed. */
  static Call lutimensat(Arg directory, Arg name, FileStat stat) {
    return lutimensat(directory, name, stat.seconds(), stat.nanos());
  }

  static Call lutimensat(Arg directory, Arg name, long seconds, int nanos) {
    return Call.of(
        Sys.UTIMENSAT, directory, name, times(seconds, nanos), Arg.flags(AT_SYMLINK_NOFOLLOW));
  }

  /** Two of struct timespec: access, which stays as it is, and modification. */
  private static Arg times(long seconds, int nanos) {
    return Arg.struct64(Arg.of(0), UTIME_OMIT, Arg.of(seconds), Arg.of(nanos));
  }

  /** From where one file is to where the other is; shares what their file system can share. */
  static Call copyFileRange(Arg from, Arg to, long bytes) {
    return Call.of(Sys.COPY_FILE_RANGE, from, Arg.NULL, to, Arg.NULL, Arg.of(bytes), Arg.of(0));
  }

  /** The next place at or behind this one where there is data. */
  static Call seekData(Arg fd, long from) {
    return Call.of(Sys.LSEEK, fd, Arg.of(from), Arg.named("SEEK_DATA", 3));
  }

  /** The next place behind this one where there is a hole, or the end. */
  static Call seekHole(Arg fd, long from) {
    return Call.of(Sys.LSEEK, fd, Arg.of(from), Arg.named("SEEK_HOLE", 4));
  }

  static Call seek(Arg fd, long to) {
    return Call.of(Sys.LSEEK, fd, Arg.of(to), Arg.named("SEEK_SET", 0));
  }

  /** Where a file is. */
  static Call tell(Arg fd) {
    return Call.of(Sys.LSEEK, fd, Arg.of(0), Arg.named("SEEK_CUR", 1));
  }

  static Call ftruncate(Arg fd, long size) {
    return Call.of(Sys.FTRUNCATE, fd, Arg.of(size));
  }

  static Call sendfile(Arg to, Arg from, long bytes) {
    return Call.of(Sys.SENDFILE, to, from, Arg.NULL, Arg.of(bytes));
  }

  /** A control message of one descriptor, which is put at {@link #CMSG_DATA}: cmsg(3). */
  static Memory controlMessage() {
    int solSocket = 1;
    int scmRights = 1;
    return Memory.words("cmsg", 20, 0, solSocket, scmRights, -1, 0);
  }

  /** One byte, and the descriptor that was put into this control message. */
  static Call sendmsg(Arg socket, Memory control) {
    return Call.of(Sys.SENDMSG, socket, header(control), MSG_NOSIGNAL);
  }

  static Call recvmsg(Arg socket, Memory control) {
    return Call.of(Sys.RECVMSG, socket, header(control), MSG_CMSG_CLOEXEC);
  }

  private static Arg header(Memory control) {
    Arg none = Arg.of(0);
    Arg vector = Arg.struct64(Arg.of(Memory.words("byte", 0)), Arg.of(1));
    return Arg.struct64(
        Arg.NULL, none, vector, Arg.of(1), Arg.of(control), Arg.of(control.size()), none);
  }
}
