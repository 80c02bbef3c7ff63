/** The Linux backend of jcontainer: namespaces and layered root file systems, without a daemon. */
module io.jcontainer.linux {
  requires com.google.common;
  requires com.sun.jna;
  requires transitive io.jcontainer;
  requires org.slf4j;
  requires static io.jcontainer.images;
  requires static org.jspecify;

  exports io.jcontainer.linux;

  // JNA reads the signatures of the functions that it maps.
  opens io.jcontainer.linux.sys.jna to
      com.sun.jna;

  provides io.jcontainer.spi.RuntimeProvider with
      io.jcontainer.linux.LinuxRuntimeProvider;
}
