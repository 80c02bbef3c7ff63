/** Tar archives and how they are compressed, as streams: strict about what comes in. */
@NullMarked
package io.jcontainer.images.tar;

import org.jspecify.annotations.NullMarked;
