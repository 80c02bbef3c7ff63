package io.jcontainer;

import java.util.regex.Pattern;

/** What a spec must fulfil on whatever host; the first thing that it does not is thrown. */
final class SpecRules {
  /** HOST_NAME_MAX of Linux is 64; the kernel takes any bytes, but programs do not. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,63}");

  private static final Pattern CONTAINER_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");

  private SpecRules() {}

  static void check(ContainerSpec spec) {
    spec.name().ifPresent(SpecRules::containerName);
    names(spec);
    rootfs(spec);
    MountRules.check(spec);
  }

  private static void containerName(String name) {
    if (!CONTAINER_NAME.matcher(name).matches()) {
      throw new InvalidSpecException(
          "name",
          "\""
              + name
              + "\" is not a name of 1 to 63 letters, digits, underscores, dots and hyphens that"
              + " begins with a letter or digit");
    }
  }

  private static void names(ContainerSpec spec) {
    spec.hostname().ifPresent(name -> name(spec, "hostname", name));
    spec.domainname().ifPresent(name -> name(spec, "domainname", name));
  }

  private static void name(ContainerSpec spec, String field, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidSpecException(
          field,
          "\""
              + name
              + "\" is not a name of 1 to 64 letters, digits, dots and hyphens that begins"
              + " with a letter or digit");
    }
    if (!(spec.namespaces().uts() instanceof Namespace.Own)) {
      throw new InvalidSpecException(
          field, "a name would change that of others: it needs an own UTS namespace");
    }
  }

  private static void rootfs(ContainerSpec spec) {
    if (spec.rootfs().isPresent() && !(spec.namespaces().mount() instanceof Namespace.Own)) {
      throw new InvalidSpecException("rootfs", "a root file system needs an own mount namespace");
    }
    if (spec.makesCwd() && spec.rootfs().isEmpty()) {
      throw new InvalidSpecException(
          "makeCwd", "the directory would be the host's: it needs an own mount namespace");
    }
    spec.rootfs()
        .ifPresent(
            rootfs ->
                rootfs
                    .layers()
                    .forEach(layer -> ProcessRules.encodable("rootfs", layer.toString())));
  }
}
