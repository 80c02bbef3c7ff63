package io.jcontainer.linux.probe;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a report tells of a host without trying anything. */
public final class Facts {
  private Facts() {}

  /** Those that can be had of every host. */
  public static Map<String, String> all() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("kernel", kernel());
    facts.put("architecture", property("os.arch"));
    facts.put("jdk", property("java.vm.name") + " " + property("java.runtime.version"));
    facts.put("user", property("user.name"));
    return facts;
  }

  private static String kernel() {
    try {
      return "Linux " + Sysctl.read("kernel/osrelease");
    } catch (IOException e) {
      return property("os.name") + " " + property("os.version");
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }
}
