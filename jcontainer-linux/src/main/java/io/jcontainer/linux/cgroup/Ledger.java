package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.linux.state.CgroupsFile;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import org.jspecify.annotations.Nullable;

/** Writes down what a runtime makes, before it does; in a file that is made with the first line. */
final class Ledger {
  private final Kernel kernel;
  private final StateDirectory state;
  private final String runtime;
  private @Nullable CgroupsFile file;

  Ledger(Kernel kernel, StateDirectory state, String runtime) {
    this.kernel = kernel;
    this.state = state;
    this.runtime = runtime;
  }

  /**
   * Adds a line.
   *
   * @throws ContainerException if it cannot be written: then nothing must be made, for nobody would
   *     remove it if the JVM were killed
   */
  synchronized void add(CgroupRecord record) {
    try {
      if (file == null) {
        file = CgroupsFile.create(kernel, state, runtime);
      }
      file.add(record.line());
    } catch (SyscallException e) {
      throw new ContainerException(
          "the cgroup %s is not made, since it cannot be written down in the state directory %s: %s; make room there, or name another with RuntimeOptions.withStateDirectory"
              .formatted(record.path(), state.path(), e.getMessage()),
          e);
    }
  }

  /**
   * Ends the record.
   *
   * @param removed whether all that it names is gone; else the next runtime tries again
   */
  synchronized void close(boolean removed) {
    if (file != null) {
      if (removed) {
        file.delete();
      }
      file.close();
      file = null;
    }
  }
}
