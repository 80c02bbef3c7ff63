package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Sys.CAPSET;
import static io.jcontainer.linux.plan.Sys.CHDIR;
import static io.jcontainer.linux.plan.Sys.CLOSE;
import static io.jcontainer.linux.plan.Sys.CLOSE_RANGE;
import static io.jcontainer.linux.plan.Sys.EXECVE;
import static io.jcontainer.linux.plan.Sys.GETCWD;
import static io.jcontainer.linux.plan.Sys.MOUNT;
import static io.jcontainer.linux.plan.Sys.MOUNT_SETATTR;
import static io.jcontainer.linux.plan.Sys.MOVE_MOUNT;
import static io.jcontainer.linux.plan.Sys.OPENAT;
import static io.jcontainer.linux.plan.Sys.OPENAT2;
import static io.jcontainer.linux.plan.Sys.OPEN_TREE;
import static io.jcontainer.linux.plan.Sys.PIVOT_ROOT;
import static io.jcontainer.linux.plan.Sys.PRCTL;
import static io.jcontainer.linux.plan.Sys.SENDTO;
import static io.jcontainer.linux.plan.Sys.SETFSGID;
import static io.jcontainer.linux.plan.Sys.SETFSUID;
import static io.jcontainer.linux.plan.Sys.SETGROUPS;
import static io.jcontainer.linux.plan.Sys.SETNS;
import static io.jcontainer.linux.plan.Sys.SETRESGID;
import static io.jcontainer.linux.plan.Sys.SETRESUID;
import static io.jcontainer.linux.plan.Sys.SETSID;
import static io.jcontainer.linux.plan.Sys.SOCKET;
import static io.jcontainer.linux.plan.Sys.UMOUNT2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Mount;
import io.jcontainer.linux.plan.Flag.MountAttr;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds in every plan, whatever the spec: by it a container is safe, and fails early. */
class PlanInvariantsTest {
  private static final int MAX_SLOTS = 64;

  /** The plan of a sample, with the questions that the tests ask. */
  private record Probe(Sample sample, List<Step> steps) {
    private static Probe of(Sample sample) {
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

    private int leave() {
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

  private static void inEveryPlan(Consumer<Probe> claim) {
    PLANS.forEach(claim);
  }

  private static Predicate<Step> is(Sys... calls) {
    Set<Sys> wanted = Set.of(calls);
    return step -> step instanceof Call call && wanted.contains(call.sys());
  }

  private static Predicate<Step> prctl(String option) {
    return is(PRCTL).and(step -> operand(step, 0).toString().equals(option));
  }

  private static Predicate<Step> entersUserNamespace() {
    return is(SETNS).and(step -> flags(step, 1).contains(Clone.CLONE_NEWUSER));
  }

  private static Arg operand(Step step, int index) {
    return ((Call) step).args().get(index);
  }

  private static List<Flag> flags(Step step, int index) {
    return ((Arg.Bits) operand(step, index)).flags();
  }

  private static int first(List<Step> steps, Predicate<Step> wanted) {
    return IntStream.range(0, steps.size())
        .filter(i -> wanted.test(steps.get(i)))
        .findFirst()
        .orElse(-1);
  }

  private static int last(List<Step> steps, Predicate<Step> wanted) {
    return IntStream.range(0, steps.size())
        .filter(i -> wanted.test(steps.get(i)))
        .reduce((a, b) -> b)
        .orElse(-1);
  }

  private static List<Step> all(List<Step> steps, Predicate<Step> wanted) {
    return steps.stream().filter(wanted).toList();
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
  void user_namespace_is_entered_after_every_mount_as_root() {
    inEveryPlan(
        plan -> {
          if (plan.user().order() != Order.LAST) {
            return;
          }
          int entered = first(plan.container(), entersUserNamespace());
          int mounted =
              last(plan.container(), is(MOUNT, MOVE_MOUNT, MOUNT_SETATTR, PIVOT_ROOT, UMOUNT2));
          assertThat(entered).as(plan.sample().name()).isGreaterThan(mounted).isNotNegative();
          assertThat(plan.launcher()).noneMatch(entersUserNamespace());
        });
  }

  @Test
  void an_ordinary_user_enters_the_user_namespace_before_anything_that_needs_rights() {
    Predicate<Step> harmless = is(Sys.UMASK);
    inEveryPlan(
        plan -> {
          if (plan.user().order() == Order.FIRST) {
            int entered = first(plan.launcher(), entersUserNamespace());
            assertThat(plan.launcher().subList(0, entered)).allMatch(harmless);
            assertThat(plan.container()).noneMatch(entersUserNamespace());
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
            assertThat(all(plan.steps(), is(SETGROUPS)))
                .as(plan.sample().name())
                .hasSize(plan.user().groupsDenied() ? 0 : 1));
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
          assertThat(all(steps, drop)).hasSize(41 - 14);
          assertThat(first(steps, drop)).isGreaterThan(last(steps, entersUserNamespace()));
          assertThat(last(steps, drop)).isLessThan(first(steps, is(CAPSET)));
          assertThat(plan.launcher()).noneMatch(drop);
        });
  }

  @Test
  void capset_leaves_inheritable_empty() {
    inEveryPlan(
        plan -> {
          List<Step> capsets = all(plan.steps(), is(CAPSET));
          assertThat(capsets).hasSize(1);
          List<Arg> words =
              ((Arg.Struct) operand(capsets.get(0), 1))
                  .fields().stream().map(Arg.Field::value).toList();
          assertThat(words.get(2)).isEqualTo(Arg.of(0));
          assertThat(words.get(5)).isEqualTo(Arg.of(0));
        });
  }

  @Test
  void no_new_privs_a_session_of_its_own_and_cloexec_come_before_the_command() {
    inEveryPlan(
        plan ->
            assertOrder(
                plan, is(CAPSET), prctl("PR_SET_NO_NEW_PRIVS"), is(SETSID), is(CLOSE_RANGE)));
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
  void the_ready_report_follows_the_death_signal() {
    inEveryPlan(
        plan -> {
          int signal = last(plan.container(), prctl("PR_SET_PDEATHSIG"));
          assertThat(first(plan.container(), is(SENDTO))).isEqualTo(signal + 1);
          assertThat(all(plan.steps(), is(SENDTO))).hasSize(1);
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

  // Mounts.

  /**
   * A device node in a layer, or one that the container makes, must not work. A bind mount of a
   * device is what /dev consists of. devpts has no other nodes than terminals, and these must work.
   */
  @Test
  void every_mount_is_nodev_or_a_bind() {
    inEveryPlan(
        plan ->
            all(plan.steps(), is(MOUNT)).stream()
                .filter(PlanInvariantsTest::isNew)
                .filter(step -> !operand(step, 2).equals(Arg.of("devpts")))
                .forEach(
                    step -> assertThat(flags(step, 3)).as(plan.at(step)).contains(Mount.MS_NODEV)));
  }

  private static boolean isNew(Step mount) {
    List<Flag> flags = flags(mount, 3);
    return !flags.contains(Mount.MS_BIND) && !flags.contains(Mount.MS_PRIVATE);
  }

  @Test
  void what_is_bound_is_a_device_a_part_of_proc_or_the_hosts_for_a_shared_namespace() {
    Set<String> known =
        Set.of(
            "\"/dev/null\"",
            "\"/dev/zero\"",
            "\"/dev/full\"",
            "\"/dev/random\"",
            "\"/dev/urandom\"",
            "\"/dev/tty\"",
            "\"dev/null\"",
            "\"/dev/mqueue\"",
            "\"/proc\"");
    inEveryPlan(
        plan ->
            all(plan.steps(), is(MOUNT)).stream()
                .filter(step -> flags(step, 3).contains(Mount.MS_BIND))
                .filter(step -> !flags(step, 3).contains(Mount.MS_REMOUNT))
                .filter(step -> !operand(step, 0).equals(operand(step, 1))) // to become read-only
                .forEach(
                    step ->
                        assertThat(known).as(plan.at(step)).contains(operand(step, 0).toString())));
  }

  @Test
  void a_remount_makes_read_only_and_keeps_nodev_but_on_a_device() {
    inEveryPlan(
        plan ->
            all(plan.steps(), is(MOUNT)).stream()
                .filter(step -> flags(step, 3).contains(Mount.MS_REMOUNT))
                .forEach(
                    step -> {
                      boolean device = operand(step, 1).toString().startsWith("\"dev/");
                      assertThat(flags(step, 3))
                          .as(plan.at(step))
                          .contains(Mount.MS_BIND, Mount.MS_RDONLY, Mount.MS_NOSUID)
                          .contains(device ? Mount.MS_NOEXEC : Mount.MS_NODEV);
                    }));
  }

  @Test
  void what_is_the_hosts_is_read_only_and_nodev_before_it_is_attached() {
    inEveryPlan(
        plan -> {
          Set<Arg> safe = new HashSet<>();
          for (Step step : plan.steps()) {
            if (is(MOUNT_SETATTR).test(step)) {
              Arg.Struct attr = (Arg.Struct) operand(step, 3);
              assertThat(((Arg.Bits) attr.fields().get(0).value()).flags())
                  .as(plan.at(step))
                  .contains(
                      MountAttr.MOUNT_ATTR_RDONLY,
                      MountAttr.MOUNT_ATTR_NODEV,
                      MountAttr.MOUNT_ATTR_NOSUID);
              safe.add(operand(step, 0));
            } else if (is(MOVE_MOUNT).test(step)) {
              assertThat(safe).as(plan.at(step)).contains(operand(step, 0));
            }
          }
        });
  }

  @Test
  void mounts_are_cut_off_from_the_host_before_the_first_of_them() {
    inEveryPlan(
        plan -> {
          int mount = first(plan.container(), is(MOUNT, OPEN_TREE));
          if (mount >= 0 && plan.user().order() != Order.FIRST) {
            assertThat(plan.container().get(mount).call())
                .isEqualTo("mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL)");
          }
          assertThat(plan.launcher()).noneMatch(is(MOUNT, MOVE_MOUNT, OPEN_TREE));
        });
  }

  @Test
  void the_old_root_is_gone_right_after_the_pivot_and_no_mount_follows() {
    inEveryPlan(
        plan -> {
          List<Step> steps = plan.container();
          int pivot = first(steps, is(PIVOT_ROOT));
          assertThat(pivot >= 0).isEqualTo(plan.sample().request().spec().rootfs().isPresent());
          if (pivot >= 0) {
            assertThat(steps.get(pivot + 1).call()).isEqualTo("umount2(\".\", MNT_DETACH)");
            assertThat(steps.get(pivot + 2).call()).isEqualTo("chdir(\"/\")");
            assertThat(last(steps, is(MOUNT, MOVE_MOUNT, MOUNT_SETATTR))).isLessThan(pivot);
            assertThat(last(steps, is(CHDIR))).isEqualTo(pivot + 2);
          }
        });
  }

  @Test
  void overlays_and_nodes_are_mounted_with_the_mounters_whole_rights() {
    inEveryPlan(
        plan -> {
          boolean whole = true;
          for (Step step : plan.container()) {
            if (is(SETFSUID).test(step)) {
              whole = operand(step, 0).equals(Arg.of(0));
            }
            boolean overlay = is(MOUNT).test(step) && operand(step, 2).equals(Arg.of("overlay"));
            assertThat(whole || !(overlay || is(PIVOT_ROOT, SETNS).test(step)))
                .as(plan.at(step))
                .isTrue();
          }
        });
  }

  // The end of the plan.

  @Test
  void nothing_but_execve_and_checks_follows_close_range() {
    inEveryPlan(
        plan -> {
          List<Step> steps = plan.steps();
          int close = last(steps, is(CLOSE_RANGE));
          assertThat(close).isPositive();
          assertThat(steps.subList(close + 1, steps.size()))
              .isNotEmpty()
              .allMatch(is(EXECVE).or(step -> step instanceof Step.Check));
          assertThat(steps.subList(0, close)).noneMatch(is(EXECVE));
        });
  }

  @Test
  void a_plan_never_comes_to_its_end() {
    inEveryPlan(
        plan -> {
          Step end = plan.steps().get(plan.steps().size() - 1);
          if (end instanceof Call call) {
            assertThat(call.tolerated()).as(plan.at(end)).isEmpty();
          } else {
            assertThat(end).isInstanceOf(Step.Check.class);
          }
        });
  }

  @Test
  void the_working_directory_is_entered_with_the_containers_rights_and_looked_at() {
    inEveryPlan(
        plan -> {
          assertOrder(plan, is(CAPSET), is(OPENAT2), is(Sys.FCHDIR), is(GETCWD), is(CLOSE_RANGE));
          int getcwd = first(plan.container(), is(GETCWD));
          assertThat(plan.container().get(getcwd + 1)).isInstanceOf(Step.Check.class);
        });
  }

  // What the launcher can run.

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

  private static Stream<Call> calls(Probe plan) {
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
      return call.args().stream().flatMap(PlanInvariantsTest::read);
    }
    return step instanceof Step.Check check ? read(check.subject()) : Stream.empty();
  }

  private static Stream<Slot> read(Arg arg) {
    return arg instanceof Arg.Result result ? Stream.of(result.slot()) : Stream.empty();
  }

  @Test
  void slots_are_read_only_after_they_are_written() {
    inEveryPlan(
        plan -> {
          Set<Slot> written = new HashSet<>();
          for (Step step : plan.steps()) {
            read(step).forEach(slot -> assertThat(written).as(plan.at(step)).contains(slot));
            if (step instanceof Call call) {
              if (call.sys() == CLOSE) {
                read(call).forEach(written::remove); // the number may stand for something else
              }
              if (call.result() != null) {
                written.add(call.result());
              }
            }
          }
        });
  }

  @Test
  void a_result_that_may_be_an_error_is_only_looked_at() {
    inEveryPlan(
        plan -> {
          Set<Slot> doubtful = new HashSet<>();
          for (Step step : plan.steps()) {
            if (step instanceof Call call) {
              read(step)
                  .forEach(slot -> assertThat(doubtful).as(plan.at(step)).doesNotContain(slot));
              if (call.result() != null && !call.tolerated().isEmpty()) {
                doubtful.add(call.result());
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
                        struct.fields().forEach(field -> number(field.value()));
                      }
                    }));
  }

  private static void number(Arg arg) {
    if (!(arg instanceof Arg.Num || arg instanceof Arg.Bits)) {
      fail("neither a number nor flags: " + arg);
    }
  }

  private static int slots(Plan plan) {
    Set<Slot> slots = new HashSet<>();
    for (Step step : plan.steps()) {
      if (step instanceof Call call && call.result() != null) {
        slots.add(call.result());
      }
    }
    return slots.size();
  }

  @Test
  void there_are_no_more_than_64_slots() {
    inEveryPlan(plan -> assertThat(slots(plan.sample().plan())).isLessThanOrEqualTo(MAX_SLOTS));
  }

  @Test
  void a_path_of_a_hundred_directories_needs_no_more_than_64_slots() {
    String path =
        IntStream.range(0, 100).mapToObj(i -> "/nix/store/" + i).collect(Collectors.joining(":"));
    ContainerSpec spec = ContainerSpec.builder().command("sh").env(Map.of("PATH", path)).build();

    assertThat(slots(ContainerSteps.of(ContainerPlansTest.request(spec))))
        .isLessThanOrEqualTo(MAX_SLOTS);
  }

  /** As many as an image of Docker may have. */
  @Test
  void a_root_of_127_layers_needs_no_more_than_64_slots() {
    List<Path> layers = IntStream.range(0, 127).mapToObj(i -> Path.of("/layers/" + i)).toList();
    ContainerSpec spec =
        ContainerSpec.builder().command("/bin/sh").rootfs(LayeredRootfs.layers(layers)).build();

    assertThat(slots(ContainerSteps.of(ContainerPlansTest.request(spec))))
        .isLessThanOrEqualTo(MAX_SLOTS);
  }

  @Test
  void resolv_conf_says_that_there_is_no_name_server_only_in_an_own_network() {
    inEveryPlan(
        plan -> {
          if (plan.sample().name().endsWith("host_network")) {
            assertThat(calls(plan).map(Call::call))
                .as(plan.sample().name())
                .filteredOn(call -> call.contains("no name server"))
                .isEmpty();
          }
        });
  }

  /** The runtime finds nothing to join then, and a new procfs, sysfs or mqueue would be EPERM. */
  @Test
  void an_existing_namespace_that_is_the_jvms_own_is_treated_as_shared() {
    Sample joined =
        ContainerPlansTest.samples().stream()
            .filter(sample -> sample.name().equals("user_joined"))
            .findFirst()
            .orElseThrow();
    LaunchRequest request = joined.request();
    LaunchRequest nothingToJoin =
        new LaunchRequest(
            request.spec(),
            request.id(),
            request.host(),
            request.user(),
            request.idmapLayers(),
            Map.of());

    assertThat(ContainerSteps.of(nothingToJoin).describe())
        .extracting(LaunchPlan.Step::call)
        .filteredOn(call -> call.matches("mount\\(\"(proc|sysfs|mqueue)\".*"))
        .isEmpty();
  }
}
