package io.jcontainer.linux.copy;

import io.jcontainer.linux.sys.FileStat;

/**
 * A file that an agent has found, and holds so that nobody can put another in its place.
 *
 * @param fd its descriptor in the agent, for which only O_PATH was asked
 * @param stat what it is
 */
record Node(int fd, FileStat stat) {

  boolean isDirectory() {
    return stat.isDirectory();
  }
}
