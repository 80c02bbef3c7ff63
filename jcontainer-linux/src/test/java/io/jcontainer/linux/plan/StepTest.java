package io.jcontainer.linux.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.sys.Errno;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StepTest {
  private static final Slot FD = new Slot("fd");

  @Test
  void a_call_prints_as_strace_does() {
    assertThat(Calls.open("/x", Open.O_RDONLY, Open.O_CLOEXEC).call())
        .isEqualTo("openat(AT_FDCWD, \"/x\", O_RDONLY|O_CLOEXEC)");
    assertThat(Calls.setsid().call()).isEqualTo("setsid()");
  }

  @Test
  void a_result_that_is_kept_is_named() {
    assertThat(Calls.open("/x", Open.O_PATH).into(FD).call())
        .isEqualTo("openat(AT_FDCWD, \"/x\", O_PATH) = <fd>");
    assertThat(Calls.close(FD).call()).isEqualTo("close(<fd>)");
  }

  @Test
  void each_addition_to_a_call_keeps_the_others() {
    Call call =
        Calls.setsid()
            .why("because")
            .tolerate(Errno.EPERM, Errno.EINVAL)
            .retry(Errno.EAGAIN)
            .into(FD)
            .why("for another reason");

    assertThat(call)
        .isEqualTo(
            new Call(
                Sys.SETSID,
                List.of(),
                "for another reason",
                Set.of(Errno.EINVAL, Errno.EPERM),
                Errno.EAGAIN,
                FD,
                -1));
  }

  @Test
  void a_plain_call_tolerates_and_keeps_nothing() {
    assertThat(Call.of(Sys.SETSID))
        .isEqualTo(new Call(Sys.SETSID, List.of(), "", Set.of(), null, null, -1));
  }

  @Test
  void a_clone_prints_as_the_call_that_it_is() {
    Call clone = Calls.clone(List.of(Clone.CLONE_VM, Clone.SIGCHLD), Arg.NULL).why("a child");

    assertThat(List.of(new Step.Leave(clone), new Step.Aside(clone, 3)))
        .allSatisfy(
            step -> {
              assertThat(step.call()).isEqualTo("clone(CLONE_VM|SIGCHLD, NULL, NULL, NULL, NULL)");
              assertThat(step.why()).isEqualTo("a child");
            });
  }

  @Test
  void a_write_counts_bytes_and_not_characters() {
    assertThat(Calls.write(FD, "\u20ac\n").call()).isEqualTo("write(<fd>, \"\u20ac\\n\", 4)");
  }

  @Test
  void openat2_is_made_again_when_a_rename_disturbs_it() {
    assertThat(Calls.openat2("/x", List.of(), List.of()).retried()).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void setgroups_prints_the_groups() {
    assertThat(Calls.setgroups(List.of()).call()).isEqualTo("setgroups(0, NULL)");
    assertThat(Calls.setgroups(List.of(7L, 0xFFFF_FFFEL)).call())
        .isEqualTo("setgroups(2, {7, 4294967294})");
  }

  @Test
  void memory_begins_as_zeros_or_as_little_endian_words() {
    assertThat(Memory.zeros("z", 3).initial()).containsExactly(0, 0, 0);
    assertThat(Memory.words("w", 1, 0x1020304).initial()).containsExactly(1, 0, 0, 0, 4, 3, 2, 1);
    assertThat(Memory.words("w", 1, 2).size()).isEqualTo(8);
  }
}
