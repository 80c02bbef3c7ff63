/** Copies files between the host and a container, and runs nothing of the container's. */
@NullMarked
package io.jcontainer.linux.copy;

import org.jspecify.annotations.NullMarked;
