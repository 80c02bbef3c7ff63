/**
 * The values and interfaces of jcontainer. A backend, such as {@code io.jcontainer.linux}, runs
 * them.
 */
module io.jcontainer {
  requires static transitive org.jspecify;

  exports io.jcontainer;
  exports io.jcontainer.spi;

  uses io.jcontainer.spi.RuntimeProvider;
}
