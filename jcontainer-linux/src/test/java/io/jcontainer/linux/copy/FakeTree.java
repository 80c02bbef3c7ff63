package io.jcontainer.linux.copy;

import io.jcontainer.linux.sys.FileStat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Directories in memory, as an agent has them open. */
final class FakeTree implements TreeFiles {
  private static final int DIRECTORY = 0040755;

  private final Map<Integer, Node> open = new HashMap<>();
  private int nextFd = 10;
  private long nextInode = 1;

  /** How many were open at most. */
  int mostOpen;

  /** A file or directory. */
  final class Node {
    private final Map<String, Node> children = new TreeMap<>();
    private final Map<String, byte[]> attributes = new HashMap<>();
    private final long inode = nextInode++;
    private @Nullable Node parent;
    private int mode = DIRECTORY;
    private long links = 1;
    private long uid;
    private long gid;
    private long node;
    private String text = "";

    /** A directory in it, made if it is not there; names may be paths. */
    Node directory(String path) {
      Node node = this;
      for (String name : path.split("/", -1)) {
        Node above = node;
        node = node.children.computeIfAbsent(name, key -> new Node());
        node.parent = above;
      }
      return node;
    }

    /** A file in it, with its content. */
    Node file(String path, String content) {
      Node node = directory(path).mode(0100644);
      node.text = content;
      return node;
    }

    /** What stands for a removed file. */
    Node whiteout(String path) {
      return directory(path).mode(0020000);
    }

    /** Has a device be another one than 0:0. */
    Node device(int major) {
      node = major;
      return this;
    }

    Node mode(int other) {
      mode = other;
      return this;
    }

    Node owner(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    Node attribute(String name, String value) {
      attributes.put(name, value.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      return this;
    }

    Node opaque() {
      return attribute("trusted.overlay.opaque", "y");
    }

    /** A further name for a file. */
    void link(String path, Node file) {
      int slash = path.lastIndexOf('/');
      Node in = slash < 0 ? this : directory(path.substring(0, slash));
      in.children.put(path.substring(slash + 1), file);
      file.links++;
    }

    void remove(String name) {
      children.remove(name);
    }

    Node child(String name) {
      return Objects.requireNonNull(children.get(name));
    }

    private @Nullable Node name(FileName name) {
      return name.latin1().equals(".") ? this : children.get(name.latin1());
    }

    /** Into another directory. */
    void moveTo(Node other) {
      parent = other;
    }

    private FileStat stat() {
      return new FileStat(mode, uid, gid, text.length(), 1, 2, links, inode, 8, (int) node, 0, 7);
    }
  }

  /** An empty directory. */
  Node root() {
    return new Node();
  }

  int open(Node node) {
    open.put(nextFd, node);
    mostOpen = Math.max(mostOpen, open.size());
    return nextFd++;
  }

  /** Those that nobody has closed. */
  Set<Integer> stillOpen() {
    return new HashSet<>(open.keySet());
  }

  private Node at(int fd) {
    Node node = open.get(fd);
    if (node == null) {
      throw new AssertionError("EBADF " + fd);
    }
    return node;
  }

  @Override
  public Names list(int directory, HeapShare share) {
    Names names = new Names(share);
    List<String> all = new ArrayList<>(at(directory).children.keySet());
    java.util.Collections.reverse(all);
    all.forEach(name -> names.add(new FileName(name)));
    return names.sorted();
  }

  @Override
  public Map<FileName, LayerEntry> look(int directory, List<FileName> names) {
    Map<FileName, LayerEntry> found = new HashMap<>();
    for (FileName name : names) {
      Node node = at(directory).name(name);
      if (node != null) {
        found.put(name, new LayerEntry(name, node.stat(), List.copyOf(node.attributes.keySet())));
      }
    }
    return found;
  }

  @Override
  public byte @Nullable [] attribute(int directory, FileName name, String attribute) {
    return Objects.requireNonNull(at(directory).name(name)).attributes.get(attribute);
  }

  @Override
  public @Nullable FileName link(int directory, FileName name) {
    return new FileName(at(directory).child(name.latin1()).text);
  }

  @Override
  public int open(int directory, FileName name) {
    Node node = at(directory).children.get(name.latin1());
    return node == null || (node.mode & 0170000) != 0040000 ? GONE : open(node);
  }

  @Override
  public int openAbove(int directory, long inode) {
    Node parent = at(directory).parent;
    return parent == null || parent.inode != inode ? GONE : open(parent);
  }

  @Override
  public @Nullable OpenFile openFile(int directory, FileName name) {
    Node node = at(directory).children.get(name.latin1());
    return node == null ? null : new OpenFile(open(node), node.stat());
  }

  @Override
  public byte[] read(int file) {
    Node node = at(file);
    byte[] bytes = node.text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    node.text = "";
    return bytes;
  }

  @Override
  public void close(int fd) {
    at(fd);
    open.remove(fd);
  }
}
