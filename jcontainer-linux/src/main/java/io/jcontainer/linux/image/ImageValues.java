package io.jcontainer.linux.image;

import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Signal;
import io.jcontainer.User;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.InvalidImageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a configuration says, as a value. Whoever has made the image may have meant harm. */
final class ImageValues {
  private ImageValues() {}

  /**
   * Reads it.
   *
   * @param name what the image is called; empty for none
   * @param target its manifest or index
   * @throws InvalidImageException if it says what no container can be given
   */
  public static Image of(Optional<String> name, Descriptor target, ImageConfig config) {
    ImageConfig.Execution execution = config.execution();
    try {
      return new Image(
          name,
          target.digest().toString(),
          environment(execution.env()),
          execution.entrypoint(),
          execution.cmd(),
          execution.user().isEmpty() ? User.root() : User.parse(execution.user()),
          execution.workingDir().isEmpty() ? "/" : execution.workingDir(),
          execution.exposedPorts(),
          volumes(execution.volumes()),
          execution.stopSignal().filter(signal -> !signal.isEmpty()).map(Signal::parse),
          execution.labels());
    } catch (InvalidSpecException e) {
      throw new InvalidImageException(
          "image %s: config: %s".formatted(name.orElse(target.digest().toString()), e.getMessage()),
          e);
    }
  }

  private static Map<String, String> environment(List<String> variables) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String variable : variables) {
      int equals = variable.indexOf('=');
      if (equals < 0) {
        throw new InvalidSpecException(
            "env", "\"" + variable.replaceAll("[^ -~]", "?") + "\" has no value");
      }
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return environment;
  }

  /** Docker takes {@code /data/} for {@code /data}. */
  private static Set<String> volumes(Set<String> paths) {
    return paths.stream()
        .map(path -> path.replaceAll("/{2,}", "/"))
        .map(path -> path.length() > 1 && path.endsWith("/") ? cutEnd(path) : path)
        .collect(Collectors.toSet());
  }

  private static String cutEnd(String path) {
    return path.substring(0, path.length() - 1);
  }
}
