/** The {@code jcontainer} command: {@code java -m io.jcontainer.cli run -- COMMAND}. */
module io.jcontainer.cli {
  requires static org.jspecify;
  requires io.jcontainer;
  requires io.jcontainer.images;
  requires info.picocli;
  requires jdk.unsupported; // sun.misc.Signal: there is no other way to handle one
}
