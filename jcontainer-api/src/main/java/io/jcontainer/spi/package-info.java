/** How a backend offers itself to {@link io.jcontainer.ContainerRuntime}. */
@NullMarked
package io.jcontainer.spi;

import org.jspecify.annotations.NullMarked;
