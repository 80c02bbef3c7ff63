package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Sys.MOUNT;
import static io.jcontainer.linux.plan.Sys.SETNS;
import static io.jcontainer.linux.plan.Sys.SETRESUID;
import static io.jcontainer.linux.plan.Sys.UNSHARE;
import static io.jcontainer.linux.plan.Sys.WRITE;
import static io.jcontainer.linux.run.OperationInvariantsTest.cloneFlags;
import static io.jcontainer.linux.run.PlanInvariantsTest.all;
import static io.jcontainer.linux.run.PlanInvariantsTest.first;
import static io.jcontainer.linux.run.PlanInvariantsTest.flags;
import static io.jcontainer.linux.run.PlanInvariantsTest.inEveryPlan;
import static io.jcontainer.linux.run.PlanInvariantsTest.is;
import static io.jcontainer.linux.run.PlanInvariantsTest.last;
import static io.jcontainer.linux.run.PlanInvariantsTest.operand;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Mount;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.PlanInvariantsTest.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What holds of the cgroups of every plan. */
class CgroupInvariantsTest {
  private static CgroupPlacement cgroups(Probe plan) {
    return plan.sample().request().cgroups();
  }

  private static Step.Leave leave(Probe plan) {
    return (Step.Leave) plan.steps().get(plan.leave());
  }

  private static Predicate<Step> joins() {
    return is(WRITE).and(step -> operand(step, 1).equals(Arg.of("0")));
  }

  private static Predicate<Step> makesNamespace() {
    return is(UNSHARE).and(step -> flags(step, 0).equals(List.of(Clone.CLONE_NEWCGROUP)));
  }

  @Test
  void a_container_without_cgroups_has_no_step_for_them() {
    inEveryPlan(
        plan -> {
          if (!cgroups(plan).isOwn()) {
            assertThat(plan.steps())
                .as(plan.sample().name())
                .noneMatch(joins().or(makesNamespace()));
            assertThat(cloneFlags(leave(plan))).doesNotContain(Clone.CLONE_INTO_CGROUP);
            assertThat(cloneFlags(leave(plan)).contains(Clone.CLONE_NEWCGROUP))
                .isEqualTo(plan.sample().request().own(Kind.CGROUP));
          }
        });
  }

  /** Nothing of the container's is done before, so that there is nothing that is not counted. */
  @Test
  void a_container_is_in_each_of_its_cgroups_before_its_first_step() {
    inEveryPlan(
        plan -> {
          List<Step> joined = all(plan.steps(), joins());
          assertThat(joined.stream().map(step -> ((Arg.Num) operand(step, 0)).value()))
              .as(plan.sample().name())
              .containsExactlyElementsOf(
                  cgroups(plan).files().stream().map(Integer::longValue).toList());
          assertThat(cloneFlags(leave(plan)).contains(Clone.CLONE_INTO_CGROUP))
              .isEqualTo(cgroups(plan).into().isPresent());
          List<Step> before = plan.container();
          assertThat(before.subList(0, last(before, joins()) + 1)).allMatch(joins());
        });
  }

  /** The kernel compares the ids of who is moved with those of who has opened the file. */
  @Test
  void an_ordinary_user_is_in_the_cgroups_before_it_has_other_ids() {
    inEveryPlan(
        plan -> {
          int joined = last(plan.steps(), joins());
          if (plan.user().order() == Order.FIRST && joined >= 0) {
            assertThat(joined)
                .isLessThan(first(plan.steps(), is(SETNS)))
                .isLessThan(first(plan.steps(), is(SETRESUID)));
          }
        });
  }

  /** Or what helps to start it would count as the container's: pids.max may be 1. */
  @Test
  void nothing_but_the_container_is_in_the_cgroups_of_a_jvm_that_is_root() {
    inEveryPlan(
        plan -> {
          if (plan.user().order() != Order.FIRST) {
            assertThat(plan.steps().subList(0, plan.leave())).noneMatch(joins());
          }
        });
  }

  @Test
  void the_cgroup_namespace_has_the_containers_cgroups_as_its_root() {
    inEveryPlan(
        plan -> {
          if (!cgroups(plan).isOwn()) {
            return;
          }
          assertThat(cloneFlags(leave(plan))).doesNotContain(Clone.CLONE_NEWCGROUP);
          List<Step> made = all(plan.steps(), makesNamespace());
          assertThat(made).hasSize(plan.sample().request().own(Kind.CGROUP) ? 1 : 0);
          if (!made.isEmpty()) {
            int at = first(plan.container(), makesNamespace());
            assertThat(at).isEqualTo(last(plan.container(), joins()) + 1);
          }
        });
  }

  private static Predicate<Step> mountsCgroups() {
    return is(MOUNT).and(step -> operand(step, 1).toString().startsWith("\"sys/fs/cgroup"));
  }

  @Test
  void what_a_container_is_shown_of_cgroups_is_its_own_and_read_only() {
    inEveryPlan(
        plan -> {
          List<Step> mounts = all(plan.container(), mountsCgroups());
          if (!plan.sample().request().own(Kind.CGROUP)) {
            assertThat(mounts).as(plan.sample().name()).isEmpty();
            return;
          }
          List<Flag> safe =
              List.of(Mount.MS_RDONLY, Mount.MS_NOSUID, Mount.MS_NODEV, Mount.MS_NOEXEC);
          List<Arg> writable = new ArrayList<>();
          for (Step mount : mounts) {
            if (!flags(mount, 3).containsAll(safe)) {
              assertThat(operand(mount, 2)).as(plan.at(mount)).isEqualTo(Arg.of("tmpfs"));
              writable.add(operand(mount, 1)); // what is mounted there comes next
            } else if (flags(mount, 3).contains(Mount.MS_REMOUNT)) {
              writable.remove(operand(mount, 1));
            }
          }
          assertThat(writable).as(plan.sample().name()).isEmpty();
        });
  }

  @Test
  void the_hosts_cgroups_are_not_to_be_seen_in_the_hosts_sys() {
    inEveryPlan(
        plan -> {
          boolean root = plan.sample().request().spec().rootfs().isPresent();
          if (root
              && plan.sample().request().shared(Kind.NETWORK)
              && plan.sample().request().own(Kind.CGROUP)) {
            assertThat(plan.container()).as(plan.sample().name()).anyMatch(mountsCgroups());
          }
        });
  }
}
