/** The namespaces' steps: which are made, which are joined, the user namespaces. */
@NullMarked
package io.jcontainer.linux.namespace;

import org.jspecify.annotations.NullMarked;
