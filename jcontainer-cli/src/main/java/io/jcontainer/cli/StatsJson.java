package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A container in a round of {@code stats} as one line of JSON: sizes in bytes, times in seconds;
 * null is what is not counted or not limited.
 */
final class StatsJson {
  private StatsJson() {}

  static String line(StatsRow row) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("id", row.id());
    all.put("name", row.name());
    all.put("time", row.now().map(ContainerStats::at));
    all.put("cpuPercent", row.cpuPercent());
    row.now().ifPresent(now -> put(all, now));
    return Json.of(all);
  }

  private static void put(Map<String, Object> all, ContainerStats now) {
    all.put("cpu", now.cpu().map(StatsJson::cpu));
    all.put("memory", now.memory().map(StatsJson::memory));
    all.put(
        "pids", now.pids().map(pids -> ordered("current", pids.current(), "limit", pids.limit())));
    all.put("io", now.io().stream().map(StatsJson::io).toList());
    all.put("network", now.network().stream().map(StatsJson::network).toList());
    all.put("cpuPressure", now.cpuPressure().map(StatsJson::pressure));
    all.put("memoryPressure", now.memoryPressure().map(StatsJson::pressure));
    all.put("ioPressure", now.ioPressure().map(StatsJson::pressure));
  }

  private static Map<String, Object> cpu(ContainerStats.Cpu cpu) {
    return ordered(
        "usage",
        seconds(cpu.usage()),
        "user",
        cpu.user().map(StatsJson::seconds),
        "system",
        cpu.system().map(StatsJson::seconds),
        "throttled",
        cpu.throttled().map(StatsJson::seconds),
        "throttledPeriods",
        cpu.throttledPeriods(),
        "periods",
        cpu.periods());
  }

  private static Map<String, Object> memory(ContainerStats.Memory memory) {
    return ordered(
        "current",
        memory.current().bytes(),
        "workingSet",
        memory.workingSet().bytes(),
        "peak",
        bytes(memory.peak()),
        "limit",
        bytes(memory.limit()),
        "anon",
        bytes(memory.anon()),
        "file",
        bytes(memory.file()),
        "kernel",
        bytes(memory.kernel()),
        "swap",
        bytes(memory.swap()),
        "faults",
        memory.faults(),
        "majorFaults",
        memory.majorFaults(),
        "oomKills",
        memory.oomKills());
  }

  private static Map<String, Object> io(ContainerStats.Io io) {
    return ordered(
        "device",
        io.device(),
        "readBytes",
        io.readBytes(),
        "writtenBytes",
        io.writtenBytes(),
        "reads",
        io.reads(),
        "writes",
        io.writes());
  }

  private static Map<String, Object> network(ContainerStats.Network network) {
    return ordered(
        "name",
        network.name(),
        "receivedBytes",
        network.receivedBytes(),
        "receivedPackets",
        network.receivedPackets(),
        "receiveErrors",
        network.receiveErrors(),
        "receiveDrops",
        network.receiveDrops(),
        "sentBytes",
        network.sentBytes(),
        "sentPackets",
        network.sentPackets(),
        "sendErrors",
        network.sendErrors(),
        "sendDrops",
        network.sendDrops());
  }

  private static Map<String, Object> pressure(ContainerStats.Pressure pressure) {
    return ordered("some", stall(pressure.some()), "full", pressure.full().map(StatsJson::stall));
  }

  private static Map<String, Object> stall(ContainerStats.Stall stall) {
    return ordered(
        "avg10",
        stall.avg10(),
        "avg60",
        stall.avg60(),
        "avg300",
        stall.avg300(),
        "total",
        seconds(stall.total()));
  }

  private static Optional<Long> bytes(Optional<ByteSize> size) {
    return size.map(ByteSize::bytes);
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
