package io.jcontainer.linux.image;

import io.jcontainer.IdMapping;
import io.jcontainer.linux.sys.Fd;

/**
 * For whom an ordinary user unpacks layers: the user namespace of his containers.
 *
 * @param ids its ids, of which one must be the JVM's own user, and one its group
 * @param namespace it, open as long as layers are unpacked
 */
public record LayerOwner(IdMapping ids, Fd namespace) {}
