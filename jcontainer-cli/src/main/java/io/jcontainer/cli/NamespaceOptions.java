package io.jcontainer.cli;

import static io.jcontainer.cli.Options.use;

import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Which namespaces {@code run} makes, shares or joins. */
final class NamespaceOptions {
  private static final String OTHERS = "private|host|PID|PATH";

  private final OptionSpec network =
      option(
          "none|host|PID|PATH",
          "Only loopback (none, the default), the host's network, that of a process, or a file of"
              + " one such as /run/netns/blue.",
          "none",
          "--network");
  private final OptionSpec pid = other("The process numbers.", "--pid");
  private final OptionSpec ipc = other("System V IPC and message queues.", "--ipc");
  private final OptionSpec uts = other("The host name.", "--uts");
  private final OptionSpec cgroup = other("What it sees of the cgroups.", "--cgroupns");
  private final OptionSpec userns = other("The users; the host's only as root.", "--userns");

  private static OptionSpec other(String description, String name) {
    return option(OTHERS, description + " Default: private.", "private", name);
  }

  private static OptionSpec option(String label, String description, String own, String name) {
    return Options.value(
        Namespace.class, text -> parse(text, own, label), label, description, name);
  }

  private static Namespace parse(String text, String own, String label) {
    if (text.equals(own)) {
      return Namespace.own();
    }
    if (text.equals("host")) {
      return Namespace.host();
    }
    if (text.matches("[0-9]{1,10}")) {
      return Namespace.ofProcess(Long.parseLong(text));
    }
    if (text.startsWith("/")) {
      return Namespace.ofPath(Path.of(text));
    }
    throw new TypeConversionException("'" + text + "' is none of " + label);
  }

  List<OptionSpec> options() {
    return List.of(network, pid, ipc, uts, cgroup, userns);
  }

  /** Says what was given. */
  void describe(Namespaces.Builder namespaces) {
    use(network, namespaces::network);
    use(pid, namespaces::pid);
    use(ipc, namespaces::ipc);
    use(uts, namespaces::uts);
    use(cgroup, namespaces::cgroup);
    use(userns, namespaces::user);
  }
}
