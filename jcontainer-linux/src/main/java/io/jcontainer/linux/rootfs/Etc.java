package io.jcontainer.linux.rootfs;

import io.jcontainer.linux.namespace.Names;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.HostFacts.EtcEntry;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code /etc} of {@code LayeredRootfs.host()}: what tells of the host is made up, and only
 * what programs cannot do without is the host's.
 */
final class Etc {
  private static final String RESOLV_CONF = "resolv.conf";
  private static final Slot FILE = new Slot("file");

  private final LaunchRequest request;
  private final List<Tree> binds = new ArrayList<>();

  Etc(LaunchRequest request) {
    this.request = request;
    for (EtcEntry entry : request.host().root().etcBinds()) {
      if (entry.path().equals(RESOLV_CONF) && !request.shared(Kind.NETWORK)) {
        continue; // the host's name servers cannot be reached
      }
      String path = "etc/" + entry.path();
      binds.add(Tree.ofEither(path, "/" + path, entry.directory()));
    }
  }

  /** What is the host's. */
  List<Tree> trees() {
    return binds;
  }

  /** Makes all that does not name the container. */
  void make(Steps steps) {
    for (String directory : directories()) {
      steps.add(Calls.mkdir(directory, 0755), "our own: what the host has there does not show");
    }
    madeUp().forEach((name, text) -> file("etc/" + name, text, steps));
    request
        .host()
        .root()
        .etcLinks()
        .forEach(
            (name, target) -> steps.add(Calls.symlink(target, "etc/" + name), "as on the host"));
    for (Tree tree : binds) {
      tree.mountPoint(tree.name(), "to mount on", steps);
      tree.attach(tree.name(), steps);
    }
  }

  /** Makes what names the container. */
  void name(Steps steps) {
    String names = request.own(Kind.UTS) ? " " + Names.hostname(request) : "";
    file("etc/hosts", "127.0.0.1 localhost" + names + "\n::1 localhost" + names + "\n", steps);
    if (request.own(Kind.UTS)) {
      file("etc/hostname", Names.hostname(request) + "\n", steps);
    }
  }

  /** {@code etc} and whatever lies between it and an entry, parents first. */
  private Set<String> directories() {
    Set<String> directories = new LinkedHashSet<>();
    directories.add("etc");
    binds.forEach(tree -> parents(tree.name().substring("etc/".length()), directories));
    request.host().root().etcLinks().keySet().forEach(path -> parents(path, directories));
    return directories;
  }

  private static void parents(String path, Set<String> directories) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      directories.add("etc/" + path.substring(0, slash));
    }
  }

  private Map<String, String> madeUp() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(
        "passwd",
        """
        root:x:0:0:root:/tmp:/bin/sh
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        """);
    files.put("group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n");
    if (!request.shared(Kind.NETWORK)) {
      files.put(RESOLV_CONF, "# No name server: this network is not the host's.\n");
    }
    return files;
  }

  private static void file(String path, String text, Steps steps) {
    steps.add(
        Calls.create(path, 0644, Open.O_WRONLY, Open.O_CREAT, Open.O_EXCL, Open.O_CLOEXEC)
            .into(FILE),
        "made up: the host's is none of the container's business");
    steps.add(Calls.write(FILE, text), "its content");
    steps.add(Calls.close(FILE), "complete: no longer needed");
  }
}
