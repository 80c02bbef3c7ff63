package io.jcontainer.images.registry;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An answer that another one may follow if one waits. */
final class PassingException extends IOException {
  private static final long serialVersionUID = 1;

  private final RegistryException failure;
  private final transient Optional<Duration> wait;

  PassingException(RegistryException failure, Optional<Duration> wait) {
    super(failure);
    this.failure = failure;
    this.wait = wait;
  }

  /** What it is if nobody waits. */
  RegistryException failure() {
    return failure;
  }

  /** How long, if the registry has said so. */
  Optional<Duration> delay() {
    return wait;
  }
}
