package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerStats;
import java.util.ArrayList;
import java.util.List;

/** What went through the interfaces of a process' network namespace: proc_pid_net(5). */
final class NetworkReader {
  private static final int HEADS = 2;
  private static final int COLUMNS = 16;

  private final CgroupFile file;
  private final long[] numbers = new long[COLUMNS];

  NetworkReader(CgroupFileSet files, int pid) {
    file = files.file("/proc/" + pid + "/net/dev", false);
  }

  /**
   * In the kernel's order.
   *
   * @param ended whether the process has: its number may be another's, and only what is open is its
   */
  List<ContainerStats.Network> read(ReadBuffer buffer, boolean ended) {
    List<ContainerStats.Network> interfaces = new ArrayList<>(2);
    if ((ended && !file.isOpen()) || !file.read(buffer)) {
      return interfaces;
    }
    KernelText text = buffer.text();
    for (int line = 0; text.nextLine(); line++) {
      if (line >= HEADS && text.nextWord()) {
        String name = text.word();
        int column = 0;
        while (column < COLUMNS && text.nextWord()) {
          numbers[column++] = text.number();
        }
        if (column == COLUMNS) {
          interfaces.add(network(name.substring(0, name.length() - 1))); // a colon is behind it
        }
      }
    }
    return interfaces;
  }

  private ContainerStats.Network network(String name) {
    return new ContainerStats.Network(
        name,
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[8],
        numbers[9],
        numbers[10],
        numbers[11]);
  }
}
