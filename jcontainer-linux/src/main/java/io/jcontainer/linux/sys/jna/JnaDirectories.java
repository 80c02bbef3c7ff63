package io.jcontainer.linux.sys.jna;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.FileStat;
import io.jcontainer.linux.sys.Kernel;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The calls on names in directories. */
final class JnaDirectories implements DirectoryCalls {
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_CLOEXEC = 0x80000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  private static final boolean X86_64 =
      List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

  /** The only two flags here that architectures have different numbers for. */
  private static final int O_DIRECTORY = X86_64 ? 0200000 : 040000;

  private static final int O_NOFOLLOW = X86_64 ? 0400000 : 0100000;

  /** Older C libraries have no function for these two. */
  private static final long STATX = X86_64 ? 332 : 291;

  private static final long MKNODAT = X86_64 ? 259 : 33;

  private static final int CHUNK = 256 << 10;
  private static final int LONGEST_NAME = 4096;

  private final Kernel kernel;
  private final Memory content = new Memory(CHUNK);
  private final Memory path = new Memory(LONGEST_NAME);
  private final Memory stat = new Memory(FileStat.BYTES);

  JnaDirectories(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The bytes of a name, and a zero. */
  private static byte[] bytes(String name) {
    return Arrays.copyOf(name.getBytes(ISO_8859_1), name.length() + 1);
  }

  private static int retried(IntSupplier attempt, Supplier<String> call) {
    while (true) {
      int result = attempt.getAsInt();
      if (result >= 0) {
        return result;
      }
      if (Native.getLastError() != Errno.EINTR.number()) {
        throw JnaKernel.failure(call.get());
      }
    }
  }

  @Override
  public Fd openDirectory(Fd directory, String name) {
    byte[] bytes = bytes(name);
    int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return new Fd(
        kernel,
        retried(
            () -> FileLibC.openat(directory.number(), bytes, flags, 0),
            () ->
                "openat(%s, \"%s\", O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC)"
                    .formatted(directory, name)));
  }

  @Override
  public Fd create(Fd directory, String name, int mode) {
    byte[] bytes = bytes(name);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return new Fd(
        kernel,
        retried(
            () -> FileLibC.openat(directory.number(), bytes, flags, mode),
            () ->
                "openat(%s, \"%s\", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0%o)"
                    .formatted(directory, name, mode)));
  }

  @Override
  public void makeDirectory(Fd directory, String name, int mode) {
    JnaKernel.checked(
        FileLibC.mkdirat(directory.number(), bytes(name), mode),
        () -> "mkdirat(%s, \"%s\", 0%o)".formatted(directory, name, mode));
  }

  @Override
  public void makeLink(String target, Fd directory, String name) {
    JnaKernel.checked(
        FileLibC.symlinkat(bytes(target), directory.number(), bytes(name)),
        () -> "symlinkat(\"%s\", %s, \"%s\")".formatted(target, directory, name));
  }

  @Override
  public String readLink(Fd directory, String name) {
    byte[] target = new byte[LONGEST_NAME]; // no link is longer: PATH_MAX
    long length =
        JnaKernel.checked(
            FileLibC.readlinkat(directory.number(), bytes(name), target, target.length),
            () -> "readlinkat(%s, \"%s\")".formatted(directory, name));
    return new String(target, 0, (int) length, ISO_8859_1);
  }

  @Override
  public void makeHardLink(Fd from, String existing, Fd directory, String name) {
    JnaKernel.checked(
        FileLibC.linkat(from.number(), bytes(existing), directory.number(), bytes(name), 0),
        () -> "linkat(%s, \"%s\", %s, \"%s\")".formatted(from, existing, directory, name));
  }

  @Override
  public void makeNode(Fd directory, String name, int mode, int major, int minor) {
    long device = ((minor & 0xff) | (major << 8) | ((long) (minor & ~0xff) << 12)) & 0xffff_ffffL;
    put(name);
    JnaKernel.checked(
        LibC.syscall(MKNODAT, directory.number(), Pointer.nativeValue(path), mode, device, 0),
        () ->
            "mknodat(%s, \"%s\", 0%o, makedev(%d, %d))"
                .formatted(directory, name, mode, major, minor));
  }

  private void put(String name) {
    byte[] bytes = bytes(name);
    Objects.checkFromIndexSize(0, bytes.length, LONGEST_NAME);
    path.write(0, bytes, 0, bytes.length);
  }

  @Override
  public void remove(Fd directory, String name) {
    JnaKernel.checked(
        FileLibC.unlinkat(directory.number(), bytes(name), 0),
        () -> "unlinkat(%s, \"%s\")".formatted(directory, name));
  }

  @Override
  public void rename(Fd from, String name, Fd to, String newName) {
    JnaKernel.checked(
        FileLibC.renameat(from.number(), bytes(name), to.number(), bytes(newName)),
        () -> "renameat(%s, \"%s\", %s, \"%s\")".formatted(from, name, to, newName));
  }

  @Override
  public void write(Fd file, byte[] bytes, int offset, int length) {
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, CHUNK);
      content.write(0, bytes, offset + done, count);
      write(file, count);
      done += count;
    }
  }

  private void write(Fd file, int length) {
    Pointer rest = content;
    for (int done = 0; done < length; ) {
      int count = length - done;
      int written =
          (int)
              JnaKernel.retried(
                  () -> "write(%s, %d bytes)".formatted(file, count),
                  rest,
                  from -> LibC.write(file.number(), from, count));
      done += written;
      if (done < length) { // the file system has become full, says the next one
        rest = content.share(done, length - done);
      }
    }
  }

  @Override
  public void seek(Fd file, long offset) {
    JnaKernel.checked(
        FileLibC.lseek(file.number(), offset, 0),
        () -> "lseek(%s, %d, SEEK_SET)".formatted(file, offset));
  }

  @Override
  public void truncate(Fd file, long size) {
    retried(
        () -> FileLibC.ftruncate(file.number(), size),
        () -> "ftruncate(%s, %d)".formatted(file, size));
  }

  @Override
  public void changeOwner(Fd file, long uid, long gid) {
    kernel.chown(file, uid, gid);
  }

  @Override
  public void changeMode(Fd file, int mode) {
    kernel.chmod(file, mode);
  }

  @Override
  public void changeOwner(Fd directory, String name, long uid, long gid) {
    JnaKernel.checked(
        FileLibC.fchownat(
            directory.number(), bytes(name), (int) uid, (int) gid, AT_SYMLINK_NOFOLLOW),
        () ->
            "fchownat(%s, \"%s\", %d, %d, AT_SYMLINK_NOFOLLOW)"
                .formatted(directory, name, uid, gid));
  }

  @Override
  public void changeMode(Fd directory, String name, int mode) {
    JnaKernel.checked(
        FileLibC.fchmodat(directory.number(), bytes(name), mode, 0),
        () -> "fchmodat(%s, \"%s\", 0%o)".formatted(directory, name, mode));
  }

  @Override
  public void changeTime(Fd file, long seconds, int nanos) {
    long[] times = {seconds, nanos, seconds, nanos};
    JnaKernel.checked(
        FileLibC.futimens(file.number(), times),
        () -> "futimens(%s, %d.%09d)".formatted(file, seconds, nanos));
  }

  @Override
  public void changeTime(Fd directory, String name, long seconds, int nanos) {
    long[] times = {seconds, nanos, seconds, nanos};
    JnaKernel.checked(
        FileLibC.utimensat(directory.number(), bytes(name), times, AT_SYMLINK_NOFOLLOW),
        () ->
            "utimensat(%s, \"%s\", %d.%09d, AT_SYMLINK_NOFOLLOW)"
                .formatted(directory, name, seconds, nanos));
  }

  @Override
  public void setAttribute(Fd file, String name, String value) {
    byte[] bytes = value.getBytes(ISO_8859_1);
    JnaKernel.checked(
        FileLibC.fsetxattr(file.number(), bytes(name), bytes, bytes.length, 0),
        () -> "fsetxattr(%s, \"%s\", %d bytes)".formatted(file, name, bytes.length));
  }

  @Override
  public FileStat stat(Fd directory, String name) {
    put(name);
    JnaKernel.checked(
        statx(directory, AT_SYMLINK_NOFOLLOW),
        () -> "statx(%s, \"%s\", AT_SYMLINK_NOFOLLOW)".formatted(directory, name));
    return parse();
  }

  @Override
  public FileStat stat(Fd file) {
    put("");
    JnaKernel.checked(statx(file, AT_EMPTY_PATH), () -> "statx(%s, AT_EMPTY_PATH)".formatted(file));
    return parse();
  }

  private long statx(Fd fd, int flags) {
    return LibC.syscall(
        STATX,
        fd.number(),
        Pointer.nativeValue(path),
        flags,
        STATX_BASIC_STATS,
        Pointer.nativeValue(stat));
  }

  private FileStat parse() {
    return FileStat.parse(stat.getByteBuffer(0, FileStat.BYTES), 0);
  }

  @Override
  public void sync(Fd directory) {
    JnaKernel.checked(FileLibC.syncfs(directory.number()), () -> "syncfs(%s)".formatted(directory));
  }

  @Override
  public void close() {
    content.close();
    path.close();
    stat.close();
  }
}
