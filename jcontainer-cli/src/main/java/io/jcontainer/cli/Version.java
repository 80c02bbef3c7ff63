package io.jcontainer.cli;

import java.lang.module.ModuleDescriptor;

/** Which jcontainer this is. */
final class Version {
  private Version() {}

  /** As the manifest of the jar says on the class path, or the module's descriptor elsewhere. */
  static String current() {
    String manifest = Version.class.getPackage().getImplementationVersion();
    if (manifest != null) {
      return manifest;
    }
    ModuleDescriptor module = Version.class.getModule().getDescriptor();
    return module == null
        ? "of an unknown version"
        : module.rawVersion().orElse("of an unknown version");
  }
}
