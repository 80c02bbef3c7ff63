package io.jcontainer.linux.process;

import io.jcontainer.linux.sys.Kernel.ChildEnd;
import java.util.Optional;

/** What an init has told of the end of its command: more than its own end says. */
public interface ExitReport extends AutoCloseable {

  /** How the command ended; empty if the init has ended before it. Does not wait. */
  Optional<ChildEnd> read();

  @Override
  void close();
}
