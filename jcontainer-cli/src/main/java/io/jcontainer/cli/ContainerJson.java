package io.jcontainer.cli;

import io.jcontainer.ContainerHandle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code inspect} shows of a container that runs: those of Docker's fields that it has. */
final class ContainerJson {
  private ContainerJson() {}

  static Map<String, Object> of(ContainerHandle container) {
    List<String> command = container.command();
    boolean paused = container.isPaused();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("Status", paused ? "paused" : "running");
    state.put("Running", true);
    state.put("Paused", paused);
    state.put("Pid", container.pid());
    state.put("OwnerPid", container.ownerPid());
    state.put("StartedAt", container.startedAt());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("Id", container.id());
    json.put("Name", container.name().orElse(""));
    json.put("Created", container.startedAt());
    json.put("Path", command.isEmpty() ? "" : command.get(0));
    json.put("Args", command.isEmpty() ? command : command.subList(1, command.size()));
    json.put("State", state);
    return json;
  }
}
