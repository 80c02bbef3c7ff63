package io.jcontainer.linux.state;

import io.jcontainer.ContainerException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the runtimes of a user know of each other's containers. Each has one file, made with its
 * first container; a container costs no more than a write into it. A name is a file of its own.
 */
public final class Registry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);
  private final Kernel kernel;
  private final StateDirectory state;
  private final int owner;
  private final RecordFiles files;
  private @Nullable RecordFile own;

  /** Those that containers were entered in, and that are in the directory no more. */
  private final List<RecordFile> removed = new ArrayList<>();

  private boolean closed;

  /**
   * Makes nothing yet.
   *
   * @param uid the JVM's user
   * @param owner the JVM's process number
   */
  public Registry(Kernel kernel, StateDirectory state, int uid, int owner) {
    this.kernel = kernel;
    this.state = state;
    this.owner = owner;
    this.files = new RecordFiles(kernel, uid);
  }

  /** The JVM's process number. */
  public int owner() {
    return owner;
  }

  /** A container's place in the registry, from before its start until its end. */
  public static final class Entry implements AutoCloseable {
    private final @Nullable RecordFile file;
    private final int slot;
    private final @Nullable NameFile name;

    private Entry(@Nullable RecordFile file, int slot, @Nullable NameFile name) {
      this.file = file;
      this.slot = slot;
      this.name = name;
    }

    /** Lets others see the container. It runs all the same if that fails. */
    public void publish(ContainerRecord record) {
      if (file != null) {
        try {
          file.write(slot, record);
        } catch (SyscallException e) {
          LOG.debug("container {} is not listed by other runtimes", record.id(), e);
        }
      }
    }

    /** The container has ended, or was not started; idempotent. */
    @Override
    public void close() {
      if (name != null) {
        name.close();
      }
      if (file != null) {
        try {
          file.clear(slot);
        } catch (SyscallException | IllegalStateException e) {
          // Others find that the process has ended.
          LOG.debug("the record of an ended container cannot be cleared", e);
        }
      }
    }
  }

  /**
   * Enters a container that is about to be started.
   *
   * @param name its name, which is its own from now on
   * @throws InvalidSpecException if another one has its name
   */
  public Entry enter(String id, Optional<String> name) {
    return name.isPresent() ? claim(id, name.get()) : enter();
  }

  /** Without a name there is no need to be known. The next one may be: a disk can be full today. */
  private Entry enter() {
    try {
      return isClosed() ? new Entry(null, 0, null) : entry(own());
    } catch (ContainerException e) {
      LOG.debug("a container is not listed by other runtimes", e);
      return new Entry(null, 0, null);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private Entry entry(RecordFile file) {
    int slot = file.reserve();
    return new Entry(slot < 0 ? null : file, slot, null);
  }

  private Entry claim(String id, String name) {
    RecordFile file;
    NameFile taken;
    try {
      file = own();
      taken = NameFile.take(kernel, state.made(), name, id, owner);
    } catch (IOException | SyscallException e) {
      throw cannotBeGiven(name, e);
    }
    int slot = file.reserve();
    if (slot < 0) {
      taken.close();
      throw new ContainerException(
          "a container with a name must be listed, but this runtime has "
              + RecordFile.MOST_SLOTS
              + " already",
          null);
    }
    Entry entry = new Entry(file, slot, taken);
    try {
      file.makeRoom(slot); // or it would not be listed on a full disk, and be found by nobody
      return entry;
    } catch (SyscallException e) {
      entry.close();
      throw cannotBeGiven(name, e);
    }
  }

  private ContainerException cannotBeGiven(String name, Exception e) {
    return new ContainerException(
        "the name \"%s\" cannot be given in the state directory %s: %s"
            .formatted(name, state.path(), e),
        e);
  }

  private boolean isRunning(ContainerRecord record) {
    Optional<Fd> process = RunningProcess.open(kernel, record.pid(), record.startTime());
    process.ifPresent(Fd::close);
    return process.isPresent();
  }

  /** Another one if somebody has removed it: what is written into that nobody sees. */
  private synchronized RecordFile own() {
    if (own == null || !Files.exists(own.path())) {
      RecordFile fresh;
      try {
        Path directory = state.made();
        sweep();
        fresh = RecordFile.create(kernel, directory, owner);
      } catch (SyscallException e) {
        throw new ContainerException(
            "no file can be made in the state directory %s: %s; make room there, or name another with RuntimeOptions.withStateDirectory"
                .formatted(state.path(), e.getMessage()),
            e);
      }
      if (own != null) {
        removed.add(own);
      }
      own = fresh;
    }
    return own;
  }

  /** Deletes the records, names and unfinished programs that dead JVMs have left; says which. */
  public List<Path> sweep() {
    List<Path> swept = new ArrayList<>(files.sweep(state.path()));
    swept.addAll(NameFile.sweep(kernel, state.path()));
    swept.addAll(ProgramFile.sweep(kernel, state.path()));
    return swept;
  }

  /** The running containers of all other runtimes. */
  public List<ContainerRecord> others() {
    Path ours;
    synchronized (this) {
      ours = own == null ? null : own.path();
    }
    return files.read(state.path(), ours).stream().filter(this::isRunning).toList();
  }

  /** No container may run any more. */
  @Override
  public synchronized void close() {
    removed.forEach(RecordFile::close);
    removed.clear();
    if (own != null) {
      own.close();
      own = null;
    }
    closed = true;
  }
}
