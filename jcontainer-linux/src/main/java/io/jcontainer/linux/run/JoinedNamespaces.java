package io.jcontainer.linux.run;

import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The existing namespaces that a spec names, open, but for the user namespace. A process is held by
 * a pidfd: its number cannot come to stand for another one meanwhile.
 */
final class JoinedNamespaces implements AutoCloseable {
  private static final int O_RDONLY = 0;
  private static final int O_PATH = 0x200000;

  private final Map<Kind, Integer> numbers = new EnumMap<>(Kind.class);
  private final List<Fd> descriptors = new ArrayList<>();
  private int next;

  private JoinedNamespaces(int first) {
    next = first;
  }

  /**
   * Opens them.
   *
   * @param before what the launcher gets before them
   */
  static JoinedNamespaces open(Kernel kernel, ContainerSpec spec, List<Fd> before) {
    JoinedNamespaces joined = new JoinedNamespaces(UserPlacement.DESCRIPTOR + before.size());
    try {
      for (Kind kind : Kind.values()) {
        Namespace choice = kind.of(spec.namespaces());
        boolean exists = !kind.isOwn(spec.namespaces()) && !kind.isHost(spec.namespaces());
        if (exists && kind != Kind.USER && !isOurs(kind, choice)) {
          joined.descriptors.add(open(kernel, kind, choice));
          joined.numbers.put(kind, joined.next++);
        }
      }
      return joined;
    } catch (RuntimeException | Error e) {
      joined.close();
      throw e;
    }
  }

  /**
   * Whether a process shares this namespace with the JVM: there is nothing to join then, and an
   * ordinary user would not be allowed to.
   */
  static boolean isOurs(Kind kind, Namespace choice) {
    if (choice instanceof Namespace.OfPath) {
      return false;
    }
    Path file = Path.of("/proc", Integer.toString(pid(choice)), "ns", kind.file());
    try {
      return Files.readSymbolicLink(file)
          .equals(Files.readSymbolicLink(Path.of("/proc/self/ns", kind.file())));
    } catch (IOException e) {
      return false; // it has ended, or is not ours to look at: the launch says which
    }
  }

  private static Fd open(Kernel kernel, Kind kind, Namespace choice) {
    if (choice instanceof Namespace.OfPath path) {
      return file(kernel, kind, path);
    }
    if (choice instanceof Namespace.OfContainer container) {
      return alive(container.container()).join(kernel).door();
    }
    return process(kernel, kind, pid(choice));
  }

  /** The file of a namespace. It is only looked at first: to open a FIFO could take forever. */
  static Fd file(Kernel kernel, Kind kind, Namespace.OfPath choice) {
    try (Fd found = kernel.open(choice.path().toString(), O_PATH)) {
      String target = Files.readSymbolicLink(Path.of(found.path())).toString();
      if (!target.startsWith(kind.file() + ":[")) {
        throw new InvalidSpecException(
            "namespaces", choice.path() + " is no " + kind.file() + " namespace");
      }
      return kernel.open(found.path(), O_RDONLY);
    } catch (SyscallException | IOException e) {
      throw new InvalidSpecException(
          "namespaces", "the " + kind.file() + " namespace cannot be joined: " + e.getMessage());
    }
  }

  private static Fd process(Kernel kernel, Kind kind, int pid) {
    try {
      return kernel.pidfd(pid);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ESRCH) {
        throw noSuchProcess(kind, pid);
      }
      throw e;
    }
  }

  /** Says that there is nothing to join. */
  static InvalidSpecException noSuchProcess(Kind kind, int pid) {
    return new InvalidSpecException(
        "namespaces",
        "the %s namespace of process %d cannot be joined: there is no such process"
            .formatted(kind.file(), pid));
  }

  /** The process whose namespace was chosen. */
  static int pid(Namespace choice) {
    if (choice instanceof Namespace.OfContainer container) {
      return alive(container.container()).doorPid();
    }
    return Math.toIntExact(((Namespace.OfProcess) choice).pid());
  }

  /** A container of this backend that has not ended. */
  static LinuxContainer alive(Container container) {
    if (!(container instanceof LinuxContainer ours)) {
      throw new InvalidSpecException("namespaces", container + " is of another runtime");
    }
    if (!ours.isAlive()) {
      throw new ContainerGoneException("the namespaces of " + container + " ended with it");
    }
    return ours;
  }

  /** The numbers that the launcher knows them by. */
  Map<Kind, Integer> numbers() {
    return numbers.isEmpty() ? Map.of() : numbers;
  }

  List<Fd> descriptors() {
    return descriptors;
  }

  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
