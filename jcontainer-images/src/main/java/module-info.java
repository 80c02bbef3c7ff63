/**
 * Images: OCI's and Docker's formats as values, a store for them, and the ways in and out of it.
 */
@SuppressWarnings("module") // the backend, which is built later
module io.jcontainer.images {
  requires com.fasterxml.jackson.core;
  requires com.github.luben.zstd_jni;
  requires transitive io.jcontainer;
  requires java.net.http;
  requires static org.jspecify;

  exports io.jcontainer.images;
  exports io.jcontainer.images.registry;
  exports io.jcontainer.images.tar to
      io.jcontainer.linux,
      io.jcontainer.cli;
}
