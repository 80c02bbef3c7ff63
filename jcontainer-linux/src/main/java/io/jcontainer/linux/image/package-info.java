/**
 * Images as root file systems: which image a name is, and where its layers lie. The only package
 * that needs {@code jcontainer-images}; nothing of it is loaded before an image is asked for.
 */
@NullMarked
package io.jcontainer.linux.image;

import org.jspecify.annotations.NullMarked;
