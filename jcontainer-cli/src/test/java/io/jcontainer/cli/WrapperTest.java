package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WrapperTest {
  @TempDir Path temp;
  private FakeCheckout checkout;

  @BeforeEach
  void makeCheckout() {
    checkout = new FakeCheckout(temp);
  }

  @Test
  void the_first_use_builds_and_says_so_and_the_second_does_not() {
    Finished first = checkout.run("run", "true");
    Finished second = checkout.run("run", "true");

    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err()).startsWith("jcontainer: building in ").hasLineCount(1);
    assertThat(second.err()).isEmpty();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void java_gets_every_argument_unchanged() {
    checkout.run();

    assertThat(checkout.run("run", "", "a  b", "$HOME", "*", "-n").out())
        .endsWith("jcontainer-cli.jar><run><><a  b><$HOME><*><-n>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pom.xml",
        "jcontainer-linux/pom.xml",
        "jcontainer-api/src/main/java/A.java",
        "jcontainer-linux/src/main/java",
        "jcontainer-cli/src/main/java/A.java"
      })
  void a_newer_source_is_built(String source) {
    checkout.run();
    checkout.edit(source);

    assertThat(checkout.run().err()).contains("building");
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void a_source_that_changes_during_the_build_is_built_the_next_time() {
    checkout.tool(
        "mvn",
        "mkdir -p jcontainer-cli/target; sleep 0.1; touch pom.xml; sleep 0.1;"
            + "touch jcontainer-cli/target/jcontainer-cli.jar");
    checkout.run();

    assertThat(checkout.run().err()).contains("building");
  }

  @Test
  void a_failed_build_exits_with_125_and_shows_its_output_each_time() throws IOException {
    checkout.run();
    checkout.edit("pom.xml");
    checkout.tool(
        "mvn", "echo cannot compile; touch jcontainer-cli/target/jcontainer-cli.jar; false");

    for (int i = 0; i < 2; i++) {
      Finished failed = checkout.run("run", "true");
      assertThat(failed.code()).isEqualTo(125);
      assertThat(failed.out()).isEmpty();
      assertThat(failed.err()).contains("cannot compile", "jcontainer: the build in ", " failed");
    }
  }

  @Test
  void two_first_uses_at_once_build_once() {
    checkout.tool(
        "mvn",
        "echo built >>'%s'/builds; sleep 0.5; mkdir -p jcontainer-cli/target;".formatted(temp)
            + "touch jcontainer-cli/target/jcontainer-cli.jar");
    Path wrapper = checkout.directory.resolve("bin/jcontainer");
    var one = Finished.start(checkout.wrapper(wrapper, Map.of()), "");
    var other = Finished.start(checkout.wrapper(wrapper, Map.of()), "");

    assertThat(one.await().code()).isZero();
    assertThat(other.await().code()).isZero();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void the_build_leaves_standard_input_to_the_command() {
    Path wrapper = checkout.directory.resolve("bin/jcontainer");

    assertThat(checkout.run(wrapper, Map.of(), "for the command", "run", "cat").out())
        .endsWith("<run><cat>for the command");
  }

  @Test
  void whoever_reads_whole_images_gets_the_compiler_that_knows_sha_256() {
    String onlyTheFirst = "<-XX:TieredStopAtLevel=1>";
    checkout.run(); // builds

    assertThat(checkout.run("run", "--rm", "--", "true").out()).contains(onlyTheFirst);
    assertThat(checkout.run("run", "--rootfs", "/r", "true").out()).contains(onlyTheFirst);
    assertThat(checkout.run("run", "--rootfs=/r", "true").out()).contains(onlyTheFirst);
    assertThat(checkout.run("exec", "c", "true").out()).contains(onlyTheFirst);
    assertThat(checkout.run().out()).contains(onlyTheFirst);

    assertThat(checkout.run("run", "--rm", "alpine", "true").out()).doesNotContain(onlyTheFirst);
    assertThat(checkout.run("pull", "alpine").out()).doesNotContain(onlyTheFirst, "<>");
    assertThat(checkout.run("load", "--unpack").out()).doesNotContain(onlyTheFirst);
    assertThat(checkout.run("image", "unpack", "alpine").out()).doesNotContain(onlyTheFirst);
  }

  @Test
  void the_checkout_is_found_through_symbolic_links() throws IOException {
    Path first = Files.createSymbolicLink(temp.resolve("one"), Path.of("check out/bin/jcontainer"));
    Path second = Files.createSymbolicLink(temp.resolve("two"), first);

    assertThat(checkout.run(second, Map.of(), "").code()).isZero();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void a_missing_java_exits_with_125_not_127() {
    Path wrapper = checkout.directory.resolve("bin/jcontainer");
    Finished finished = checkout.run(wrapper, Map.of("JAVA_HOME", "/nowhere"), "");

    assertThat(finished.code()).isEqualTo(125);
    assertThat(finished.err()).startsWith("jcontainer: /nowhere/bin/java: not found");
  }

  @Test
  void the_c_locale_becomes_utf_8_for_the_jvm() {
    checkout.run();
    checkout.tool("java", "echo \"${LC_ALL:-} ${LC_CTYPE:-}\"");
    Path wrapper = checkout.directory.resolve("bin/jcontainer");
    Map<String, String> none = Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "");
    Map<String, String> posix = Map.of("LC_ALL", "POSIX", "LC_CTYPE", "");
    Map<String, String> latin = Map.of("LC_ALL", "de_DE.ISO-8859-1", "LC_CTYPE", "");

    assertThat(checkout.run(wrapper, none, "").out()).isEqualTo(" C.UTF-8\n");
    assertThat(checkout.run(wrapper, posix, "").out()).isEqualTo("C.UTF-8 \n");
    assertThat(checkout.run(wrapper, latin, "").out()).isEqualTo("de_DE.ISO-8859-1 \n");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void who_may_not_write_there_is_told_what_to_do() throws IOException {
    Path module = checkout.directory.resolve("jcontainer-cli");
    checkout.run();
    Files.setPosixFilePermissions(module, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assertThat(checkout.run().code()).isZero();
      checkout.edit("pom.xml");
      Finished stale = checkout.run();
      assertThat(stale.code()).isEqualTo(125);
      assertThat(stale.err()).contains("may not write", "mvn -DskipTests package");
      assertThat(checkout.builds()).isEqualTo(1);
    } finally {
      Files.setPosixFilePermissions(module, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
