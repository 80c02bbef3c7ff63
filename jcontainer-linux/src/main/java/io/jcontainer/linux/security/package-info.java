/** Capabilities and no_new_privs. */
@NullMarked
package io.jcontainer.linux.security;

import org.jspecify.annotations.NullMarked;
