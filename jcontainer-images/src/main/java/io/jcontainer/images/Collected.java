package io.jcontainer.images;

import io.jcontainer.ByteSize;

/**
 * What a collection of garbage has removed.
 *
 * @param blobs how many blobs
 * @param size how many bytes they had
 * @param leases how many leases of JVMs that are no more, with what they were writing
 * @since 0.1.0
 */
public record Collected(long blobs, ByteSize size, int leases) {}
