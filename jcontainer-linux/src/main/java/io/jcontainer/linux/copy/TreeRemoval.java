package io.jcontainer.linux.copy;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Removes what a container has left, which may be nested deeper than any path or table of
 * descriptors is: each directory that is found is moved to the top before it is looked into.
 */
public final class TreeRemoval {
  private static final int AT_A_TIME = 200;

  /** How often a directory may have got something new in it when it should be empty. */
  private static final int PATIENCE = 16;

  private static final Slot RESULT = new Slot("result");

  private final Workshop workshop;
  private final int top;
  private long moved;

  private TreeRemoval(Workshop workshop, int top) {
    this.workshop = workshop;
    this.top = top;
  }

  /**
   * Removes all that is in a directory, by a child of the calling thread.
   *
   * @param user the user namespace whose ids it belongs to, or null for the JVM's rights
   * @throws SyscallException if that fails
   */
  public static void empty(Launcher launcher, @Nullable Fd user, Path directory) {
    try (Workshop workshop = Workshop.open(launcher, user)) {
      new TreeRemoval(workshop, workshop.openDirectory(directory.toString())).run();
    }
  }

  private void run() {
    // What an earlier removal has moved up, and did not come to, is among these.
    while (pass(top, true)) {
      workshop.rewind(top);
    }
  }

  /**
   * Goes through a directory once: removes the files, and takes the directories up. As it goes, so
   * that no more names are kept than the kernel gives at a time.
   *
   * @return whether there was anything
   */
  private boolean pass(int directory, boolean isTop) {
    boolean any = false;
    for (Names names = workshop.listMore(directory);
        names != null;
        names = workshop.listMore(directory)) {
      any |= names.size() > 0;
      remove(directory, names, isTop);
    }
    return any;
  }

  private void remove(int directory, Names names, boolean isTop) {
    for (int from = 0; from < names.size(); from += AT_A_TIME) {
      List<FileName> some =
          IntStream.range(from, Math.min(names.size(), from + AT_A_TIME))
              .mapToObj(names::get)
              .toList();
      long[] results = unlink(directory, some);
      for (int i = 0; i < results.length; i++) {
        if (results[i] != -Errno.EISDIR.number()) {
          continue;
        }
        if (isTop) {
          removeDirectory(some.get(i));
        } else {
          moveUp(directory, some.get(i));
        }
      }
    }
  }

  /** One at the top; those in it come up. */
  private void removeDirectory(FileName name) {
    for (int tries = 0; tries <= PATIENCE; tries++) {
      int directory = workshop.openDirectory(top, name);
      pass(directory, false);
      workshop.close(directory);
      if (remove(name)) {
        return;
      }
    }
    throw new SyscallException("unlinkat(\"" + name + "\", AT_REMOVEDIR)", Errno.ENOTEMPTY);
  }

  private long[] unlink(int directory, List<FileName> names) {
    Memory results = Memory.zeros("results", 8 * names.size());
    Steps steps = new Steps();
    for (int i = 0; i < names.size(); i++) {
      steps.add(
          FileCalls.unlinkat(Arg.of(directory), names.get(i).arg())
              .tolerate(Errno.EISDIR, Errno.ENOENT)
              .into(RESULT),
          "EISDIR: it is a directory");
      Agent.store(RESULT, results, 8 * i, steps);
    }
    long[] values = new long[names.size()];
    ByteBuffer.wrap(workshop.ask(steps, results, Arg.of(results.size())))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(values);
    return values;
  }

  private void moveUp(int directory, FileName name) {
    FileName free = FileName.of("removed-%d-%d".formatted(System.nanoTime(), moved++));
    Steps steps = new Steps();
    steps.add(
        FileCalls.renameat(Arg.of(directory), name.arg(), Arg.of(top), free.arg()),
        "no path becomes long");
    workshop.run(steps);
  }

  private boolean remove(FileName name) {
    Steps steps = new Steps();
    steps.add(
        FileCalls.rmdirat(Arg.of(top), name.arg()).tolerate(Errno.ENOTEMPTY).into(RESULT),
        "unless somebody still writes there");
    return workshop.run(steps, RESULT)[0] == 0;
  }
}
