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
  private final List<Bind> binds = new ArrayList<>();

  private record Bind(EtcEntry entry, Tree tree) {}

  Etc(LaunchRequest request) {
    this.request = request;
    for (EtcEntry entry : request.host().root().etcBinds()) {
      if (entry.path().equals(RESOLV_CONF) && !request.shared(Kind.NETWORK)) {
        continue; // the host's name servers cannot be reached
      }
      Tree tree = new Tree("etc/" + entry.path(), "/etc/" + entry.path(), false, true);
      binds.add(new Bind(entry, tree));
    }
  }

  /** Opens what is the host's. */
  void open(Steps steps) {
    binds.forEach(bind -> bind.tree().open(steps));
  }

  /** Makes it all. */
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
    for (Bind bind : binds) {
      String name = bind.tree().name();
      steps.add(
          bind.entry().directory() ? Calls.mkdir(name, 0755) : Calls.mkfile(name), "to mount on");
      bind.tree().attach(name, steps);
    }
  }

  /** {@code etc} and whatever lies between it and an entry, parents first. */
  private Set<String> directories() {
    Set<String> directories = new LinkedHashSet<>();
    directories.add("etc");
    binds.forEach(bind -> parents(bind.entry().path(), directories));
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
    if (!request.own(Kind.UTS)) {
      files.put("hosts", "127.0.0.1 localhost\n::1 localhost\n");
    } else {
      String name = Names.hostname(request);
      files.put("hosts", "127.0.0.1 localhost " + name + "\n::1 localhost " + name + "\n");
      files.put("hostname", name + "\n");
    }
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
