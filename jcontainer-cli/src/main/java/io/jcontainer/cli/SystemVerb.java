package io.jcontainer.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** The verb {@code system}: what concerns no single container and no single image. */
final class SystemVerb extends VerbGroup {
  SystemVerb(Caller caller, Runtimes runtimes) {
    super(
        "system",
        "Does what concerns no single container and no single image.",
        verbs(caller, runtimes));
  }

  private static Map<String, Verb> verbs(Caller caller, Runtimes runtimes) {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("sweep", new SystemSweepVerb(caller, runtimes));
    verbs.put("df", new SystemDfVerb(caller, runtimes));
    return verbs;
  }
}
