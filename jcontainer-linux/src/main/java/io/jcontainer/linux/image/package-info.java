/**
 * Unpacks layers of images. It is the only room that knows {@code jcontainer-images}, which need
 * not be there: nothing here is loaded before a root is an image.
 */
@NullMarked
package io.jcontainer.linux.image;

import org.jspecify.annotations.NullMarked;
