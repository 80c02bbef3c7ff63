package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerStats;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How much was waited for: psi.rst, which only version 2 has for cgroups. */
final class PressureReader {
  private final CgroupFile file;

  PressureReader(CgroupFileSet files, CgroupDirectory directory, String name) {
    file = files.file(directory, name);
  }

  /** Lines such as {@code some avg10=2.18 avg60=1.60 avg300=3.81 total=117529237}. */
  Optional<ContainerStats.Pressure> read(ReadBuffer buffer) {
    if (!file.read(buffer)) {
      return Optional.empty();
    }
    ContainerStats.Stall some = null;
    Optional<ContainerStats.Stall> full = Optional.empty();
    KernelText text = buffer.text();
    while (text.nextLine()) {
      if (!text.nextWord()) {
        continue;
      }
      if (text.is("some")) {
        some = stall(text);
      } else if (text.is("full")) {
        full = Optional.ofNullable(stall(text));
      }
    }
    return some == null ? Optional.empty() : Optional.of(new ContainerStats.Pressure(some, full));
  }

  private static ContainerStats.@Nullable Stall stall(KernelText text) {
    long avg10 = 0;
    long avg60 = 0;
    long avg300 = 0;
    long total = KernelText.NONE;
    while (text.nextWord()) {
      if (text.is("avg10")) {
        avg10 = value(text);
      } else if (text.is("avg60")) {
        avg60 = value(text);
      } else if (text.is("avg300")) {
        avg300 = value(text);
      } else if (text.is("total") && text.nextWord()) {
        total = text.number();
      }
    }
    return total == KernelText.NONE
        ? null
        : new ContainerStats.Stall(
            avg10 / 100.0,
            avg60 / 100.0,
            avg300 / 100.0,
            Duration.ofNanos(Math.multiplyExact(total, 1000L)));
  }

  private static long value(KernelText text) {
    return text.nextWord() ? Math.max(0, text.hundredths()) : 0;
  }
}
