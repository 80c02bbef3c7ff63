/**
 * Images: the documents of the OCI image specification 1.1 and of Docker's schema 2 as immutable
 * values, and their names.
 *
 * <p>All that comes from outside is taken for hostile. It is parsed strictly and within limits, and
 * what is wrong with it is an {@link io.jcontainer.images.InvalidImageException} that names the
 * field. Nothing here is {@code null} unless annotated, and nothing needs Linux.
 */
@NullMarked
package io.jcontainer.images;

import org.jspecify.annotations.NullMarked;
