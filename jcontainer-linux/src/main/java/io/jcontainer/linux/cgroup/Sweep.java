package io.jcontainer.linux.cgroup;

import com.google.common.collect.Lists;
import io.jcontainer.ContainerException;
import io.jcontainer.linux.cgroup.CgroupRecord.Kind;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes the cgroups of a JVM that was killed, by what it has written down. */
final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  /** What all are called that a runtime makes for itself: nothing else is killed or removed. */
  static final String PREFIX = "jcontainer-";

  private final Kernel kernel;
  private final List<CgroupRecord> records;

  Sweep(Kernel kernel, List<CgroupRecord> records) {
    this.kernel = kernel;
    this.records =
        records.stream()
            .filter(
                record ->
                    record.kind() == Kind.PARENT
                        || record.path().getFileName().toString().startsWith(PREFIX))
            .toList();
  }

  /**
   * Removes them, with what is below them; what runs there is killed first.
   *
   * @return the directories that were there, without those of single containers
   * @throws ContainerException if something in there does not end
   */
  List<Path> sweep() {
    List<Path> swept = new ArrayList<>();
    List<CgroupRecord> runtimes =
        records.stream().filter(record -> record.kind() == Kind.CONTAINERS).toList();
    Set<String> ids = new LinkedHashSet<>();
    for (CgroupRecord runtime : runtimes) {
      Removal.children(runtime.path()).forEach(path -> ids.add(path.getFileName().toString()));
    }
    for (String id : ids) {
      new Cgroup(kernel, id, CgroupRecord.directories(records, id)).remove();
    }
    for (CgroupRecord runtime : runtimes) {
      if (Files.isDirectory(runtime.path())) {
        Removal.remove(
            kernel,
            List.of(new CgroupDirectory(runtime.version(), runtime.controllers(), runtime.path())));
        swept.add(runtime.path());
      }
    }
    List<CgroupRecord> rest = new ArrayList<>(Lists.reverse(records));
    rest.sort(Comparator.comparing(CgroupRecord::kind)); // who is in a leaf leaves it last
    for (CgroupRecord record : rest) {
      if (Files.isDirectory(record.path()) && isRemoved(record)) {
        swept.add(record.path());
      }
    }
    return swept;
  }

  /** Others may have come to use these. */
  private boolean isRemoved(CgroupRecord record) {
    if (record.kind() == Kind.LEAF) {
      return Leaf.leave(kernel, record.path());
    }
    try {
      kernel.rmdir(record.path());
      return true;
    } catch (SyscallException e) {
      LOG.debug("a cgroup stays", e);
      return false;
    }
  }
}
