package io.jcontainer.linux.cgroup;

import java.nio.file.Path;
import java.util.Optional;

/** What has to be known of a host, and of a container's cgroups, to translate limits. */
interface LimitFacts {

  /**
   * What a file of the container's cgroup says now, without the last newline.
   *
   * @return empty if there is no such file, as the kernel has not got it
   */
  Optional<String> read(Controller controller, String file);

  /** The same in the cgroup above. */
  Optional<String> readAbove(Controller controller, String file);

  /**
   * The number of a whole disk.
   *
   * @return such as {@code 8:0}
   * @throws io.jcontainer.InvalidSpecException if it is none, or not there
   */
  String disk(Path device);

  /** Whether the kernel has a file. */
  default boolean has(Controller controller, String file) {
    return read(controller, file).isPresent();
  }
}
