package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A bundle as the OCI runtime specification has it, made by the runtime's own {@code spec}. */
final class OciBundle {
  private static final String LIMITS =
      """
      "memory": {"limit": %d}, "cpu": {"quota": %d, "period": 100000}, "pids": {"limit": %d}"""
          .formatted(Specs.MEMORY.bytes(), Specs.CPUS * 100_000, Specs.PIDS);

  private OciBundle() {}

  /**
   * Makes a bundle that runs the benchmark's command without a terminal.
   *
   * @param runtime the path of crun or runc
   * @param limits whether with those that ours has, too
   * @return the bundle's directory
   */
  static Path create(BenchDirectory directory, String runtime, boolean limits)
      throws IOException, InterruptedException {
    String name = Path.of(runtime).getFileName() + (limits ? "-limits" : "");
    Path bundle = directory.path().resolve("bundle-" + name);
    if (Files.exists(bundle)) {
      return bundle;
    }
    Files.createDirectory(bundle);
    List<String> command = new ArrayList<>(List.of(runtime, "spec"));
    if (!Specs.isRoot()) {
      command.add("--rootless");
    }
    Programs.run(bundle, command);
    Path config = bundle.resolve("config.json");
    String json = Files.readString(config);
    json = replace(json, "\"terminal\": true", "\"terminal\": false");
    json = replace(json, "\"sh\"", quoted(BenchDirectory.COMMAND));
    json = replace(json, "\"path\": \"rootfs\"", "\"path\": " + quoted(directory.rootfs()));
    if (limits) {
      json = replace(json, "\"resources\": {", "\"resources\": {" + LIMITS + ",");
    }
    Files.writeString(config, json);
    return bundle;
  }

  private static String quoted(Object text) {
    return '"' + text.toString() + '"';
  }

  private static String replace(String json, String from, String to) throws IOException {
    if (!json.contains(from)) {
      throw new IOException("the runtime's own spec has no " + from + ", but this:\n" + json);
    }
    return json.replace(from, to);
  }
}
