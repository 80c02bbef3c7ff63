/**
 * Containers as values: describe one with a {@link io.jcontainer.ContainerSpec}, start it with a
 * {@link io.jcontainer.ContainerRuntime}, hold it as a {@link io.jcontainer.Container}.
 *
 * <p>Nothing here is {@code null} unless annotated, all values are immutable, and no method throws
 * a checked exception: what goes wrong is a {@link io.jcontainer.ContainerException}.
 */
@NullMarked
package io.jcontainer;

import org.jspecify.annotations.NullMarked;
