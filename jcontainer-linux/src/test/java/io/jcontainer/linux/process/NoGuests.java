package io.jcontainer.linux.process;

import io.jcontainer.ProcessSpec;
import io.jcontainer.WriteLayer;
import java.nio.file.Path;

/** For a container in which nothing is to be done. */
public final class NoGuests implements Guests {
  @Override
  public LinuxProcess exec(Joinable container, ProcessSpec process) {
    throw new AssertionError("not asked for");
  }

  @Override
  public WriteLayer writeLayer(Joinable container) {
    throw new AssertionError("not asked for");
  }

  @Override
  public void copyTo(Joinable container, Path source, String target) {
    throw new AssertionError("not asked for");
  }

  @Override
  public void copyFrom(Joinable container, String source, Path target) {
    throw new AssertionError("not asked for");
  }
}
