/** The system calls that the JVM itself makes, as Java interfaces. */
@NullMarked
package io.jcontainer.linux.sys;

import org.jspecify.annotations.NullMarked;
