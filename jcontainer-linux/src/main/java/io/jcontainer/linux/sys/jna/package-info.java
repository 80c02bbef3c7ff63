/** The system calls by JNA: the only package that knows it. */
@NullMarked
package io.jcontainer.linux.sys.jna;

import org.jspecify.annotations.NullMarked;
