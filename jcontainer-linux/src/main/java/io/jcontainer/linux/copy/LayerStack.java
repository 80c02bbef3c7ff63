package io.jcontainer.linux.copy;

import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a root file system of layers consists of.
 *
 * @param scratch the file system that the write layer is on, if it is in memory; else null
 * @param upper where the write layer is kept; null if it is in memory, or if there is none
 * @param layers the layers, the lowest first
 * @param user which user namespace its container is in
 * @param namespace by which an agent takes the rights that are needed, or null for the JVM's: a
 *     user namespace, or a pidfd of a process in it
 * @param idmapped whether the layers are mounted with the container's ids
 * @param root what its root directory was like when it was made, of ids that the container has
 * @param mountPoints names in the root that are plain directories, whatever the layers have there
 */
public record LayerStack(
    @Nullable Fd scratch,
    @Nullable Path upper,
    List<Path> layers,
    UserPlacement user,
    @Nullable Fd namespace,
    boolean idmapped,
    RootAttributes root,
    Set<String> mountPoints) {}
