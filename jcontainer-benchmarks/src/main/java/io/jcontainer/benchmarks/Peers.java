package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The peers, each called so that it does what a default container of ours does, or a bit less. */
final class Peers implements AutoCloseable {
  private static final Path HYBRID = Path.of("/sys/fs/cgroup/unified");

  /**
   * Covers the v2 tree of hybrid cgroups, in a mount namespace of the driver's own: crun refuses to
   * work where it sees both versions. An ordinary user needs a user namespace for that.
   */
  private static final String COVER = "mount -t tmpfs none " + HYBRID + " && exec \"$0\" \"$@\"";

  private final BenchDirectory directory;
  private final boolean root;
  private final boolean hybrid = Files.exists(HYBRID);
  private final Optional<Path> driver;
  private final Starter plain;
  private final List<Starter> starters = new ArrayList<>();

  Peers(BenchDirectory directory) throws IOException, InterruptedException {
    this.directory = directory;
    root = Specs.isRoot();
    driver = CStarter.compile(directory.path());
    plain = starter("errors", List.of());
  }

  private Starter starter(String name, List<String> prefix) throws IOException {
    ErrorFile errors = new ErrorFile(directory.path().resolve(name));
    Starter starter =
        driver.isPresent() ? CStarter.start(prefix, driver.get(), errors) : new JvmStarter(errors);
    starters.add(starter);
    return starter;
  }

  /** Enters all of them. */
  void enter(Field field) throws IOException, InterruptedException {
    String program = directory.staticTrue().toString();
    field.enter(
        "bare-exec",
        () -> Peer.of("bare-exec", "no container: vfork, execve, wait", plain, List.of(program)));
    field.enter("unshare", this::unshare);
    field.enter("bwrap", this::bwrap);
    Starter forCrun = hybrid ? covered() : plain;
    field.enter("crun", () -> crun("crun", forCrun, root, false));
    if (root) {
      field.enter("crun-limits", () -> crun("crun-limits", forCrun, true, true));
      field.enter("crun-no-cgroup", () -> crun("crun-no-cgroup", forCrun, false, false));
    }
    field.enter("runc", () -> runc("runc", false));
    if (root) {
      field.enter("runc-limits", () -> runc("runc-limits", true));
    }
  }

  private Contestant unshare() throws IOException {
    List<String> command = new ArrayList<>(List.of(Programs.require("unshare"), "--map-root-user"));
    command.addAll(List.of("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"));
    command.addAll(List.of("--fork", "--mount-proc", directory.staticTrue().toString()));
    return Peer.of("unshare", "seven own namespaces, /proc; no root of its own", plain, command);
  }

  private Contestant bwrap() throws IOException {
    List<String> command = new ArrayList<>(List.of(Programs.require("bwrap"), "--unshare-all"));
    command.addAll(List.of("--ro-bind", directory.rootfs().toString(), "/", "--proc", "/proc"));
    command.addAll(List.of("--dev", "/dev", "--tmpfs", "/tmp", BenchDirectory.COMMAND));
    return Peer.of(
        "bwrap", "--unshare-all, read-only bind, /proc, /dev, tmpfs on /tmp", plain, command);
  }

  private Starter covered() throws IOException {
    String user = root ? "" : "--map-root-user";
    String line = "exec unshare --mount " + user + " sh -c '" + COVER + "' \"$0\" \"$@\"";
    return starter("errors-covered", List.of("/bin/sh", "-c", line));
  }

  private Contestant crun(String name, Starter starter, boolean cgroup, boolean limits)
      throws IOException, InterruptedException {
    String crun = Programs.require("crun");
    List<String> command = new ArrayList<>(List.of(crun));
    if (!cgroup) {
      command.add("--cgroup-manager=disabled");
    }
    command.addAll(ociRun(name, OciBundle.create(directory, crun, limits)));
    String note = ociNote(cgroup, limits) + (hybrid ? hybridNote() : "");
    return Peer.of(name, note, starter, command);
  }

  private Contestant runc(String name, boolean limits) throws IOException, InterruptedException {
    String runc = Programs.require("runc");
    List<String> command = new ArrayList<>(List.of(runc));
    if (!root) {
      command.add("--rootless=true");
    }
    command.addAll(ociRun(name, OciBundle.create(directory, runc, limits)));
    return Peer.of(name, ociNote(root, limits), plain, command);
  }

  private List<String> ociRun(String name, Path bundle) {
    String state = directory.path().resolve("state-" + name).toString();
    return List.of("--root", state, "run", "--bundle", bundle.toString(), "jcontainer-bench-00");
  }

  private String ociNote(boolean cgroup, boolean limits) {
    return "its own `spec`%s, read-only bind, %s%s"
        .formatted(
            root ? ", no user namespace" : " --rootless",
            cgroup ? "own cgroups" : "no cgroup",
            limits ? " with the limits of jcontainer-limits" : "");
  }

  private String hybridNote() {
    return root
        ? "; " + HYBRID + " hidden from it, v1 remains"
        : "; inside a user namespace that hides " + HYBRID;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (Starter starter : starters) {
      starter.close();
    }
  }
}
