package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOEXEC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.Terminal;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.PseudoTerminal;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The container's own terminals: {@code /dev/pts}, and {@code /dev/console} if it has one. */
final class Devpts {
  private static final long TTY_GROUP = 5;
  private static final Slot CONTEXT = new Slot("devpts");
  private static final Slot MOUNT = new Slot("pts");
  private static final Slot CONSOLE = new Slot("console");

  private Devpts() {}

  /** Mounts it on the working directory's dev/pts. */
  static void mount(LaunchRequest request, Steps steps) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("ptmxmode", "0666");
    options.put("mode", "0620");
    if (request.user().mapsGroup(TTY_GROUP)) {
      options.put("gid", Long.toString(request.user().groupForMount(TTY_GROUP)));
    }
    Optional<Terminal> terminal = request.spec().process().terminal();
    if (terminal.isPresent()) {
      mount(options, terminal.get(), steps);
    } else {
      String data =
          options.entrySet().stream().map(Object::toString).collect(Collectors.joining(","));
      steps.add(
          Calls.mount("devpts", "dev/pts", "newinstance," + data, MS_NOSUID, MS_NOEXEC),
          "own terminals");
    }
  }

  /** The same, but the first terminal is opened before a path leads there. */
  private static void mount(Map<String, String> options, Terminal terminal, Steps steps) {
    steps.add(Calls.fsopen("devpts").into(CONTEXT), "own terminals");
    options.forEach(
        (name, value) -> steps.add(Calls.fsconfig(CONTEXT, name, value), "as it is usual"));
    steps.add(Calls.fsconfigCreate(CONTEXT), "it is new: it has no terminal yet");
    steps.add(
        Calls.fsmount(CONTEXT, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC).into(MOUNT),
        "attached nowhere yet");
    steps.add(Calls.close(CONTEXT), "mounted: no longer needed");
    PseudoTerminal.openIn(MOUNT, terminal, steps);
    steps.add(Calls.moveMount(MOUNT, "dev/pts"), "attach it");
    steps.add(Calls.close(MOUNT), "attached: no longer needed");
    steps.add(Calls.mkfile("dev/console"), "a file to mount the terminal on");
    steps.add(
        Calls.openTree(PseudoTerminal.TERMINAL, "", OPEN_TREE_CLONE, O_CLOEXEC, AT_EMPTY_PATH)
            .into(CONSOLE),
        "a mount of the terminal itself; by descriptor, as /dev/pts/0 could be something else");
    steps.add(Calls.moveMount(CONSOLE, "dev/console"), "attach it");
    steps.add(Calls.close(CONSOLE), "attached: no longer needed");
  }
}
