package io.jcontainer.linux.cgroup;

import io.jcontainer.InvalidSpecException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Cgroups without a kernel: files that a test names. */
final class FakeFacts implements LimitFacts {
  private final Map<String, String> files = new HashMap<>();
  private final Map<String, String> above = new HashMap<>();

  /** A file of the container's cgroup. */
  FakeFacts file(String name, String content) {
    files.put(name, content);
    return this;
  }

  /** One of the cgroup above. */
  FakeFacts above(String name, String content) {
    above.put(name, content);
    return this;
  }

  @Override
  public Optional<String> read(Controller controller, String file) {
    return Optional.ofNullable(files.get(file));
  }

  @Override
  public Optional<String> readAbove(Controller controller, String file) {
    return Optional.ofNullable(above.get(file));
  }

  @Override
  public String disk(Path device) {
    return switch (device.toString()) {
      case "/dev/sda" -> "8:0";
      case "/dev/sdb" -> "8:16";
      default -> throw new InvalidSpecException("limits.io", device + " is not there");
    };
  }
}
