package io.jcontainer.linux.user;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** passwd(5) and group(5) that somebody hostile may have written. */
class AccountsTest {
  private static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/sh
      app:x:1000:100::/home/app:/bin/sh
      bare:x:7:8::
      """;
  private static final String GROUP =
      """
      users:x:100:
      audio:x:29:app,bare
      video:x:44:other,app
      apps:x:45:apps
      """;

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(ISO_8859_1);
  }

  private static ProcessSpec spec(String user, String... groups) {
    return ProcessSpec.builder().command("true").user(user).groups(groups).build();
  }

  private static Ids find(String user, @Nullable String passwd, @Nullable String group) {
    return Accounts.find(spec(user), bytes(passwd), bytes(group));
  }

  private static Ids ids(long uid, long gid, @Nullable String home, Long... groups) {
    return new Ids(uid, gid, List.of(groups), home);
  }

  @Test
  void what_is_not_said_is_found_as_docker_finds_it() {
    assertThat(find("app", PASSWD, GROUP)).isEqualTo(ids(1000, 100, "/home/app", 29L, 44L));
    assertThat(find("1000", PASSWD, GROUP)).isEqualTo(ids(1000, 100, "/home/app", 29L, 44L));
    assertThat(find("app:audio", PASSWD, GROUP)).isEqualTo(ids(1000, 29, "/home/app"));
    assertThat(find("app:5", PASSWD, null)).isEqualTo(ids(1000, 5, "/home/app"));
    assertThat(find("1001", PASSWD, GROUP)).isEqualTo(ids(1001, 0, "/"));
    assertThat(find("1001", null, null)).isEqualTo(ids(1001, 0, "/"));
    assertThat(find("bare", PASSWD, GROUP)).isEqualTo(ids(7, 8, "/", 29L));
    assertThat(find("root:users", null, GROUP)).isEqualTo(ids(0, 100, null));
    assertThat(find("1000:100", null, null)).isEqualTo(ids(1000, 100, null));
    assertThat(find("root", null, null)).isEqualTo(ids(0, 0, null));
  }

  @Test
  void groups_that_are_said_are_added_once() {
    assertThat(Accounts.find(spec("app", "video", "44", "9"), bytes(PASSWD), bytes(GROUP)).groups())
        .containsExactly(29L, 44L, 9L);
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, false",
    "root, false, false",
    "0:0, false, false",
    "5:6, false, false",
    "5, true, true",
    "app, true, true",
    "app:6, true, false",
    "app:g, true, true",
    "5:g, false, true",
    "root:g, false, true"
  })
  void only_what_is_needed_is_read(String user, boolean passwd, boolean group) {
    assertThat(Accounts.needsPasswd(spec(user))).isEqualTo(passwd);
    assertThat(Accounts.needsGroup(spec(user))).isEqualTo(group);
    assertThat(Accounts.needsGroup(spec(user, "7"))).isEqualTo(group);
    assertThat(Accounts.needsGroup(spec(user, "audio"))).isTrue();
  }

  /** CVE-2024-40635: a number too large must not wrap to 0. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4294967295",
        "4294967296",
        "18446744073709551616",
        "-1",
        "+1",
        "0x0",
        "",
        " 0",
        "0 ",
        "1e1",
        "\u00b9"
      })
  void an_id_that_is_none_is_refused(String id) {
    assertRefused("user", () -> find("app", "app:x:" + id + ":0::/:/bin/sh\n", ""));
    assertRefused("user", () -> find("app", "app:x:0:" + id + "::/:/bin/sh\n", ""));
    assertRefused("user", () -> find("root:g", null, "g:x:" + id + ":\n"));
    assertRefused("user", () -> find("app", PASSWD, "g:x:" + id + ":app\n"));
    assertRefused("groups", () -> Accounts.find(spec("0", "g"), null, bytes("g:x:" + id + ":\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "app",
        "app:x:0:0",
        "#app:x:0:0::/:",
        " app:x:0:0::/:",
        "app :x:0:0::/:",
        "APP:x:0:0::/:",
        "+\n-app\n+@group",
        "app\0:x:0:0::/:",
        "x\rapp:x:0:0::/:"
      })
  void a_line_that_is_none_is_no_user(String passwd) {
    assertRefused("user", () -> find("app", passwd, GROUP));
  }

  @Test
  void a_line_of_somebody_else_may_be_as_it_likes() {
    assertThat(find("app", "x:y:z\n:::::::::\nlarge:x:99999999999:0::/:\n" + PASSWD, GROUP).uid())
        .isEqualTo(1000);
  }

  @Test
  void the_first_line_of_a_name_counts() {
    assertThat(find("app", "app:x:1:1::/1:\napp:x:0:0::/0:\n", "")).isEqualTo(ids(1, 1, "/1"));
  }

  @Test
  void a_member_is_a_whole_name() {
    assertThat(find("app", PASSWD, "a:x:1:app2,xapp,app \nb:x:2:\nc:x:3:,app,\n").groups())
        .containsExactly(3L);
  }

  @Test
  void a_line_or_a_home_that_is_too_long_is_refused() {
    assertRefused("user", () -> find("app", PASSWD + "x".repeat((64 << 10) + 1), GROUP));
    assertRefused("user", () -> find("app", PASSWD, "x".repeat((64 << 10) + 1)));
    assertRefused("user", () -> find("app", "app:x:1:1::/" + "x".repeat(4095) + ":\n", ""));
    assertThat(find("app", "app:x:1:1::/" + "x".repeat(4094) + ":\n", "").home()).hasSize(4095);
    assertRefused("user", () -> find("app", "app:x:1:1::/a\0b:\n", ""));
  }

  @Test
  void more_groups_than_a_user_can_be_in_are_refused() {
    String many =
        IntStream.range(0, 1025).mapToObj(i -> "g:x:" + i + ":app\n").collect(Collectors.joining());
    assertRefused("groups", () -> find("app", PASSWD, many));
  }

  @Test
  void whatever_is_in_the_files_the_answer_is_ids_or_a_refusal() {
    Random random = new Random(14);
    String alphabet = "app:x:0\n1,2-+#\0 \u00ff";
    for (int i = 0; i < 20_000; i++) {
      String passwd = text(random, alphabet);
      String group = text(random, alphabet);
      for (String user : List.of("app", "1", "a:p", "1:x")) {
        try {
          Ids ids = find(user, passwd, group);
          assertThat(ids.uid()).isBetween(0L, 0xFFFF_FFFEL);
          assertThat(ids.gid()).isBetween(0L, 0xFFFF_FFFEL);
          assertThat(Answer.bytes(ids, List.of(0L, 0L, 0L, 0L, 0L, 0L))).isNotEmpty();
        } catch (InvalidSpecException e) {
          assertThat(e.field()).isIn("user", "groups");
        }
      }
    }
  }

  private static String text(Random random, String alphabet) {
    return random
        .ints(random.nextInt(60), 0, alphabet.length())
        .mapToObj(at -> alphabet.substring(at, at + 1))
        .collect(Collectors.joining());
  }

  private static void assertRefused(String field, Runnable search) {
    assertThatThrownBy(search::run)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
