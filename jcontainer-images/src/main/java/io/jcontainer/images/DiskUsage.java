package io.jcontainer.images;

import io.jcontainer.ByteSize;

/**
 * What a store needs. Blobs that several images share count once.
 *
 * @param images how many names there are, and images without one
 * @param blobs how many blobs
 * @param size how many bytes these have
 * @param reclaimable how many of the bytes {@link ImageStore#collect} would remove now
 * @param underWay how many bytes have come of what is no blob yet
 * @since 0.1.0
 */
public record DiskUsage(
    int images, long blobs, ByteSize size, ByteSize reclaimable, ByteSize underWay) {}
