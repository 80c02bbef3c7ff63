package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Sys.CAPSET;
import static io.jcontainer.linux.plan.Sys.CLOSE;
import static io.jcontainer.linux.plan.Sys.MOUNT;
import static io.jcontainer.linux.plan.Sys.OPENAT;
import static io.jcontainer.linux.plan.Sys.OPENAT2;
import static io.jcontainer.linux.plan.Sys.OPEN_TREE;
import static io.jcontainer.linux.plan.Sys.SETNS;
import static io.jcontainer.linux.plan.Sys.SOCKET;
import static io.jcontainer.linux.run.PlanInvariantsTest.all;
import static io.jcontainer.linux.run.PlanInvariantsTest.calls;
import static io.jcontainer.linux.run.PlanInvariantsTest.first;
import static io.jcontainer.linux.run.PlanInvariantsTest.flags;
import static io.jcontainer.linux.run.PlanInvariantsTest.inEveryPlan;
import static io.jcontainer.linux.run.PlanInvariantsTest.is;
import static io.jcontainer.linux.run.PlanInvariantsTest.operand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.run.PlanInvariantsTest.Probe;
import io.jcontainer.linux.sys.Errno;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every plan is one that the launcher can run, and no step relies on what is not there yet. */
class OperationInvariantsTest {
  /** SLOTS of launcher.c. */
  private static final int MAX_SLOTS = 255;

  @Test
  void there_is_one_leave_and_no_clone_after_it() {
    inEveryPlan(
        plan -> {
          assertThat(all(plan.steps(), step -> step instanceof Step.Leave)).hasSize(1);
          assertThat(plan.container()).noneMatch(step -> step instanceof Step.Aside);
        });
  }

  @Test
  void aside_is_shorter_than_256_and_ends_before_the_leave() {
    inEveryPlan(
        plan -> {
          for (int i = 0; i < plan.steps().size(); i++) {
            if (plan.steps().get(i) instanceof Step.Aside aside) {
              assertThat(aside.length()).isBetween(1, 255);
              assertThat(i + aside.length()).isLessThan(plan.leave());
            }
          }
        });
  }

  @Test
  void no_call_has_more_than_6_operands_or_4_tolerated_errors() {
    inEveryPlan(
        plan ->
            calls(plan)
                .forEach(
                    call -> {
                      assertThat(call.args()).as(plan.at(call)).hasSizeLessThanOrEqualTo(6);
                      assertThat(call.tolerated()).as(plan.at(call)).hasSizeLessThanOrEqualTo(4);
                    }));
  }

  private static Stream<Slot> read(Step step) {
    if (step instanceof Call call) {
      return call.args().stream().flatMap(OperationInvariantsTest::read);
    }
    if (step instanceof Step.Store store) {
      return read(store.value());
    }
    return step instanceof Step.Check check ? read(check.subject()) : Stream.empty();
  }

  private static Stream<Slot> written(Step step) {
    if (step instanceof Step.Load load) {
      return Stream.of(load.result());
    }
    return step instanceof Call call ? Stream.ofNullable(call.result()) : Stream.empty();
  }

  private static Stream<Slot> read(Arg arg) {
    return arg instanceof Arg.Result result ? Stream.of(result.slot()) : Stream.empty();
  }

  /** What a process aside writes is there only once it has been waited for. */
  @Test
  void slots_are_read_only_after_they_are_written() {
    inEveryPlan(
        plan -> {
          Set<Slot> written = new HashSet<>();
          Set<Slot> aside = new HashSet<>();
          List<Step> steps = plan.steps();
          for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step instanceof Step.Aside branch) {
              aside.addAll(written);
              steps
                  .subList(i + 1, i + 1 + branch.length())
                  .forEach(its -> follow(plan, its, aside));
              i += branch.length();
            } else if (step instanceof Step.Await) {
              written.addAll(aside);
            } else {
              follow(plan, step, written);
            }
          }
        });
  }

  private static void follow(Probe plan, Step step, Set<Slot> written) {
    read(step).forEach(slot -> assertThat(written).as(plan.at(step)).contains(slot));
    if (is(CLOSE).test(step) && ((Call) step).tolerated().isEmpty()) {
      read(step).forEach(written::remove); // the number may stand for something else
    }
    written(step).forEach(written::add);
  }

  @Test
  void a_process_aside_and_what_goes_on_meanwhile_touch_no_slot_of_each_other() {
    inEveryPlan(
        plan -> {
          int begin = first(plan.steps(), step -> step instanceof Step.Aside);
          if (begin < 0) {
            return;
          }
          int body = begin + 1 + ((Step.Aside) plan.steps().get(begin)).length();
          int end = first(plan.steps(), step -> step instanceof Step.Await);
          Set<Slot> both = touched(plan.steps().subList(begin + 1, body));
          both.retainAll(touched(plan.steps().subList(body, end)));
          assertThat(both).as(plan.sample().name()).isEmpty();
        });
  }

  private static Set<Slot> touched(List<Step> steps) {
    Set<Slot> touched = new HashSet<>();
    for (Step step : steps) {
      read(step).forEach(touched::add);
      written(step).forEach(touched::add);
    }
    return touched;
  }

  @Test
  void a_process_aside_is_waited_for_once_before_the_rights_are_given_up() {
    inEveryPlan(
        plan -> {
          List<Step> asides = all(plan.steps(), step -> step instanceof Step.Aside);
          List<Step> waits = all(plan.steps(), step -> step instanceof Step.Await);
          assertThat(waits).as(plan.sample().name()).hasSameSizeAs(asides);
          assertThat(asides).hasSizeLessThanOrEqualTo(1);
          assertThat(first(plan.steps(), step -> step instanceof Step.Await))
              .isLessThan(first(plan.steps(), is(CAPSET)))
              .isGreaterThanOrEqualTo(first(plan.steps(), step -> step instanceof Step.Aside));
        });
  }

  @Test
  void what_a_process_aside_opens_is_open_in_the_container_too() {
    inEveryPlan(
        plan -> {
          if (plan.steps().stream().anyMatch(step -> step instanceof Step.Await)) {
            Step.Leave leave = (Step.Leave) plan.steps().get(plan.leave());
            assertThat(cloneFlags(leave)).contains(Clone.CLONE_FILES, Clone.CLONE_VM);
          }
        });
  }

  /** Of clone(2) and of clone3(2). */
  static List<Flag> cloneFlags(Step.Leave leave) {
    Arg first = leave.child().args().get(0);
    Arg flags = first instanceof Arg.Struct arguments ? arguments.fields().get(0).value() : first;
    return ((Arg.Bits) flags).flags();
  }

  @Test
  void an_own_sysfs_is_mounted_in_the_containers_network_namespace() {
    Predicate<Step> entersNetwork =
        is(SETNS).and(step -> flags(step, 1).contains(Clone.CLONE_NEWNET));
    Predicate<Step> sysfs = is(MOUNT).and(step -> operand(step, 2).equals(Arg.of("sysfs")));
    inEveryPlan(
        plan -> {
          int mounted = first(plan.steps(), sysfs);
          if (mounted >= 0) {
            assertThat(first(plan.steps(), entersNetwork))
                .as(plan.sample().name())
                .isNotNegative()
                .isLessThan(mounted);
          }
        });
  }

  /** A negative number is EBADF as a descriptor, but for AT_FDCWD, which is the error ENETDOWN. */
  @Test
  void a_result_that_may_be_an_error_is_only_looked_at_or_refused_as_a_descriptor() {
    inEveryPlan(
        plan -> {
          Set<Slot> doubtful = new HashSet<>();
          for (Step step : plan.steps()) {
            if (step instanceof Call call) {
              assertThat(call.tolerated()).as(plan.at(step)).doesNotContain(Errno.ENETDOWN);
              read(step)
                  .filter(slot -> !call.tolerated().contains(Errno.EBADF))
                  .forEach(slot -> assertThat(doubtful).as(plan.at(step)).doesNotContain(slot));
              if (call.result() != null && !call.tolerated().isEmpty()) {
                doubtful.add(call.result());
              } else if (call.result() != null) {
                doubtful.remove(call.result());
              }
            }
          }
        });
  }

  @Test
  void every_descriptor_is_opened_close_on_exec() {
    inEveryPlan(
        plan ->
            calls(plan)
                .filter(is(OPENAT, OPENAT2, OPEN_TREE, SOCKET))
                .forEach(
                    call ->
                        assertThat(call.call())
                            .as(plan.sample().name())
                            .contains(call.sys() == SOCKET ? "SOCK_CLOEXEC" : "O_CLOEXEC")));
  }

  @Test
  void no_text_within_a_structure_is_a_result() {
    inEveryPlan(
        plan ->
            calls(plan)
                .flatMap(call -> call.args().stream())
                .forEach(
                    arg -> {
                      if (arg instanceof Arg.Struct struct) {
                        assertHasNoResult(struct);
                      }
                    }));
  }

  private static void assertHasNoResult(Arg.Struct struct) {
    for (Arg.Field field : struct.fields()) {
      if (field.value() instanceof Arg.Struct inner) {
        assertHasNoResult(inner);
      } else if (!(field.value() instanceof Arg.Num
          || field.value() instanceof Arg.Bits
          || field.value() instanceof Arg.Address)) {
        fail("neither a number, flags nor an address: " + field.value());
      }
    }
  }

  private static int slots(Plan plan) {
    Set<Slot> slots = new HashSet<>();
    for (Step step : plan.steps()) {
      written(step).forEach(slots::add);
    }
    return slots.size();
  }

  @Test
  void there_are_no_more_slots_than_the_launcher_has() {
    inEveryPlan(plan -> assertThat(slots(plan.sample().plan())).isLessThanOrEqualTo(MAX_SLOTS));
  }

  @Test
  void a_path_of_a_hundred_directories_fits_into_the_slots() {
    String path =
        IntStream.range(0, 100).mapToObj(i -> "/nix/store/" + i).collect(Collectors.joining(":"));
    ContainerSpec spec = ContainerSpec.builder().command("sh").env(Map.of("PATH", path)).build();

    assertThat(slots(ContainerSteps.of(ContainerPlansTest.request(spec))))
        .isLessThanOrEqualTo(MAX_SLOTS);
  }

  /** As many as an image of Docker may have. */
  @Test
  void a_root_of_127_layers_fits_into_the_slots() {
    List<Path> layers = IntStream.range(0, 127).mapToObj(i -> Path.of("/layers/" + i)).toList();
    ContainerSpec spec =
        ContainerSpec.builder().command("/bin/sh").rootfs(LayeredRootfs.layers(layers)).build();

    assertThat(slots(ContainerSteps.of(ContainerPlansTest.request(spec))))
        .isLessThanOrEqualTo(MAX_SLOTS);
  }
}
