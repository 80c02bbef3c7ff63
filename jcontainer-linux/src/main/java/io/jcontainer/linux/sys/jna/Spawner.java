package io.jcontainer.linux.sys.jna;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.ArrayList;
import java.util.List;

/** posix_spawn(3): the C library starts the child as vfork does, whatever the size of the heap. */
final class Spawner {
  /** More than any C library's opaque structures: glibc's are 80, 336 and 128 bytes. */
  private static final int OPAQUE = 1024;

  private static final short SETPGROUP = 2;
  private static final short SETSIGDEF = 4;
  private static final short SETSIGMASK = 8;

  private final Memory attributes = new Memory(OPAQUE);
  private final Memory emptyEnvironment = new Memory(8);

  Spawner() {
    try (Memory signals = new Memory(OPAQUE)) {
      LibC.posix_spawnattr_init(attributes);
      LibC.posix_spawnattr_setflags(attributes, (short) (SETPGROUP | SETSIGDEF | SETSIGMASK));
      LibC.sigfillset(signals);
      LibC.posix_spawnattr_setsigdefault(attributes, signals);
      LibC.sigemptyset(signals);
      LibC.posix_spawnattr_setsigmask(attributes, signals);
      emptyEnvironment.setPointer(0, Pointer.NULL);
    }
  }

  int spawn(String path, List<byte[]> argv, List<Fd> descriptors) {
    List<Fd> duplicates = new ArrayList<>();
    try (Memory actions = new Memory(OPAQUE);
        Memory words = words(argv)) {
      LibC.posix_spawn_file_actions_init(actions);
      try {
        for (int target = 0; target < descriptors.size(); target++) {
          Fd source = highEnough(descriptors.get(target), descriptors.size(), duplicates);
          checked(
              LibC.posix_spawn_file_actions_adddup2(actions, source.number(), target),
              "posix_spawn_file_actions_adddup2");
        }
        int[] pid = new int[1];
        checked(
            LibC.posix_spawn(pid, path, actions, attributes, words, emptyEnvironment),
            "posix_spawn(\"" + path + "\")");
        return pid[0];
      } finally {
        LibC.posix_spawn_file_actions_destroy(actions);
      }
    } finally {
      duplicates.forEach(Fd::close);
    }
  }

  /** A target must not take the number of a source that has not been placed yet. */
  private static Fd highEnough(Fd fd, int targets, List<Fd> duplicates) {
    if (fd.number() >= targets) {
      return fd;
    }
    Fd duplicate = fd.duplicate(targets);
    duplicates.add(duplicate);
    return duplicate;
  }

  /** An array of pointers, and behind it the words that they point to. */
  private static Memory words(List<byte[]> words) {
    long size = 8L * (words.size() + 1);
    for (byte[] word : words) {
      size += word.length + 1;
    }
    Memory memory = new Memory(size);
    memory.clear();
    long at = 8L * (words.size() + 1);
    for (int i = 0; i < words.size(); i++) {
      memory.setPointer(8L * i, memory.share(at));
      memory.write(at, words.get(i), 0, words.get(i).length);
      at += words.get(i).length + 1;
    }
    return memory;
  }

  /** These functions return the error number, and leave errno as it is. */
  private static void checked(int error, String call) {
    if (error != 0) {
      throw new SyscallException(call, Errno.of(error));
    }
  }
}
