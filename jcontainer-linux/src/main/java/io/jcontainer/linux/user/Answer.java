package io.jcontainer.linux.user;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What the JVM tells a process that has asked for its user: where it has it, and the bytes. */
public final class Answer {
  static final int UID = 0;
  static final int GID = 4;
  static final int COUNT = 8;
  static final int CAPABILITIES = 12;
  static final int GROUPS = CAPABILITIES + 6 * 4;

  /** A variable of the environment, with its NUL. */
  static final int HOME = GROUPS + 4 * Ids.MAX_GROUPS;

  private static final int SIZE = HOME + 4096 + 8;

  /** The process's memory for it. */
  public static final Memory MEMORY = Memory.zeros("answer", SIZE);

  private Answer() {}

  /**
   * The bytes for it.
   *
   * @param capabilities the words for capset(2)
   */
  public static byte[] bytes(Ids ids, List<Long> capabilities) {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt((int) ids.uid()).putInt((int) ids.gid()).putInt(ids.groups().size());
    capabilities.forEach(word -> bytes.putInt(word.intValue()));
    ids.groups().forEach(group -> bytes.putInt(group.intValue()));
    bytes.position(HOME).put(homeVariable(ids));
    return bytes.array();
  }

  /** The variable HOME alone, for a later image. */
  public static Arg.Address home(Ids ids) {
    byte[] variable = homeVariable(ids);
    return new Arg.Address(Memory.bytes("HOME", Arrays.copyOf(variable, variable.length + 1)), 0);
  }

  /** As the file has it, byte by byte. */
  private static byte[] homeVariable(Ids ids) {
    return ("HOME=" + ids.home()).getBytes(StandardCharsets.ISO_8859_1);
  }
}
