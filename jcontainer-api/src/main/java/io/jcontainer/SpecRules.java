package io.jcontainer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** What a spec must fulfil on whatever host; the first thing that it does not is thrown. */
final class SpecRules {
  /** HOST_NAME_MAX of Linux is 64; the kernel takes any bytes, but programs do not. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,63}");

  private SpecRules() {}

  static void check(ContainerSpec spec) {
    command(spec);
    environment(spec.env());
    cwd(spec.cwd());
    names(spec);
    rootfs(spec);
    spec.timeout().ifPresent(SpecRules::timeout);
  }

  private static void command(ContainerSpec spec) {
    if (spec.command().isEmpty() || spec.command().get(0).isEmpty()) {
      throw new InvalidSpecException("command", "a program is needed");
    }
    for (String word : spec.command()) {
      encodable("command", word);
    }
  }

  private static void environment(Map<String, String> env) {
    env.forEach(
        (name, value) -> {
          if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new InvalidSpecException("env", "\"" + name + "\" cannot name a variable");
          }
          encodable("env", name);
          encodable("env", value);
        });
  }

  private static void cwd(String cwd) {
    encodable("cwd", cwd);
    if (!cwd.startsWith("/")) {
      throw new InvalidSpecException("cwd", "\"" + cwd + "\" is not an absolute path");
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
    spec.rootfs()
        .ifPresent(
            rootfs -> rootfs.layers().forEach(layer -> encodable("rootfs", layer.toString())));
  }

  private static void timeout(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new InvalidSpecException("timeout", timeout + " is not more than zero");
    }
  }

  private static void encodable(String field, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidSpecException(field, "a NUL byte in \"" + text.replace('\0', '?') + "\"");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new InvalidSpecException(
          field, "half a surrogate pair, which UTF-8 cannot say, in \"" + text + "\"");
    }
  }
}
