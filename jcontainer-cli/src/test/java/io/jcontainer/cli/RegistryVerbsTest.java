package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** pull, push, login and logout, with a registry in this JVM. */
class RegistryVerbsTest {
  @TempDir private Path temp;
  private FakeRegistry registry;
  private String name;

  @BeforeEach
  void start() {
    registry = FakeRegistry.start();
    name = registry.host() + "/team/app:1";
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private Trial trial(String store) {
    Trial trial = new Trial();
    trial.env.put("JCONTAINER_IMAGES", temp.resolve(store).toString());
    trial.env.put("DOCKER_CONFIG", temp.resolve("docker").toString());
    return trial;
  }

  private String ok(String store, String... args) {
    Trial trial = trial(store);
    assertThat(trial.run(args)).as(trial.err()).isZero();
    return trial.out();
  }

  private String fails(String store, String... args) {
    Trial trial = trial(store);
    assertThat(trial.run(args)).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err()).startsWith("jcontainer: ").doesNotContain("internal error");
    return trial.err();
  }

  /** Makes an image that the registry has, and returns the layer's short id. */
  private String pushed() throws IOException {
    Path root = Files.createDirectories(temp.resolve("root"));
    Files.write(root.resolve("file"), new byte[600_000]);
    ok("ours", "import", root.toString(), name);
    String layer = ok("ours", "inspect", "-f", "{{json .RootFS.Layers}}", name);
    assertThat(ok("ours", "push", "-q", name)).isEqualTo(name + "\n");
    return layer.substring(layer.indexOf(':') + 1).substring(0, 12);
  }

  @Test
  void a_push_tells_each_layer_and_the_digest() throws IOException {
    String layer = pushed();
    registry.blobs.clear();
    registry.manifests.clear();

    assertThat(ok("ours", "push", name).lines())
        .startsWith(
            "The push refers to repository [" + registry.host() + "/team/app]",
            layer + ": Preparing")
        .contains(layer + ": Pushed")
        .last()
        .asString()
        .matches("1: digest: sha256:[0-9a-f]{64} size: [0-9]+");
    registry.manifests.clear();
    assertThat(ok("ours", "image", "push", name)).contains(layer + ": Layer already exists\n");
  }

  @Test
  void a_pull_tells_each_layer_and_the_status_as_docker_does() throws IOException {
    String layer = pushed();
    String digest = ok("ours", "images", "--format", "{{.Digest}}").strip();

    assertThat(ok("theirs", "pull", name).lines().filter(line -> !line.endsWith("Downloading")))
        .containsExactly(
            "1: Pulling from team/app",
            layer + ": Pulling fs layer",
            layer + ": Pull complete",
            "Digest: " + digest,
            "Status: Downloaded newer image for " + name,
            name);
    assertThat(ok("theirs", "images", "-q", "--no-trunc"))
        .isEqualTo(ok("ours", "images", "-q", "--no-trunc"));
    assertThat(ok("theirs", "image", "pull", name))
        .contains(layer + ": Already exists\n", "Status: Image is up to date for " + name);
  }

  private Trial unpacking() {
    Trial trial = trial("theirs");
    trial.runtime.store = Optional.of(ImageStore.open(temp.resolve("theirs/store")));
    return trial;
  }

  @Test
  void a_pull_hands_layers_to_the_runtime_if_they_are_to_be_unpacked() throws IOException {
    String layer = pushed();
    Trial trial = unpacking();

    assertThat(trial.run("pull", "--unpack", name)).as(trial.err()).isZero();

    assertThat(trial.out()).contains(layer + ": Pull complete\n", "Downloaded newer image");
    assertThat(trial.runtime.taken)
        .singleElement()
        .extracting(ImageFacts::shortId)
        .isEqualTo(layer);
    assertThat(trial.runtime.unpacked).hasSize(1);
    assertThat(trial.runtime.closed).isTrue();
    for (String options : List.of("--policy missing", "-q", "--platform " + Platform.current())) {
      Trial again = unpacking();
      assertThat(again.run(("image pull --unpack " + options + " " + name).split(" ")))
          .as(again.err())
          .isZero();
      assertThat(again.runtime.taken).isEmpty();
      assertThat(again.runtime.unpacked).as("what is here already").hasSize(1);
    }
    registry.on(
        "/tags/list",
        (exchange, request) -> {
          byte[] tags = "{\"tags\":[\"1\"]}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, tags.length);
          exchange.getResponseBody().write(tags);
          return true;
        });
    Trial all = unpacking();
    assertThat(all.run("pull", "-a", "--unpack", name.substring(0, name.length() - 2)))
        .as(all.err())
        .isZero();
    assertThat(all.runtime.unpacked).hasSize(1);
  }

  @Test
  void on_a_terminal_a_pull_draws_bars() throws IOException {
    String layer = pushed();
    Trial trial = trial("theirs");
    trial.terminal = true;

    assertThat(trial.run("pull", name)).as(trial.err()).isZero();
    assertThat(trial.out())
        .contains(layer + ": Downloading [")
        .contains("\033[1A\r\033[K" + layer + ": Pull complete\r\033[1B");
  }

  @Test
  void a_quiet_pull_prints_the_name_in_full() throws IOException {
    pushed();
    assertThat(ok("theirs", "pull", "-q", name)).isEqualTo(name + "\n");
    assertThat(ok("theirs", "images", "-q").lines()).hasSize(1);
  }

  @Test
  void by_policy_the_registry_is_asked_always_if_it_is_missing_or_never() throws IOException {
    pushed();
    assertThat(fails("theirs", "pull", "--policy", "never", name)).contains("--policy=never");
    registry.requests.clear();
    assertThat(ok("theirs", "pull", "--policy", "missing", name)).contains("Downloaded");
    int asked = registry.requests.size();
    assertThat(ok("theirs", "pull", "--policy=missing", name)).contains("here already", name);
    assertThat(ok("theirs", "pull", "--policy=never", name)).contains("here already");
    assertThat(registry.requests).hasSize(asked);
    Trial another = trial("theirs");
    assertThat(another.run("pull", "--policy=missing", "--platform", "linux/riscv64", name))
        .as(another.err())
        .isZero();
    assertThat(another.out()).as("what is here is for another").contains("Image is up to date");
    assertThat(another.err()).isEqualTo("WARNING: " + name + " is not for linux/riscv64\n");
    assertThat(registry.requests.size()).isGreaterThan(asked);
    assertThat(fails("theirs", "pull", "--policy=often", name)).contains("none of always");
  }

  @Test
  void all_tags_go_and_come_at_once() throws IOException {
    pushed();
    String repository = registry.host() + "/team/app";
    ok("ours", "tag", name, repository + ":2");
    ok("ours", "tag", name, "other:1");
    assertThat(ok("ours", "push", "-a", repository)).contains("1: digest:", "2: digest:");
    assertThat(registry.manifests.keySet()).noneMatch(key -> key.contains("other"));

    registry.on(
        "/tags/list",
        (exchange, request) -> {
          byte[] body =
              "{\"name\":\"team/app\",\"tags\":[\"1\",\"2\"]}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          return true;
        });
    assertThat(ok("theirs", "pull", "--all-tags", repository)).contains(":1\n", ":2\n");
    assertThat(ok("theirs", "images", "--format", "{{.Tag}}").lines())
        .containsExactlyInAnyOrder("1", "2");
    assertThat(fails("theirs", "pull", "-a", name)).contains("neither tag nor digest");
  }

  @Test
  void what_is_not_there_is_told_with_its_name() {
    assertThat(fails("theirs", "pull", name)).contains(registry.host(), "team/app");
    assertThat(fails("theirs", "push", name)).contains("no image \"" + name, "by tag");
    assertThat(fails("theirs", "push", "app@sha256:" + "0".repeat(64))).contains("has a digest");
  }

  @Test
  void a_login_is_kept_where_docker_keeps_it_and_forgotten_by_logout() throws IOException {
    registry.on("/v2/", FakeRegistryLogin.as("me", "secret"));
    String host = registry.host();
    Trial wrong = trial("theirs");
    wrong.in = stream("no\n");
    assertThat(wrong.run("login", "-u", "me", "--password-stdin", host)).isEqualTo(ExitCode.FAILED);
    assertThat(temp.resolve("docker/config.json")).doesNotExist();

    Trial right = trial("theirs");
    right.in = stream("secret\n");
    assertThat(right.run("login", "-u", "me", "--password-stdin", "http://" + host + "/v2/"))
        .as(right.err())
        .isZero();
    assertThat(right.out()).isEqualTo("Login Succeeded\n");
    assertThat(right.err()).isEmpty();
    String encoded =
        Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
    assertThat(temp.resolve("docker/config.json")).content().contains("\"" + host + "\"", encoded);

    assertThat(ok("theirs", "logout", host))
        .isEqualTo("Removing login credentials for " + host + "\n");
    assertThat(temp.resolve("docker/config.json")).content().doesNotContain(encoded);
    assertThat(ok("theirs", "logout", host)).isEqualTo("Not logged in to " + host + "\n");
  }

  @Test
  void a_password_on_the_command_line_is_warned_of() {
    registry.on("/v2/", FakeRegistryLogin.as("me", "secret"));
    Trial trial = trial("theirs");
    assertThat(trial.run("login", "-u", "me", "-p", "secret", registry.host())).isZero();
    assertThat(trial.err()).contains("better use --password-stdin").hasLineCount(1);
    assertThat(fails("theirs", "login", "-u", "me", "-p", "wrong", registry.host()))
        .doesNotContain("wrong");
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pull",
        "pull UPPER",
        "pull --platform x/y/z/q app",
        "push",
        "login --password-stdin example.org",
        "login -u me example.org",
        "login -u me -p x --password-stdin example.org",
        "logout a b"
      })
  void a_wrong_call_asks_nobody(String line) {
    fails("theirs", line.split(" "));
    assertThat(registry.requests).isEmpty();
  }

  /** A registry that wants one user. */
  private static final class FakeRegistryLogin {
    static FakeRegistry.Handler as(String user, String password) {
      String wanted =
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
      return (exchange, request) -> {
        if (request.header("Authorization").filter(wanted::equals).isPresent()) {
          return false;
        }
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
        exchange.sendResponseHeaders(401, -1);
        return true;
      };
    }
  }
}
