package io.jcontainer.linux.run;

import java.util.concurrent.ThreadLocalRandom;

/** Names of containers: short, and unlikely to be given twice. */
final class ContainerIds {
  /** What plans show that are not started. */
  static final String EXAMPLE = "0123456789ab";

  private ContainerIds() {}

  static String next() {
    return "%012x".formatted(ThreadLocalRandom.current().nextLong(1L << 48));
  }
}
