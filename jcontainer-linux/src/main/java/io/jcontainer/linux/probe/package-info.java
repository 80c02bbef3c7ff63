/** What this host is and can do, found out by doing it. */
@NullMarked
package io.jcontainer.linux.probe;

import org.jspecify.annotations.NullMarked;
