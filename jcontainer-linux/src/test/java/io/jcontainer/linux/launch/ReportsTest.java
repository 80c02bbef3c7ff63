package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.launch.Reports.Failure;
import io.jcontainer.linux.launch.Reports.Told;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class ReportsTest {
  static byte[] words(int... words) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      bytes.putInt(word);
    }
    return bytes.array();
  }

  private static Told parse(int... words) {
    byte[] bytes = words(words);
    return Reports.parse(bytes, bytes.length);
  }

  @Test
  void a_child_that_became_the_command_has_told_only_its_number() {
    assertThat(parse(1, 0, 0, 4711)).isEqualTo(new Told(4711, null));
  }

  @Test
  void a_failure_before_there_is_a_child_names_its_step_and_errno() {
    assertThat(parse(2, 17, 13, 0)).isEqualTo(new Told(0, new Failure(17, 13)));
  }

  @Test
  void a_child_that_failed_has_told_its_number_too() {
    assertThat(parse(1, 0, 0, 4711, 2, 130, 2, 0)).isEqualTo(new Told(4711, new Failure(130, 2)));
  }

  @Test
  void the_first_of_two_failures_is_the_cause() {
    assertThat(parse(2, 5, 1, 0, 2, 30, 22, 0)).isEqualTo(new Told(0, new Failure(5, 1)));
  }

  @Test
  void nothing_and_half_a_message_tell_nothing() {
    assertThat(Reports.parse(new byte[32], 0)).isEqualTo(new Told(0, null));
    assertThat(Reports.parse(words(1, 0, 0, 4711), 15)).isEqualTo(new Told(0, null));
    assertThat(parse(1, 0, 0, 4711, 2, 0)).isEqualTo(new Told(4711, null));
  }

  @Test
  void what_was_not_received_is_not_read() {
    assertThat(Reports.parse(words(1, 0, 0, 4711, 2, 9, 9, 9), 16)).isEqualTo(new Told(4711, null));
  }

  @Test
  void a_message_that_no_launcher_sends_is_no_success() {
    assertThatThrownBy(() -> parse(9, 0, 0, 4711)).hasMessageContaining("kind 9");
  }

  @Test
  void an_init_tells_that_the_command_runs_and_how_it_ended() {
    assertThat(parse(1, 0, 0, 4711, 3, 0, 0, 0)).isEqualTo(new Told(4711, null, true, 0, null));
    assertThat(parse(3, 0, 0, 0, 4, 0, 7 << 8, 0)).isEqualTo(new Told(0, null, true, 0, 7 << 8));
  }

  @Test
  void a_command_that_could_not_be_executed_below_an_init_is_a_failure() {
    assertThat(parse(2, 130, 2, 0, 3, 0, 0, 0))
        .isEqualTo(new Told(0, new Failure(130, 2), true, 0, null));
  }

  @Test
  void a_child_that_could_not_execute_says_how_many_results_follow() {
    assertThat(parse(5, 6, 0, 0)).isEqualTo(new Told(0, null, false, 6, null));
  }

  @Test
  void the_ready_message_has_room_for_the_number_that_clone_writes() {
    assertThat(Reports.ready().call()).isEqualTo("sendto(3, &report, 16, MSG_NOSIGNAL, NULL, 0)");
    assertThat(Reports.PID).hasToString("&report+12");
  }
}
