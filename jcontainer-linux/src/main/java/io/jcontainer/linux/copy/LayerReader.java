package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.linux.launch.Agent;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the layers of a copy, many files at a time. */
final class LayerReader {
  private static final int AT_A_TIME = 32;
  private static final int ATTRIBUTES = Stat.BYTES + 8;
  private static final int ATTRIBUTES_SIZE = 1024;
  private static final int RECORD = ATTRIBUTES + ATTRIBUTES_SIZE;

  /** What the kernel limits an attribute to. */
  private static final int VALUE = 64 << 10;

  private static final Slot TREE = new Slot("layer");
  private static final Slot LENGTH = new Slot("length");

  private final Workshop workshop;

  LayerReader(Workshop workshop) {
    this.workshop = workshop;
  }

  /** Opens a layer as a mount of its own, as an overlay does: nothing is mounted in it. */
  int open(Path layer) {
    Steps steps = new Steps();
    steps.add(
        Calls.openTree(layer.toString(), OPEN_TREE_CLONE, O_CLOEXEC).into(TREE),
        "without what is mounted below it");
    steps.add(
        Calls.mountSetattr(
            TREE,
            Arg.of(0),
            List.of(AT_EMPTY_PATH),
            MOUNT_ATTR_RDONLY,
            MOUNT_ATTR_NOSUID,
            MOUNT_ATTR_NODEV),
        "a layer is never changed");
    int tree = (int) workshop.run(steps, TREE)[0];
    int directory = workshop.openDirectory(tree, FileName.of("."));
    workshop.close(tree);
    return directory;
  }

  /** All that is in a directory. */
  List<LayerEntry> list(int directory) {
    List<FileName> names = workshop.list(directory);
    List<LayerEntry> entries = new ArrayList<>(names.size());
    for (int from = 0; from < names.size(); from += AT_A_TIME) {
      look(directory, names.subList(from, Math.min(names.size(), from + AT_A_TIME)), entries);
    }
    return entries;
  }

  /** A name in a directory, if it is there. */
  Optional<LayerEntry> find(int directory, FileName name) {
    Memory found = Memory.zeros("found", Stat.BYTES);
    Steps steps = new Steps();
    steps.add(
        FileCalls.statxat(Arg.of(directory), name.arg(), Arg.of(found))
            .tolerate(Errno.ENOENT)
            .into(LENGTH),
        "whether it is there");
    if (workshop.run(steps, LENGTH)[0] < 0) {
      return Optional.empty();
    }
    List<LayerEntry> entries = new ArrayList<>();
    look(directory, List.of(name), entries);
    return Optional.of(entries.get(0));
  }

  private void look(int directory, List<FileName> names, List<LayerEntry> entries) {
    Memory found = Memory.zeros("found", RECORD * names.size());
    Steps steps = new Steps();
    steps.add(Calls.fchdir(Arg.of(directory)), "names are relative to it");
    for (int i = 0; i < names.size(); i++) {
      int at = RECORD * i;
      Arg name = names.get(i).arg();
      steps.add(
          FileCalls.statxat(Arg.AT_FDCWD, name, new Arg.Address(found, at)), "a link is itself");
      steps.add(
          FileCalls.llistxattr(name, new Arg.Address(found, at + ATTRIBUTES), ATTRIBUTES_SIZE)
              .tolerate(Errno.EOPNOTSUPP)
              .into(LENGTH),
          "an overlay has left its marks there");
      Agent.store(LENGTH, found, at + Stat.BYTES, steps);
    }
    byte[] answer = workshop.ask(steps, found, Arg.of(found.size()));
    ByteBuffer words = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < names.size(); i++) {
      int at = RECORD * i;
      int length = Math.max(0, (int) words.getLong(at + Stat.BYTES));
      entries.add(
          new LayerEntry(
              names.get(i),
              Stat.parse(answer, at),
              attributes(Arrays.copyOfRange(answer, at + ATTRIBUTES, at + ATTRIBUTES + length))));
    }
  }

  /** Names, each of which ends with NUL. */
  static List<String> attributes(byte[] names) {
    String text = new String(names, StandardCharsets.UTF_8);
    return text.isEmpty() ? List.of() : List.of(text.split("\0"));
  }

  /** The value of an attribute. */
  byte[] attribute(int directory, FileName name, String attribute) {
    Memory value = Memory.zeros("value", VALUE);
    Steps steps = new Steps();
    steps.add(Calls.fchdir(Arg.of(directory)), "the name is relative to it");
    steps.add(FileCalls.lgetxattr(name.arg(), attribute, value).into(LENGTH), "of a link itself");
    return workshop.ask(steps, value, Arg.of(LENGTH));
  }
}
