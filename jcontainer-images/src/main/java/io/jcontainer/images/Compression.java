package io.jcontainer.images;

/**
 * How the bytes of a layer are compressed.
 *
 * @since 0.1.0
 */
public enum Compression {
  /** Not at all: a plain tar. */
  NONE,
  /** gzip, RFC 1952, of one member or many: estargz is read as such. */
  GZIP,
  /** Zstandard, RFC 8878; zstd:chunked is read as such. */
  ZSTD
}
