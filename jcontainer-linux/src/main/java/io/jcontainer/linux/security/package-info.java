/** Capabilities. */
@NullMarked
package io.jcontainer.linux.security;

import org.jspecify.annotations.NullMarked;
