package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Sys.CAPSET;
import static io.jcontainer.linux.plan.Sys.CLOSE;
import static io.jcontainer.linux.plan.Sys.CLOSE_RANGE;
import static io.jcontainer.linux.plan.Sys.EXECVE;
import static io.jcontainer.linux.plan.Sys.GETCWD;
import static io.jcontainer.linux.plan.Sys.MOUNT;
import static io.jcontainer.linux.plan.Sys.MOUNT_SETATTR;
import static io.jcontainer.linux.plan.Sys.MOVE_MOUNT;
import static io.jcontainer.linux.plan.Sys.OPENAT2;
import static io.jcontainer.linux.plan.Sys.PIVOT_ROOT;
import static io.jcontainer.linux.plan.Sys.PRCTL;
import static io.jcontainer.linux.plan.Sys.SENDMSG;
import static io.jcontainer.linux.plan.Sys.SENDTO;
import static io.jcontainer.linux.plan.Sys.SETFSGID;
import static io.jcontainer.linux.plan.Sys.SETFSUID;
import static io.jcontainer.linux.plan.Sys.SETGROUPS;
import static io.jcontainer.linux.plan.Sys.SETNS;
import static io.jcontainer.linux.plan.Sys.SETRESGID;
import static io.jcontainer.linux.plan.Sys.SETRESUID;
import static io.jcontainer.linux.plan.Sys.SETSID;
import static io.jcontainer.linux.plan.Sys.UMOUNT2;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capability;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.process.PseudoTerminal;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds in every plan, whatever the spec: by it a container is safe, and fails early. */
class PlanInvariantsTest {
  /** The plan of a sample, with the questions that the tests ask. */
  record Probe(Sample sample, List<Step> steps) {
    static Probe of(Sample sample) {
      return new Probe(sample, sample.plan().steps());
    }

    UserPlacement user() {
      return sample.request().user();
    }

    /** The steps of the container's first process. */
    List<Step> container() {
      return steps.subList(leave() + 1, steps.size());
    }

    /** The steps before, but for those of a process aside. */
    List<Step> launcher() {
      List<Step> launcher = new ArrayList<>();
      for (int i = 0; i < leave(); i++) {
        launcher.add(steps.get(i));
        if (steps.get(i) instanceof Step.Aside aside) {
          i += aside.length();
        }
      }
      return launcher;
    }

    int leave() {
      return IntStream.range(0, steps.size())
          .filter(i -> steps.get(i) instanceof Step.Leave)
          .findFirst()
          .orElseThrow();
    }

    /** The sample's name, and the step, for the message of a failure. */
    String at(Step step) {
      return sample + ": " + step.call();
    }
  }

  private static final List<Probe> PLANS =
      Stream.of(ContainerPlansTest.samples(), ContainerPlansTest.combinations())
          .flatMap(List::stream)
          .map(Probe::of)
          .toList();

  static void inEveryPlan(Consumer<Probe> claim) {
    PLANS.forEach(claim);
  }

  static Predicate<Step> is(Sys... calls) {
    Set<Sys> wanted = Set.of(calls);
    return step -> step instanceof Call call && wanted.contains(call.sys());
  }

  static Predicate<Step> prctl(String option) {
    return is(PRCTL).and(step -> operand(step, 0).toString().equals(option));
  }

  static Predicate<Step> entersUserNamespace() {
    return is(SETNS).and(step -> flags(step, 1).contains(Clone.CLONE_NEWUSER));
  }

  static Arg operand(Step step, int index) {
    return ((Call) step).args().get(index);
  }

  static List<Flag> flags(Step step, int index) {
    return ((Arg.Bits) operand(step, index)).flags();
  }

  static int first(List<Step> steps, Predicate<Step> wanted) {
    return IntStream.range(0, steps.size())
        .filter(i -> wanted.test(steps.get(i)))
        .findFirst()
        .orElse(-1);
  }

  static int last(List<Step> steps, Predicate<Step> wanted) {
    return IntStream.range(0, steps.size())
        .filter(i -> wanted.test(steps.get(i)))
        .reduce((a, b) -> b)
        .orElse(-1);
  }

  static List<Step> all(List<Step> steps, Predicate<Step> wanted) {
    return steps.stream().filter(wanted).toList();
  }

  /** All calls, also those of clones. */
  static Stream<Call> calls(Probe plan) {
    return plan.steps().stream()
        .flatMap(
            step -> {
              if (step instanceof Step.Leave leave) {
                return Stream.of(leave.child());
              }
              if (step instanceof Step.Aside aside) {
                return Stream.of(aside.child());
              }
              return step instanceof Call call ? Stream.of(call) : Stream.empty();
            });
  }

  /** All plans have these, in this order, once each. */
  @SafeVarargs
  private static void assertOrder(Probe plan, Predicate<Step>... inOrder) {
    int before = -1;
    for (Predicate<Step> each : inOrder) {
      int at = first(plan.container(), each);
      assertThat(at).as(plan.sample().name()).isGreaterThan(before);
      assertThat(last(plan.container(), each)).as(plan.sample().name()).isEqualTo(at);
      before = at;
    }
  }

  // User namespaces and rights.

  @Test
  void user_namespace_is_entered_after_every_mount_as_root_and_with_sys_admin() {
    inEveryPlan(
        plan -> {
          boolean sysAdmin =
              plan.sample()
                  .request()
                  .spec()
                  .capabilities()
                  .granted()
                  .contains(Capability.SYS_ADMIN);
          if (plan.user().order() != Order.LAST && !sysAdmin) {
            return;
          }
          int entered = first(plan.container(), entersUserNamespace());
          int mounted =
              last(plan.container(), is(MOUNT, MOVE_MOUNT, MOUNT_SETATTR, PIVOT_ROOT, UMOUNT2));
          assertThat(entered).as(plan.sample().name()).isGreaterThan(mounted).isNotNegative();
          if (plan.user().order() == Order.LAST) {
            assertThat(plan.launcher()).noneMatch(entersUserNamespace());
          }
        });
  }

  @Test
  void an_ordinary_user_enters_the_user_namespace_before_anything_that_needs_rights() {
    Predicate<Step> harmless = is(Sys.UMASK, Sys.FCHMOD, Sys.WRITE);
    inEveryPlan(
        plan -> {
          if (plan.user().order() == Order.FIRST) {
            int entered = first(plan.launcher(), entersUserNamespace());
            assertThat(plan.launcher().subList(0, entered)).allMatch(harmless);
            assertThat(all(plan.container(), entersUserNamespace()))
                .hasSize(plan.user().nested() ? 1 : 0);
          }
        });
  }

  @Test
  void a_plan_that_shares_the_hosts_user_namespace_enters_none() {
    inEveryPlan(
        plan -> {
          if (plan.user().order() == Order.NEVER) {
            assertThat(plan.steps()).noneMatch(entersUserNamespace());
          }
        });
  }

  @Test
  void setgroups_is_absent_where_denied() {
    inEveryPlan(
        plan ->
            assertThat(all(plan.steps(), is(SETGROUPS)).isEmpty())
                .as(plan.sample().name())
                .isEqualTo(plan.user().groupsDenied()));
  }

  @Test
  void ids_are_taken_before_the_rights_to_take_them_are_given_up() {
    inEveryPlan(
        plan -> {
          int ids = last(plan.steps(), is(SETGROUPS, SETRESGID, SETRESUID));
          assertThat(ids).isLessThan(first(plan.steps(), is(CAPSET))).isNotNegative();
          assertThat(first(plan.steps(), is(SETRESGID)))
              .as("setresgid(2) after setresuid(2) could be EPERM")
              .isLessThan(first(plan.steps(), is(SETRESUID)))
              .isGreaterThan(first(plan.steps(), is(SETGROUPS)));
        });
  }

  @Test
  void the_bounding_set_shrinks_in_the_last_user_namespace_while_cap_setpcap_is_there() {
    inEveryPlan(
        plan -> {
          List<Step> steps = plan.container();
          Predicate<Step> drop = prctl("PR_CAPBSET_DROP");
          int granted = plan.sample().request().spec().capabilities().granted().size();
          assertThat(all(steps, drop)).hasSize(41 - granted);
          assertThat(first(steps, drop)).isGreaterThan(last(steps, entersUserNamespace()));
          assertThat(last(steps, drop)).isLessThan(first(steps, is(CAPSET)));
          assertThat(plan.launcher()).noneMatch(drop);
        });
  }

  @Test
  void capset_leaves_inheritable_empty_but_for_what_is_ambient() {
    inEveryPlan(
        plan -> {
          List<Step> capsets = all(plan.steps(), is(CAPSET));
          assertThat(capsets).hasSize(1);
          Set<Capability> ambient = plan.sample().request().spec().capabilities().ambient();
          assertThat(all(plan.container(), prctl("PR_CAP_AMBIENT")))
              .hasSize(ambient.size())
              .allSatisfy(
                  raise ->
                      assertThat(plan.container().indexOf(raise))
                          .isGreaterThan(plan.container().indexOf(capsets.get(0))));
          if (!ambient.isEmpty() || operand(capsets.get(0), 1) instanceof Arg.Address) {
            return; // CapabilityStepsTest looks at the words
          }
          List<Arg> words =
              ((Arg.Struct) operand(capsets.get(0), 1))
                  .fields().stream().map(Arg.Field::value).toList();
          assertThat(words.get(2)).isEqualTo(Arg.of(0));
          assertThat(words.get(5)).isEqualTo(Arg.of(0));
        });
  }

  /** Afterwards the quota of keys would be that of the container's ids. */
  @Test
  void the_jvms_keys_are_let_go_before_the_user_namespace_is_entered() {
    inEveryPlan(
        plan -> {
          int keyring = first(plan.container(), is(Sys.KEYCTL));
          int entered = first(plan.container(), entersUserNamespace());
          assertThat(keyring).as(plan.sample().name()).isNotNegative();
          assertThat(entered < 0 || keyring < entered).as(plan.sample().name()).isTrue();
        });
  }

  @Test
  void no_new_privs_a_session_of_its_own_and_cloexec_come_before_the_command() {
    inEveryPlan(
        plan -> {
          assertOrder(plan, is(CAPSET), prctl("PR_SET_NO_NEW_PRIVS"), is(CLOSE_RANGE));
          // The last one: with an init, it and the command have a session each.
          assertThat(last(plan.container(), is(SETSID)))
              .isLessThan(first(plan.container(), is(CLOSE_RANGE)))
              .isGreaterThan(last(plan.container(), step -> step instanceof Step.Init));
        });
  }

  // The death of the JVM.

  @Test
  void pdeathsig_is_set_after_every_change_of_ids() {
    Predicate<Step> changes =
        is(SETGROUPS, SETRESGID, SETRESUID, SETFSGID, SETFSUID, CAPSET)
            .or(entersUserNamespace())
            .or(step -> step instanceof Step.Leave);
    inEveryPlan(
        plan ->
            assertThat(first(plan.steps(), prctl("PR_SET_PDEATHSIG")))
                .as(plan.sample().name())
                .isGreaterThan(last(plan.steps(), changes)));
  }

  @Test
  void the_ready_report_follows_the_death_signal_and_what_the_jvm_is_handed() {
    inEveryPlan(
        plan -> {
          int signal = first(plan.container(), prctl("PR_SET_PDEATHSIG"));
          Predicate<Step> ready =
              is(SENDTO).and(step -> operand(step, 1).toString().equals("&report"));
          Predicate<Step> hands = is(SENDMSG, CLOSE).or(step -> !(step instanceof Call));
          assertThat(plan.container().subList(signal + 1, first(plan.container(), ready)))
              .as(plan.sample().name())
              .allMatch(hands);
          assertThat(all(plan.steps(), ready)).hasSize(1);
        });
  }

  @Test
  void nobody_can_trace_the_launcher_when_it_joins_what_others_are_in() {
    Predicate<Step> dumpable = prctl("PR_SET_DUMPABLE");
    inEveryPlan(
        plan -> {
          int off = last(plan.steps(), dumpable);
          assertThat(operand(plan.steps().get(off), 1)).isEqualTo(Arg.of(0));
          Set<Arg> joined =
              plan.sample().request().joined().values().stream()
                  .map(Arg::of)
                  .collect(Collectors.toSet());
          int join = first(plan.steps(), is(SETNS).and(step -> joined.contains(operand(step, 0))));
          assertThat(join == -1 || join > off).as(plan.sample().name()).isTrue();
          assertThat(plan.container()).noneMatch(dumpable);
        });
  }

  /** It shares memory and descriptors with a launcher that has all rights of the host's root. */
  @Test
  void nobody_can_trace_a_process_aside_of_root_when_it_enters_the_user_namespace() {
    inEveryPlan(
        plan -> {
          if (plan.user().order() == Order.LAST) {
            int entered = first(plan.steps(), entersUserNamespace());
            assertThat(last(plan.steps(), prctl("PR_SET_DUMPABLE")))
                .as(plan.sample().name())
                .isLessThan(entered);
          }
        });
  }

  @Test
  void every_step_says_why_it_is_made() {
    inEveryPlan(
        plan ->
            plan.steps().forEach(step -> assertThat(step.why()).as(plan.at(step)).isNotBlank()));
  }

  /** A terminal's process gets /dev/null before: to give that away would be a disaster. */
  @Test
  void a_process_with_a_terminal_is_given_nothing_but_the_terminal() {
    inEveryPlan(
        plan -> {
          if (plan.sample().request().spec().process().terminal().isPresent()) {
            assertThat(all(plan.steps(), is(Sys.FCHOWN, Sys.FCHMOD)))
                .allSatisfy(
                    step ->
                        assertThat(operand(step, 0))
                            .as(plan.at(step))
                            .isEqualTo(Arg.of(PseudoTerminal.TERMINAL)));
          }
        });
  }

  // The end of the plan.

  @Test
  void nothing_but_what_is_passed_limits_execve_and_why_it_failed_follows_close_range() {
    inEveryPlan(
        plan -> {
          List<Step> steps = plan.steps();
          int close = last(steps, is(CLOSE_RANGE));
          assertThat(close).isPositive();
          assertThat(steps.subList(close + 1, steps.size()))
              .isNotEmpty()
              .allMatch(
                  is(EXECVE)
                      .or(is(SENDTO, Sys.DUP3, Sys.PRLIMIT64))
                      .or(step -> step instanceof Step.Store || step instanceof Step.More)
                      .or(step -> step instanceof Step.Move));
          assertThat(all(steps, step -> isPassed(step)))
              .hasSize(plan.sample().request().spec().process().descriptors().size());
          assertThat(steps.subList(0, close)).noneMatch(is(EXECVE));
        });
  }

  /** Whether execve(2) leaves a descriptor open by this step, beside the three streams. */
  private static boolean isPassed(Step step) {
    return is(Sys.DUP3).test(step)
        && flags(step, 2).isEmpty()
        && ((Arg.Num) operand(step, 1)).value() > 2;
  }

  @Test
  void a_plan_never_comes_to_its_end() {
    inEveryPlan(
        plan -> {
          List<Step> steps = plan.steps();
          assertThat(steps.get(steps.size() - 1)).isInstanceOf(Step.More.class);
          assertThat(steps.get(steps.size() - 2)).matches(is(SENDTO));
        });
  }

  /** /proc/self/fd could lead to a directory of the host that leaked in: CVE-2024-21626. */
  @Test
  void no_magic_link_leads_to_the_working_directory_or_to_the_users() {
    inEveryPlan(
        plan ->
            assertThat(all(plan.steps(), is(OPENAT2)))
                .isNotEmpty()
                .allSatisfy(
                    step ->
                        assertThat(operand(step, 2).toString())
                            .as(plan.sample().name())
                            .contains("RESOLVE_NO_MAGICLINKS")));
  }

  @Test
  void the_targets_of_mounts_are_resolved_in_the_root() {
    inEveryPlan(
        plan ->
            assertThat(all(plan.steps(), is(OPENAT2)))
                .filteredOn(step -> !operand(step, 0).equals(Arg.AT_FDCWD))
                .allSatisfy(
                    step ->
                        assertThat(operand(step, 2).toString())
                            .as(plan.at(step))
                            .contains("RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS")));
  }

  @Test
  void the_working_directory_is_entered_with_the_containers_rights_and_looked_at() {
    inEveryPlan(
        plan -> {
          Predicate<Step> enter =
              is(Sys.FCHDIR).and(step -> operand(step, 0).equals(Arg.of(new Slot("cwd"))));
          assertOrder(plan, is(CAPSET), enter, is(GETCWD), is(CLOSE_RANGE));
          int getcwd = first(plan.container(), is(GETCWD));
          assertThat(plan.container().get(getcwd + 1)).isInstanceOf(Step.Check.class);
        });
  }
}
