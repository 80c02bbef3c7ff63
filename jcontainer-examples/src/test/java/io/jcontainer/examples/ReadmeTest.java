package io.jcontainer.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The README's Java is compiled and run, and no document has a link that leads nowhere. */
class ReadmeTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Path CHECKOUT = MODULE.resolve("..").normalize();
  private static final Pattern JAVA = Pattern.compile("^```java\n(.*?)^```$", flags());
  private static final Pattern LINK =
      Pattern.compile("(?:\\]\\(|^\\[[^\\]]+\\]: )([^)#\\s]+)", Pattern.MULTILINE);

  private static int flags() {
    return Pattern.DOTALL | Pattern.MULTILINE;
  }

  @TestFactory
  Stream<DynamicTest> each_java_block_is_part_of_an_example() throws IOException {
    List<String> examples = examples();
    return blocks()
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.lines().findFirst().orElse("an empty block"),
                    () ->
                        assertThat(examples)
                            .as("the examples, one of which should have:\n%s", block)
                            .anyMatch(example -> example.contains(unindented(block)))));
  }

  @Test
  void there_are_java_blocks() throws IOException {
    assertThat(blocks()).hasSizeGreaterThan(5);
  }

  @Test
  void each_relative_link_of_the_documents_leads_to_a_file() throws IOException {
    List<String> dead =
        documents().stream()
            .flatMap(
                document ->
                    links(document)
                        .filter(link -> !Files.exists(document.resolveSibling(link)))
                        .map(link -> CHECKOUT.relativize(document) + ": " + link))
            .toList();

    assertThat(dead).isEmpty();
  }

  private static Stream<String> blocks() throws IOException {
    return JAVA.matcher(Files.readString(CHECKOUT.resolve("README.md")))
        .results()
        .map(block -> block.group(1));
  }

  private static List<String> examples() throws IOException {
    try (Stream<Path> files = Files.walk(MODULE.resolve("src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(file -> unindented(read(file)))
          .toList();
    }
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> top = Files.list(CHECKOUT);
        Stream<Path> docs = Files.walk(CHECKOUT.resolve("docs"))) {
      return Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private static Stream<String> links(Path document) {
    return LINK.matcher(read(document))
        .results()
        .map((MatchResult link) -> link.group(1))
        .filter(link -> !link.contains("://") && !link.startsWith("mailto:"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text without indentation; each line, also the first, begins after a newline. */
  private static String unindented(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining("\n", "\n", "\n"));
  }
}
