package io.jcontainer.linux.probe;

import io.jcontainer.HostReport.Finding;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the JVM itself needs: it is done, and undone. */
public final class JvmProbes {
  private static final byte[] NOTHING = {0};

  private final Kernel kernel;

  /** By these system calls. */
  public JvmProbes(Kernel kernel) {
    this.kernel = kernel;
  }

  private interface Action {
    void run();
  }

  private static Finding finding(String name, String title, String cure, Action action) {
    try {
      action.run();
      return Finding.works(name, title);
    } catch (SyscallException e) {
      String open = "The JVM has too many open files: ulimit -n";
      boolean full = e.errno() == Errno.EMFILE;
      return Finding.fails(
          name, title, String.valueOf(e.getMessage()), Optional.of(full ? open : cure));
    }
  }

  /** Whether processes are waited for and signalled without a race: pidfd_open(2). */
  public Finding pidfd() {
    return finding(
        "pidfd",
        "processes by descriptors instead of numbers",
        "Linux 5.4 is needed; where the kernel has it, a seccomp filter forbids it (Docker:"
            + " --security-opt seccomp=unconfined)",
        () -> {
          try (Fd self = kernel.pidfd(Math.toIntExact(ProcessHandle.current().pid()))) {
            kernel.signal(self, 0);
          }
        });
  }

  /** Whether the launcher can be a file that nobody can change: memfd_create(2). */
  public Finding memfd() {
    return finding(
        "memfd",
        "programs that lie in memory only",
        "sysctl vm.memfd_noexec=1 allows them; until then the launcher is a file in the state"
            + " directory, whose file system must not be mounted noexec",
        () -> kernel.sealedMemfd("jcontainer-doctor", NOTHING, true).close());
  }

  /** Whether the file system of /usr can be mounted with a user namespace's ids. */
  public Finding idmappedMounts(Fd userNamespace) {
    return finding(
        "idmapped-mounts",
        "mounts of /usr with the container's ids",
        "Linux 5.12 is needed, and a file system that can do it (not NFS, nor overlay before 6.19)"
            + "; without, the files of layers show as nobody's, and write layers above them are"
            + " refused",
        () -> kernel.tryIdmap("/usr", userNamespace));
  }

  /** The program fuse-overlayfs(1), if it is installed. */
  public static Optional<Path> fuseOverlayfsProgram() {
    Path program = Programs.find("fuse-overlayfs");
    return Files.isExecutable(program) ? Optional.of(program) : Optional.empty();
  }

  /** Whether there is an overlay for file systems that the kernel's cannot use. */
  public static Finding fuseOverlayfs() {
    String name = "fuse-overlayfs";
    String title = "an overlay in a process, for where the kernel's cannot be used";
    Path program = Programs.find(name);
    if (!Files.isExecutable(program)) {
      return Finding.fails(
          name,
          title,
          "it is in no directory of PATH",
          Optional.of("Only needed where overlay does not work: apt-get install fuse-overlayfs"));
    }
    Path device = Path.of("/dev/fuse");
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      return Finding.fails(
          name,
          title,
          device + " cannot be opened for reading and writing",
          Optional.of("modprobe fuse; in a container, --device /dev/fuse"));
    }
    return Finding.works(name, title);
  }
}
