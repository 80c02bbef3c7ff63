package io.jcontainer;

/**
 * Whether a bind mount follows what is mounted below its source on the host later on:
 * mount_namespaces(7). There is no shared one, for a container never mounts anything on the host.
 *
 * @since 0.1.0
 */
public enum Propagation {
  /** It stays as it was when the container started. */
  PRIVATE,

  /**
   * What the host mounts or unmounts below the source shows in the container too, as far as the
   * host's mount is a shared one, which systemd makes of all.
   */
  SLAVE
}
