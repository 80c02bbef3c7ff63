package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String HEX =
      "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  private static final String DIGEST = "sha256:" + HEX;

  @ParameterizedTest
  @CsvSource({
    // what is written, registry, repository, tag, as Docker shows it
    "alpine, docker.io, library/alpine, latest, alpine:latest",
    "alpine:3.20, docker.io, library/alpine, 3.20, alpine:3.20",
    "alpine:V_1.2-rc.3, docker.io, library/alpine, V_1.2-rc.3, alpine:V_1.2-rc.3",
    "alpine:_, docker.io, library/alpine, _, alpine:_",
    "library/alpine, docker.io, library/alpine, latest, alpine:latest",
    "grafana/loki:2, docker.io, grafana/loki, 2, grafana/loki:2",
    "docker.io/alpine, docker.io, library/alpine, latest, alpine:latest",
    "docker.io/library/alpine, docker.io, library/alpine, latest, alpine:latest",
    "index.docker.io/alpine:1, docker.io, library/alpine, 1, alpine:1",
    "index.docker.io/a/b:1, docker.io, a/b, 1, a/b:1",
    "docker.io/library/a/b, docker.io, library/a/b, latest, library/a/b:latest",
    "library/a/b, docker.io, library/a/b, latest, library/a/b:latest",
    "docker.io/a.b/c, docker.io, a.b/c, latest, docker.io/a.b/c:latest",
    "docker.io/localhost/c, docker.io, localhost/c, latest, docker.io/localhost/c:latest",
    "localhost, docker.io, library/localhost, latest, localhost:latest",
    "localhost:5000, docker.io, library/localhost, 5000, localhost:5000",
    "localhost/a, localhost, a, latest, localhost/a:latest",
    "localhost:5000/a, localhost:5000, a, latest, localhost:5000/a:latest",
    "localhost:5000/a/b/c:d, localhost:5000, a/b/c, d, localhost:5000/a/b/c:d",
    "quay.io/a, quay.io, a, latest, quay.io/a:latest",
    "ghcr.io/a/b:c, ghcr.io, a/b, c, ghcr.io/a/b:c",
    "quay.io:443/a, quay.io:443, a, latest, quay.io:443/a:latest",
    "registry:80/a, registry:80, a, latest, registry:80/a:latest",
    "registry/a, docker.io, registry/a, latest, registry/a:latest",
    "Registry/a, Registry, a, latest, Registry/a:latest",
    "REGISTRY.Example/a, REGISTRY.Example, a, latest, REGISTRY.Example/a:latest",
    "10.0.0.1/a, 10.0.0.1, a, latest, 10.0.0.1/a:latest",
    "10.0.0.1:5000/a, 10.0.0.1:5000, a, latest, 10.0.0.1:5000/a:latest",
    "10.0.0.1, docker.io, library/10.0.0.1, latest, 10.0.0.1:latest",
    "10.0.0.1:80, docker.io, library/10.0.0.1, 80, 10.0.0.1:80",
    "[::1]/a, [::1], a, latest, [::1]/a:latest",
    "[fc00::1]:5000/a:b, [fc00::1]:5000, a, b, [fc00::1]:5000/a:b",
    "xn--bcher-kva.example/a, xn--bcher-kva.example, a, latest, xn--bcher-kva.example/a:latest",
    "a_b/c, docker.io, a_b/c, latest, a_b/c:latest",
    "a__b/c, docker.io, a__b/c, latest, a__b/c:latest",
    "a-b/c---d, docker.io, a-b/c---d, latest, a-b/c---d:latest",
    "quay.io/a.b_c__d-e--f/0, quay.io, a.b_c__d-e--f/0, latest, quay.io/a.b_c__d-e--f/0:latest",
    "0, docker.io, library/0, latest, 0:latest"
  })
  void names_are_read_as_docker_reads_them(
      String text, String domain, String path, String tag, String familiar) {
    ImageReference reference = ImageReference.parse(text);

    assertThat(reference)
        .isEqualTo(new ImageReference(domain, path, Optional.of(tag), Optional.empty()))
        .hasToString(domain + "/" + path + ":" + tag);
    assertThat(reference.familiar()).isEqualTo(familiar);
    assertThat(reference.repository()).isEqualTo(domain + "/" + path);
    assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
    assertThat(ImageReference.parse(familiar)).isEqualTo(reference);
  }

  @Test
  void a_digest_says_exactly_which_and_no_tag_is_added() {
    ImageReference reference = ImageReference.parse("alpine@" + DIGEST);

    assertThat(reference.tag()).isEmpty();
    assertThat(reference.digest()).contains(Digest.parse(DIGEST));
    assertThat(reference).hasToString("docker.io/library/alpine@" + DIGEST);
    assertThat(reference.familiar()).isEqualTo("alpine@" + DIGEST);
  }

  @Test
  void a_tag_may_stand_before_a_digest() {
    ImageReference reference = ImageReference.parse("quay.io:1/a:b@" + DIGEST);

    assertThat(reference.domain()).isEqualTo("quay.io:1");
    assertThat(reference.tag()).contains("b");
    assertThat(reference.digest()).contains(Digest.parse(DIGEST));
    assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
  }

  @Test
  void a_digest_may_be_a_sha512() {
    String digest = "sha512:" + HEX + HEX;

    assertThat(ImageReference.parse("a@" + digest)).hasToString("docker.io/library/a@" + digest);
  }

  @Test
  void an_id_with_its_algorithm_is_a_repository_and_a_tag() {
    assertThat(ImageReference.parse(DIGEST)).hasToString("docker.io/library/sha256:" + HEX);
  }

  @Test
  void an_id_behind_a_registry_is_a_name() {
    assertThat(ImageReference.parse("docker.io/" + HEX).path()).isEqualTo("library/" + HEX);
    assertThat(ImageReference.parse(HEX.substring(1)).path())
        .isEqualTo("library/" + HEX.substring(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ":",
        "@",
        "/",
        "/a",
        "a/",
        "a//b",
        ":tag",
        "a:",
        "a:b:c",
        "a:-b",
        "a:.b",
        "a:b/c",
        "a:\u00fc",
        "-a",
        "a-",
        "_a",
        "a_",
        ".a",
        "a.",
        "a..b",
        "a._b",
        "a___b",
        "a.-b",
        "Alpine",
        "library/Alpine",
        "docker.io/Alpine",
        "quay.io/A",
        "a b",
        " a",
        "a ",
        "a\n",
        "a\0",
        "\u0430lpine",
        "https://quay.io/a",
        "http://a",
        "user@host/a",
        "-quay.io/a",
        "quay-.io/a",
        "quay..io/a",
        "quay.io:/a",
        "quay.io:port/a",
        "quay.io:1:2/a",
        "a_b.c/d:e:f",
        "[::1]",
        "[::1]:5000",
        "::1/a",
        "[fe80::1%eth0]/a",
        "[::ffff:10.0.0.1]/a",
        "..",
        "../a",
        "a/../b",
        "quay.io/../a",
        "a@",
        "a@sha256",
        "a@sha256:",
        "a@sha256:abc",
        "a@md5:d41d8cd98f00b204e9800998ecf8427e",
        "a@sha256:44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A",
        "a@sha256:../../../etc/passwd",
        "a@" + DIGEST + "0",
        "a@" + DIGEST + "@" + DIGEST,
        "a@" + DIGEST + ":tag",
        "@" + DIGEST,
        HEX
      })
  void what_docker_refuses_is_refused(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("image: ");
  }

  @Test
  void names_and_tags_have_a_longest_form() {
    String longest = "a".repeat(255);
    String tag = "t".repeat(128);

    assertThat(ImageReference.parse("quay.io/" + longest + ":" + tag).path()).isEqualTo(longest);
    assertThat(ImageReference.parse("quay.io/" + "a/".repeat(127) + "b").path()).hasSize(255);
    assertThatThrownBy(() -> ImageReference.parse("quay.io/a" + longest))
        .hasMessageContaining("255");
    assertThatThrownBy(() -> ImageReference.parse(longest))
        .as("what is added for Docker Hub counts")
        .hasMessageContaining("255");
    assertThatThrownBy(() -> ImageReference.parse("a:t" + tag)).hasMessageContaining("128");
    assertThatThrownBy(() -> ImageReference.parse("a".repeat(1_000_000) + ".io/a"))
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> ImageReference.parse("a/".repeat(1_000_000) + "a"))
        .isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void an_upper_case_name_is_told_so() {
    assertThatThrownBy(() -> ImageReference.parse("library/Alpine"))
        .hasMessageContaining("upper-case");
  }

  @Test
  void what_is_shown_moves_no_cursor_and_is_not_too_long() {
    assertThatThrownBy(() -> ImageReference.parse("a\u001b[2J\u202eb"))
        .hasMessageContaining("a\\u001b[2J\\u202eb");
    assertThatThrownBy(() -> ImageReference.parse("A".repeat(5000)))
        .extracting(Throwable::getMessage)
        .asString()
        .hasSizeLessThan(400);
  }

  @Test
  void another_tag_or_digest_replaces_both() {
    ImageReference reference = ImageReference.parse("quay.io/a:b@" + DIGEST);

    assertThat(reference.withTag("c")).hasToString("quay.io/a:c");
    assertThat(reference.withDigest(Digest.parse(DIGEST))).hasToString("quay.io/a@" + DIGEST);
    assertThatThrownBy(() -> reference.withTag("-")).isInstanceOf(InvalidSpecException.class);
  }
}
