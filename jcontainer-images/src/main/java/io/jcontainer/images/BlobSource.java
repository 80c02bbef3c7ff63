package io.jcontainer.images;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Where a layout has its blobs. */
@FunctionalInterface
interface BlobSource {
  /** A blob, or empty if it is not there. Its bytes are not verified yet. */
  Optional<InputStream> open(Digest digest) throws IOException;
}
