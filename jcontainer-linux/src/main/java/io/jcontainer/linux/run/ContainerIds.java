package io.jcontainer.linux.run;

import java.util.concurrent.ThreadLocalRandom;

/** Names of containers: short, and unlikely to be given twice. */
final class ContainerIds {
  /** What plans show that are not started. */
  static final String EXAMPLE = "0123456789ab";

  /** Stands for the id in programs; chosen at random, so that nothing else there is equal to it. */
  static final String PLACEHOLDER = next();

  private ContainerIds() {}

  static String next() {
    long bits = ThreadLocalRandom.current().nextLong(1L << 48);
    return Long.toHexString(1L << 48 | bits).substring(1);
  }
}
