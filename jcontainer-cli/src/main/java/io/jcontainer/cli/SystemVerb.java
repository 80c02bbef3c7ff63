package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The verb {@code system}: what concerns no single container and no single image. */
final class SystemVerb extends VerbGroup {
  SystemVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    super(
        "system",
        "Does what concerns no single container and no single image.",
        verbs(caller, runtime));
  }

  private static Map<String, Verb> verbs(Caller caller, Supplier<ContainerRuntime> runtime) {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("sweep", new SystemSweepVerb(caller, runtime));
    verbs.put("df", new SystemDfVerb(caller));
    return verbs;
  }
}
