/**
 * The two pages to read first: what the JVM does for a start, and what the container's first
 * process does.
 */
@NullMarked
package io.jcontainer.linux.run;

import org.jspecify.annotations.NullMarked;
