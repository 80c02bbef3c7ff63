/** The directory of the runtime's own files. */
@NullMarked
package io.jcontainer.linux.state;

import org.jspecify.annotations.NullMarked;
