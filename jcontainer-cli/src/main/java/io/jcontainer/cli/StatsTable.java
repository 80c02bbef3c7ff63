package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerStats;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Rounds of {@code stats} as a table with Docker's columns. */
final class StatsTable {
  private static final String FORMAT = "%-12s  %-20s  %8s  %-21s  %7s  %-17s  %-17s  %s";
  private static final String NONE = "--";

  private StatsTable() {}

  static String head() {
    return FORMAT.formatted(
        "ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS");
  }

  static String line(StatsRow row) {
    return row.now()
        .map(
            now ->
                FORMAT.formatted(
                    row.id(),
                    name(row),
                    row.cpuPercent().map(Amounts::percent).orElse(NONE),
                    now.memory().map(StatsTable::memory).orElse(NONE),
                    now.memory().flatMap(StatsTable::memoryPercent).orElse(NONE),
                    network(now.network()),
                    blocks(now.io()),
                    now.pids().map(pids -> Long.toString(pids.current())).orElse(NONE)))
        .orElseGet(() -> FORMAT.formatted(row.id(), name(row), NONE, NONE, NONE, NONE, NONE, NONE));
  }

  private static String name(StatsRow row) {
    return row.name().map(name -> TableText.shown(name, 20)).orElse("");
  }

  private static String memory(ContainerStats.Memory memory) {
    return Amounts.memory(memory.workingSet())
        + " / "
        + memory.limit().map(Amounts::memory).orElse(NONE);
  }

  private static Optional<String> memoryPercent(ContainerStats.Memory memory) {
    return memory
        .limit()
        .map(ByteSize::bytes)
        .map(limit -> Amounts.percent(100.0 * memory.workingSet().bytes() / Math.max(1, limit)));
  }

  /** Of all interfaces but loopback, through which nothing leaves the container. */
  private static String network(List<ContainerStats.Network> all) {
    List<ContainerStats.Network> outward =
        all.stream().filter(one -> !one.name().equals("lo")).toList();
    return all.isEmpty()
        ? NONE
        : sums(outward, ContainerStats.Network::receivedBytes, ContainerStats.Network::sentBytes);
  }

  private static String blocks(List<ContainerStats.Io> all) {
    return sums(all, ContainerStats.Io::readBytes, ContainerStats.Io::writtenBytes);
  }

  private static <T> String sums(List<T> all, ToLongFunction<T> in, ToLongFunction<T> out) {
    return Amounts.carried(all.stream().mapToLong(in).sum())
        + " / "
        + Amounts.carried(all.stream().mapToLong(out).sum());
  }
}
