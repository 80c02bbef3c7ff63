package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's file of credentials, and the programs that it names. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class DockerConfigTest {
  private static final String AUTH = "YW5uYTpwYTpzcw=="; // anna:pa:ss
  private static final Credentials ANNA = Credentials.of("anna", "pa:ss");

  @TempDir private Path parent;
  private Path file;
  private DockerConfig config;

  @BeforeEach
  void make() {
    file = parent.resolve("sub/config.json");
    config = helped(Duration.ofSeconds(20));
  }

  private DockerConfig helped(Duration patience) {
    return new DockerConfig(file, name -> new CredentialHelper(parent + "/", name, patience));
  }

  private void write(String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A helper that notes what it was asked. */
  private void helper(String name, String script) throws IOException {
    Path program = parent.resolve("docker-credential-" + name);
    Files.writeString(
        program,
        "#!/bin/sh\nasked=$(cat)\nprintf '%%s %%s\\n' \"$1\" \"$asked\" >> '%s'\n%s\n"
            .formatted(parent.resolve("asked"), script));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private String asked() throws IOException {
    return Files.readString(parent.resolve("asked"));
  }

  @Test
  void no_file_has_no_credentials() throws IOException {
    assertThat(config.credentials("example.org")).isEmpty();
    assertThat(config.logout("example.org")).isFalse();
    write("");
    assertThat(config.credentials("example.org")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "example.org, example.org",
    "example.org:5000, example.org:5000",
    "https://example.org, example.org",
    "https://example.org/, example.org",
    "http://example.org/v1/, example.org",
    "https://example.org/v2, example.org",
    "Example.ORG, example.org",
    "https://index.docker.io/v1/, docker.io",
    "docker.io, index.docker.io",
    "registry-1.docker.io, docker.io"
  })
  void registries_are_found_as_docker_has_written_them(String key, String host) throws IOException {
    write("{\"auths\":{\"other\":{},\"%s\":{\"auth\":\"%s\"}}}".formatted(key, AUTH));

    assertThat(config.credentials(host)).contains(ANNA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org:5000",
        "xexample.org",
        "example.org.evil.org",
        "evil.org/example.org"
      })
  void credentials_are_for_one_host_only(String key) throws IOException {
    write("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(key, AUTH));

    assertThat(config.credentials("example.org")).isEmpty();
  }

  @Test
  void an_identity_token_is_one() throws IOException {
    write("{\"auths\":{\"example.org\":{\"auth\":\"eDo=\",\"identitytoken\":\"id\"}}}");

    assertThat(config.credentials("example.org")).contains(Credentials.identityToken("id"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "[]",
        "{\"auths\":[]}",
        "{\"auths\":{\"example.org\":{\"auth\":\"???\"}}}",
        "{\"auths\":{\"example.org\":{\"auth\":\"YW5uYQ==\"}}}",
        "{\"auths\":{\"example.org\":{\"auth\":1}}}",
        "{\"credsStore\":\"../../bin/sh\"}",
        "{\"credsStore\":\"not-there\"}"
      })
  void what_is_wrong_is_an_error_with_the_name_of_the_file(String text) throws IOException {
    write(text);

    assertThatThrownBy(() -> config.credentials("example.org"))
        .isInstanceOf(RegistryException.class)
        .hasMessageNotContaining("YW5uYQ");
  }

  @Test
  void a_login_makes_a_file_for_its_owner_only() throws IOException {
    config.login("Example.org", ANNA);

    assertThat(config.credentials("example.org")).contains(ANNA);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void what_else_is_in_the_file_stays_as_it_is() throws IOException {
    String rest =
        """
        "HttpHeaders" : {
            "X" : [ "a", 1.50, 12345678901234567890123, -0.0e-7, true, null, { } ]
          },
        """;
    write(
        "{"
            + rest
            + "\"auths\":{\"a\":{\"auth\":\"eDp5\"},\"b\":{\"email\":\"c\"}},\"z\":\"\u00e4\"}");

    config.login("example.org", ANNA);
    assertThat(Files.readString(file))
        .contains("1.50, 12345678901234567890123, -0.0e-7, true, null, { }")
        .contains("\"email\" : \"c\"")
        .contains("\u00e4")
        .contains(AUTH);
    assertThat(config.credentials("a")).contains(Credentials.of("x", "y"));

    assertThat(config.logout("a")).isTrue();
    assertThat(config.logout("a")).isFalse();
    assertThat(config.credentials("a")).isEmpty();
    assertThat(config.credentials("example.org")).contains(ANNA);
    assertThat(Files.readString(file)).contains("HttpHeaders").contains("\u00e4");
  }

  @Test
  void a_second_login_replaces_the_first_however_it_was_written() throws IOException {
    write("{\"auths\":{\"https://example.org/v1/\":{\"auth\":\"eDp5\"}}}");

    config.login("example.org", ANNA);

    assertThat(config.credentials("example.org")).contains(ANNA);
    assertThat(Files.readString(file)).doesNotContain("eDp5");
  }

  @Test
  void docker_hub_is_called_as_docker_calls_it() throws IOException {
    config.login("docker.io", ANNA);

    assertThat(Files.readString(file)).contains("\"https://index.docker.io/v1/\"");
  }

  @Test
  void a_link_stays_a_link() throws IOException {
    Path real = parent.resolve("real.json");
    Files.writeString(real, "{}");
    Files.createDirectories(file.getParent());
    Files.createSymbolicLink(file, real);

    config.login("example.org", ANNA);

    assertThat(Files.isSymbolicLink(file)).isTrue();
    assertThat(Files.readString(real)).contains(AUTH);
  }

  @Test
  void a_file_that_is_damaged_is_not_written_over() throws IOException {
    write("{\"auths\":{\"a\":{\"auth\":\"eDp5\"}");

    assertThatThrownBy(() -> config.login("example.org", ANNA))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining(file.toString());
    assertThat(Files.readString(file)).isEqualTo("{\"auths\":{\"a\":{\"auth\":\"eDp5\"}");
  }

  @Test
  void a_helper_is_asked_for_its_registry_and_the_store_for_all_others() throws IOException {
    write("{\"credHelpers\":{\"example.org\":\"one\"},\"credsStore\":\"all\"}");
    helper("one", "echo '{\"ServerURL\":\"x\",\"Username\":\"anna\",\"Secret\":\"pa:ss\"}'");
    helper("all", "echo '{\"Username\":\"<token>\",\"Secret\":\"id\"}'");

    assertThat(config.credentials("example.org")).contains(ANNA);
    assertThat(config.credentials("docker.io")).contains(Credentials.identityToken("id"));
    assertThat(asked()).isEqualTo("get example.org\nget https://index.docker.io/v1/\n");
  }

  @Test
  void a_helper_that_has_nothing_has_nothing() throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper("all", "echo credentials not found in native keychain; exit 1");

    assertThat(config.credentials("example.org")).isEmpty();
  }

  @Test
  void a_helper_that_fails_is_an_error_with_what_it_says() throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper("all", "echo the keychain is locked; exit 1");

    assertThatThrownBy(() -> config.credentials("example.org"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("get for example.org fails: the keychain is locked");
  }

  @Test
  void what_a_helper_cannot_keep_is_an_error_with_what_it_says() throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper("all", "echo the keychain is full; exit 1");

    assertThatThrownBy(() -> config.login("example.org", ANNA))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("store for example.org fails: the keychain is full");
  }

  /** A path in PATH or elsewhere. */
  @ParameterizedTest
  @ValueSource(strings = {"a/b", "../a", "-a", "", "a b", "a\n"})
  void a_helper_whose_name_is_no_word_is_not_run(String name) {
    assertThatThrownBy(() -> new CredentialHelper(name))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("is no word");
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo nonsense", "echo '{}'", "true", "head -c 60000 /dev/zero"})
  void a_helper_that_talks_nonsense_is_an_error(String script) throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper("all", script);

    assertThatThrownBy(() -> config.credentials("example.org"))
        .isInstanceOf(RegistryException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sleep 1000", "yes"})
  void a_helper_that_does_not_end_is_ended(String script) throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper("all", script);
    long before = ProcessHandle.current().descendants().count();

    assertThatThrownBy(() -> helped(Duration.ofMillis(300)).credentials("example.org"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("has not ended within")
        .hasMessageContaining("take it out of Docker's configuration");

    ProcessHandle.current().descendants().skip(before).forEach(left -> left.onExit().join());
  }

  @Test
  void a_helper_that_leaves_a_process_behind_is_not_waited_for() throws IOException {
    write("{\"credsStore\":\"all\"}");
    helper(
        "all", "sleep 1000 & echo $! > '" + parent + "/pid'\necho credentials not found; exit 1");

    assertThat(config.credentials("example.org")).isEmpty();

    long pid = Long.parseLong(Files.readString(parent.resolve("pid")).strip());
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  void a_helper_keeps_and_forgets() throws IOException {
    write("{\"credsStore\":\"all\",\"auths\":{\"example.org\":{}}}");
    helper("all", "exit 0");

    config.login("example.org", ANNA);
    assertThat(config.logout("example.org")).isTrue();

    assertThat(asked())
        .isEqualTo(
            """
            store {"ServerURL":"example.org","Username":"anna","Secret":"pa:ss"}
            erase example.org
            """);
    assertThat(Files.readString(file)).doesNotContain(AUTH).doesNotContain("example.org");
  }

  @Test
  void a_name_with_a_colon_is_refused() {
    assertThatThrownBy(() -> Credentials.of("a:b", "c")).hasMessageContaining("colon");
    assertThatThrownBy(() -> Credentials.of("a", "c\r\nHost: x")).hasMessageContaining("control");
  }
}
