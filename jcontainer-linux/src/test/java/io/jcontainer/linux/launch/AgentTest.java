package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** How the JVM talks with an agent. */
class AgentTest {
  private static final int LAUNCHER = 4242;
  private static final Slot RESULT = new Slot("result");

  private final FakeKernel kernel = new FakeKernel();
  private final Program first = Agent.program(new Steps(), Arg.NULL, Arg.of(0), Arch.X86_64);
  private final Launch launch = new Launch(kernel, first, LAUNCHER, kernel.fd("control"));

  private Agent agent() {
    answer();
    return Agent.started(launch, first, Arch.X86_64);
  }

  private void answer(long... results) {
    kernel.willReceive(ReportsTest.words(5, 0, 8 * results.length, 0));
    if (results.length > 0) {
      ByteBuffer body = ByteBuffer.allocate(8 * results.length).order(ByteOrder.LITTLE_ENDIAN);
      body.asLongBuffer().put(results);
      kernel.willReceive(body.array());
    }
  }

  private static Steps steps() {
    return new Steps().add(Calls.open("/x").into(RESULT), "a test");
  }

  @Test
  void it_answers_with_results_and_ends_when_it_is_let_go() {
    try (Agent agent = agent()) {
      answer(7);
      assertThat(agent.run(steps(), RESULT)).containsExactly(7);
      answer(-2);
      assertThat(agent.run(steps(), RESULT)).containsExactly(-2);
    }
    assertThat(kernel.calls()).last().isEqualTo("reap group " + LAUNCHER);
    assertThat(kernel.calls()).noneMatch(call -> call.startsWith("kill"));
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_failure_names_the_call_and_is_its_end() {
    try (Agent agent = agent()) {
      kernel.willReceive(ReportsTest.words(2, 0, Errno.EACCES.number(), 0));

      assertThatThrownBy(() -> agent.run(steps(), RESULT))
          .hasMessage("openat(AT_FDCWD, \"/x\", 0) = <result>: Permission denied (EACCES)");

      int before = kernel.calls().size();
      assertThatThrownBy(() -> agent.run(steps(), RESULT)).hasMessageContaining("(EPIPE)");
      assertThat(kernel.calls()).as("nothing is sent").hasSize(before);
    }
    assertThat(kernel.calls()).endsWith("kill -4242 9", "reap group 4242");
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void one_that_does_not_answer_is_killed() {
    try (Agent agent = agent()) {
      kernel.failNext("receive", Errno.EAGAIN);

      assertThatThrownBy(() -> agent.run(steps())).hasMessageContaining("(EAGAIN)");
    }
    assertThat(kernel.calls()).endsWith("kill -4242 9", "reap group 4242");
  }

  @Test
  void one_that_is_gone_is_said_to_be() {
    assertThatThrownBy(() -> Agent.started(launch, first, Arch.X86_64))
        .hasMessageContaining("(EPIPE)");
    assertThat(kernel.openDescriptors()).isEmpty();
  }
}
