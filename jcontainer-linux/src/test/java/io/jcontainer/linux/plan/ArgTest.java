package io.jcontainer.linux.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.plan.Flag.Open;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operands print as strace prints them. */
class ArgTest {
  @Test
  void numbers_are_decimal_modes_octal_and_constants_have_their_names() {
    assertThat(Arg.of(42)).hasToString("42");
    assertThat(Arg.of(-1)).hasToString("-1");
    assertThat(Arg.mode(01777)).hasToString("01777");
    assertThat(Arg.mode(0)).hasToString("00");
    assertThat(Arg.named("SIGKILL", 9)).hasToString("SIGKILL");
    assertThat(Arg.NULL).hasToString("NULL");
    assertThat(Arg.AT_FDCWD).isEqualTo(new Arg.Num(-100, "AT_FDCWD"));
  }

  @Test
  void flags_are_joined_by_bars_and_none_is_0() {
    assertThat(Arg.flags(Open.O_WRONLY, Open.O_CLOEXEC)).hasToString("O_WRONLY|O_CLOEXEC");
    assertThat(Arg.flags(Open.O_RDONLY)).hasToString("O_RDONLY");
    assertThat(Arg.flags()).hasToString("0");
  }

  @Test
  void strings_are_quoted_and_escaped() {
    assertThat(Arg.of("a b")).hasToString("\"a b\"");
    assertThat(Arg.of("")).hasToString("\"\"");
    assertThat(Arg.of("\"\\\n")).hasToString("\"\\\"\\\\\\n\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r", "\t", "\u001b[2J", "\u007f", "\u0085", "\u2028"})
  void nothing_that_a_terminal_would_obey_is_printed_as_it_is(String text) {
    assertThat(Arg.of(text).toString()).doesNotContain(text.substring(0, 1));
  }

  @Test
  void long_strings_are_cut_and_say_so() {
    assertThat(Arg.of("x".repeat(256))).hasToString('"' + "x".repeat(256) + '"');
    assertThat(Arg.of("x".repeat(257))).hasToString('"' + "x".repeat(256) + "\"...");
  }

  @Test
  void of_a_long_command_16_words_are_shown() {
    assertThat(new Arg.TextList(List.of("sh", "-c", "a b")))
        .hasToString("[\"sh\", \"-c\", \"a b\"]");
    assertThat(new Arg.TextList(Collections.nCopies(16, "x")).toString())
        .isEqualTo("[" + "\"x\", ".repeat(15) + "\"x\"]");
    assertThat(new Arg.TextList(Collections.nCopies(17, "x")).toString())
        .isEqualTo("[" + "\"x\", ".repeat(16) + "...]");
  }

  @Test
  void an_environment_prints_names_only_for_values_may_be_secrets() {
    assertThat(new Arg.Environment(List.of("PATH=/bin", "TOKEN=s3cret=x", "EMPTY=")))
        .hasToString("[/* PATH, TOKEN, EMPTY */]");
  }

  @Test
  void structures_print_their_fields() {
    assertThat(Arg.struct64(Arg.flags(Open.O_PATH), Arg.of(0))).hasToString("{O_PATH, 0}");
    assertThat(Arg.struct32(Arg.named("V3", 1))).hasToString("{V3}");
  }

  @Test
  void results_and_memory_print_by_name() {
    assertThat(Arg.of(new Slot("cwd"))).hasToString("<cwd>");
    assertThat(Arg.of(Memory.zeros("path", 8))).hasToString("&path");
    assertThat(new Arg.Address(Memory.zeros("path", 8), 4)).hasToString("&path+4");
  }
}
