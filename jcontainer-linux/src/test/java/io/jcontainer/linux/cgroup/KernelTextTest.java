package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KernelTextTest {

  private static KernelText text(String content) {
    byte[] bytes = (content + "garbage").getBytes(StandardCharsets.UTF_8);
    return new KernelText().of(bytes, bytes.length - "garbage".length());
  }

  private static KernelText word(String content) {
    KernelText text = text(content);
    text.nextLine();
    text.nextWord();
    return text;
  }

  @Test
  void a_file_that_is_one_number_is_that_number() {
    assertThat(text("2179072\n").onlyNumber()).isEqualTo(2_179_072);
    assertThat(text("0\n").onlyNumber()).isZero();
  }

  @Test
  void no_limit_and_nothing_are_no_number() {
    assertThat(text("max\n").onlyNumber()).isEqualTo(NONE);
    assertThat(text("-1\n").onlyNumber()).isEqualTo(NONE);
    assertThat(text("\n").onlyNumber()).isEqualTo(NONE);
    assertThat(text("").onlyNumber()).isEqualTo(NONE);
    assertThat(text("12.5\n").onlyNumber()).isEqualTo(NONE);
  }

  @Test
  void what_is_more_than_a_long_is_the_most_that_one_can_be() {
    assertThat(text("9223372036854775807").onlyNumber()).isEqualTo(Long.MAX_VALUE);
    assertThat(text("9223372036854775808").onlyNumber()).isEqualTo(Long.MAX_VALUE);
    assertThat(text("18446744073709551615").onlyNumber()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void numbers_are_found_by_the_word_before_them_and_only_by_all_of_it() {
    long[] numbers = new long[3];

    text("anon_thp 1\nanon 42\nfile 7\nfile_dirty 8\n")
        .keyed(new String[] {"file", "anon", "kernel"}, numbers);

    assertThat(numbers).containsExactly(7, 42, NONE);
  }

  @Test
  void numbers_of_an_earlier_file_are_forgotten() {
    long[] numbers = {5};

    text("").keyed(new String[] {"anon"}, numbers);

    assertThat(numbers).containsExactly(NONE);
  }

  @Test
  void a_line_without_a_number_has_none() {
    long[] numbers = new long[2];

    text("low\nhigh \noom 3\n").keyed(new String[] {"low", "high"}, numbers);

    assertThat(numbers).containsExactly(NONE, NONE);
  }

  @Test
  void words_are_apart_by_spaces_tabs_and_equals_signs() {
    KernelText text = text("8:0 rbytes=1\twios=2\n");

    assertThat(text.nextLine()).isTrue();
    assertThat(text.nextWord()).isTrue();
    assertThat(text.word()).isEqualTo("8:0");
    assertThat(text.nextWord()).isTrue();
    assertThat(text.is("rbytes")).isTrue();
    assertThat(text.is("rbyte")).isFalse();
    assertThat(text.nextWord()).isTrue();
    assertThat(text.number()).isEqualTo(1);
    assertThat(text.nextWord()).isTrue();
    assertThat(text.nextWord()).isTrue();
    assertThat(text.number()).isEqualTo(2);
    assertThat(text.nextWord()).isFalse();
    assertThat(text.nextLine()).isFalse();
  }

  @Test
  void a_line_may_be_left_before_its_end() {
    KernelText text = text("first of two\nsecond\n");

    text.nextLine();
    text.nextWord();
    text.nextLine();
    text.nextWord();

    assertThat(text.word()).isEqualTo("second");
  }

  @Test
  void a_share_is_read_in_hundredths() {
    assertThat(word("12.34").hundredths()).isEqualTo(1234);
    assertThat(word("0.00").hundredths()).isZero();
    assertThat(word("100.00").hundredths()).isEqualTo(10_000);
    assertThat(word("1").hundredths()).isEqualTo(NONE);
    assertThat(word("1.5").hundredths()).isEqualTo(NONE);
    assertThat(word("x.50").hundredths()).isEqualTo(NONE);
  }
}
