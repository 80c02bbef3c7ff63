package io.jcontainer.images;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What only one thread of one JVM does at a time: to decide what is garbage, to say that something
 * is in use, and to give names. It is held for as long as that takes, never while data comes in.
 *
 * <p>The lock is fcntl(2)'s, which the kernel gives back when the JVM ends, however it ends. It is
 * the process's: a second one of the same JVM would be an error, and whoever closes a descriptor of
 * the file gives back all. So threads come one by one first. What they wait for is a string, since
 * a JVM has only one of the same text, however many class loaders have this class; and it tells the
 * directory by what it is, since it may have several paths, or another directory its path by now.
 */
final class StoreLock {
  private final Path directory;
  private final Path file;

  StoreLock(Path directory) {
    this.directory = directory;
    this.file = directory.resolve("lock");
  }

  /** What is done meanwhile. */
  @FunctionalInterface
  interface Action<T> {
    T run() throws IOException;
  }

  <T> T locked(Action<T> action) throws IOException {
    synchronized (monitor()) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock();
        return action.run();
      }
    }
  }

  private Object monitor() throws IOException {
    Object key = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    return ("io.jcontainer.images.StoreLock:" + (key == null ? directory : key)).intern();
  }
}
