package io.jcontainer.linux.process;

import io.jcontainer.ProcessSpec;
import io.jcontainer.WriteLayer;
import java.nio.file.Path;

/** What a runtime does inside of a container that is there. */
public interface Guests {

  /** Starts a further process in it. */
  LinuxProcess exec(Joinable container, ProcessSpec process);

  /** Copies from the host into it. */
  void copyTo(Joinable container, Path source, String target);

  /** What it has written. */
  WriteLayer writeLayer(Joinable container);

  /** Copies out of it. */
  void copyFrom(Joinable container, String source, Path target);
}
