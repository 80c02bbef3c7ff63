package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerStats;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Disks: {@code io.stat}, and cgroup-v1/blkio-controller.rst. */
final class IoReader {
  private final boolean v1;

  /** Of v1 bytes, then operations. */
  private final List<CgroupFile> files;

  IoReader(CgroupFileSet set, CgroupDirectory directory) {
    v1 = directory.version() == Version.V1;
    files =
        v1
            ? List.of(
                set.file(directory, "blkio.throttle.io_service_bytes_recursive"),
                set.file(directory, "blkio.throttle.io_serviced_recursive"))
            : List.of(set.file(directory, "io.stat"));
  }

  /** By device. */
  List<ContainerStats.Io> read(ReadBuffer buffer) {
    Map<String, long[]> devices = new TreeMap<>();
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).read(buffer)) {
        if (v1) {
          lines(buffer.text(), 2 * i, devices);
        } else {
          lines(buffer.text(), devices);
        }
      }
    }
    List<ContainerStats.Io> all = new ArrayList<>(devices.size());
    devices.forEach(
        (device, counts) ->
            all.add(new ContainerStats.Io(device, counts[0], counts[1], counts[2], counts[3])));
    return all;
  }

  /** Such as {@code 8:0 rbytes=90112 wbytes=0 rios=5 wios=0 dbytes=0 dios=0}. */
  private static void lines(KernelText text, Map<String, long[]> devices) {
    while (text.nextLine()) {
      if (!text.nextWord()) {
        continue;
      }
      String device = text.word();
      while (text.nextWord()) {
        int which =
            text.is("rbytes")
                ? 0
                : text.is("wbytes") ? 1 : text.is("rios") ? 2 : text.is("wios") ? 3 : -1;
        if (which >= 0 && text.nextWord()) {
          set(devices, device, which, text.number());
        }
      }
    }
  }

  /** Such as {@code 8:0 Read 90112}; at the end a total of all devices. */
  private static void lines(KernelText text, int first, Map<String, long[]> devices) {
    while (text.nextLine()) {
      if (!text.nextWord() || text.is("Total")) {
        continue;
      }
      String device = text.word();
      int which = !text.nextWord() ? -1 : text.is("Read") ? 0 : text.is("Write") ? 1 : -1;
      if (which >= 0 && text.nextWord()) {
        set(devices, device, first + which, text.number());
      }
    }
  }

  private static void set(Map<String, long[]> devices, String device, int which, long number) {
    if (number > 0 && device.indexOf(':') > 0) { // 0 is also what v1 says if it does not count
      devices.computeIfAbsent(device, each -> new long[4])[which] = number;
    }
  }
}
