package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Sys.CHDIR;
import static io.jcontainer.linux.plan.Sys.FSMOUNT;
import static io.jcontainer.linux.plan.Sys.MOUNT;
import static io.jcontainer.linux.plan.Sys.MOUNT_SETATTR;
import static io.jcontainer.linux.plan.Sys.MOVE_MOUNT;
import static io.jcontainer.linux.plan.Sys.OPEN_TREE;
import static io.jcontainer.linux.plan.Sys.PIVOT_ROOT;
import static io.jcontainer.linux.plan.Sys.SETFSUID;
import static io.jcontainer.linux.plan.Sys.SETNS;
import static io.jcontainer.linux.plan.Sys.UNSHARE;
import static io.jcontainer.linux.plan.Sys.WRITE;
import static io.jcontainer.linux.run.PlanInvariantsTest.all;
import static io.jcontainer.linux.run.PlanInvariantsTest.calls;
import static io.jcontainer.linux.run.PlanInvariantsTest.entersUserNamespace;
import static io.jcontainer.linux.run.PlanInvariantsTest.first;
import static io.jcontainer.linux.run.PlanInvariantsTest.flags;
import static io.jcontainer.linux.run.PlanInvariantsTest.inEveryPlan;
import static io.jcontainer.linux.run.PlanInvariantsTest.is;
import static io.jcontainer.linux.run.PlanInvariantsTest.last;
import static io.jcontainer.linux.run.PlanInvariantsTest.operand;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Flag.Mount;
import io.jcontainer.linux.plan.Flag.MountAttr;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What holds of the mounts of every plan. */
class MountInvariantsTest {
  /**
   * A device node in a layer, or one that the container makes, must not work. A bind mount of a
   * device is what /dev consists of. devpts has no other nodes than terminals, and these must work.
   */
  @Test
  void every_mount_is_nodev_or_a_bind() {
    inEveryPlan(
        plan ->
            all(plan.steps(), is(MOUNT)).stream()
                .filter(MountInvariantsTest::isNew)
                .filter(step -> !operand(step, 2).equals(Arg.of("devpts")))
                .forEach(
                    step -> assertThat(flags(step, 3)).as(plan.at(step)).contains(Mount.MS_NODEV)));
  }

  private static boolean isNew(Step mount) {
    List<Flag> flags = flags(mount, 3);
    return Collections.disjoint(flags, List.of(Mount.MS_BIND, Mount.MS_PRIVATE, Mount.MS_SLAVE));
  }

  /** Empty files take no pages, but kernel memory. */
  @Test
  void every_tmpfs_is_limited_in_bytes_and_files() {
    inEveryPlan(
        plan ->
            all(plan.steps(), is(MOUNT).and(step -> operand(step, 2).equals(Arg.of("tmpfs"))))
                .forEach(
                    step ->
                        assertThat(operand(step, 4).toString())
                            .as(plan.at(step))
                            .contains("size=", "nr_inodes=")));
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
                          .contains(Mount.MS_BIND, Mount.MS_RDONLY)
                          .contains(device ? Mount.MS_NOEXEC : Mount.MS_NODEV);
                    }));
  }

  /** What a spec names may be writable, or a device; never both, and never with set-user-id. */
  @Test
  void what_is_the_hosts_has_its_flags_before_it_is_attached() {
    inEveryPlan(
        plan -> {
          Set<Arg> safe = new HashSet<>();
          for (Step step : plan.steps()) {
            if (is(MOUNT_SETATTR).test(step)) {
              Arg.Struct attr = (Arg.Struct) operand(step, 3);
              List<Flag> flags = ((Arg.Bits) attr.fields().get(0).value()).flags();
              String tree = operand(step, 0).toString();
              boolean ofTheSpec = tree.matches("<(mount[0-9]+|mask)>");
              assertThat(flags)
                  .as(plan.at(step))
                  .containsAnyOf(MountAttr.MOUNT_ATTR_RDONLY, MountAttr.MOUNT_ATTR_NODEV);
              // A root that is a copy is the container's: set-user-id and all.
              boolean copy = tree.equals("<copy>") || operand(step, 1).toString().equals("\".\"");
              if (!ofTheSpec && !copy) {
                assertThat(flags)
                    .as(plan.at(step))
                    .contains(MountAttr.MOUNT_ATTR_NODEV, MountAttr.MOUNT_ATTR_NOSUID);
                // Only a write layer that is kept is there to be written.
                assertThat(flags.contains(MountAttr.MOUNT_ATTR_RDONLY))
                    .as(plan.at(step))
                    .isEqualTo(!tree.equals("<kept>"));
              }
              safe.add(operand(step, 0));
            } else if (is(FSMOUNT).test(step) || isOfOurs(step)) {
              safe.add(Arg.of(Objects.requireNonNull(((Call) step).result())));
            } else if (is(OPEN_TREE).test(step)) {
              safe.remove(Arg.of(Objects.requireNonNull(((Call) step).result())));
            } else if (is(MOVE_MOUNT).test(step)) {
              assertThat(safe).as(plan.at(step)).contains(operand(step, 0));
            }
          }
        });
  }

  /** A part of what is no host's: by a descriptor, and not by a path. */
  private static boolean isOfOurs(Step step) {
    // What a server serves was made by our steps, and is not on the host's.
    return (is(OPEN_TREE).test(step) && operand(step, 0) instanceof Arg.Result)
        || step.call().endsWith(" = <served>");
  }

  @Test
  void mounts_are_cut_off_from_the_host_before_the_first_of_them() {
    inEveryPlan(
        plan -> {
          int mount = first(plan.container(), is(MOUNT, OPEN_TREE));
          if (mount >= 0 && isPrepared(plan)) {
            Step behindCgroups = all(plan.container(), is(WRITE, UNSHARE).negate()).get(0);
            assertThat(behindCgroups.call()).startsWith("chdir(\"/new/");
            assertThat(last(plan.launcher(), entersMountNamespace()))
                .isEqualTo(plan.launcher().size() - 1);
          } else if (mount >= 0 && plan.user().order() != Order.FIRST) {
            assertThat(plan.container().get(mount).call())
                .matches("mount\\(NULL, \"/\", NULL, MS_REC\\|MS_(PRIVATE|SLAVE), NULL\\)");
          }
          assertThat(plan.launcher()).noneMatch(is(MOUNT, MOVE_MOUNT, OPEN_TREE));
        });
  }

  /** Whether it goes on in a mount namespace that was made before: see PreparedRoot. */
  private static boolean isPrepared(PlanInvariantsTest.Probe plan) {
    return plan.sample().request().prepared().containsKey(Kind.MOUNT);
  }

  private static Predicate<Step> entersMountNamespace() {
    return is(SETNS).and(step -> flags(step, 1).contains(Flag.Clone.CLONE_NEWNS));
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
  void overlays_are_mounted_and_the_user_namespace_is_entered_with_whole_rights() {
    inEveryPlan(
        plan -> {
          boolean whole = true;
          for (Step step : plan.container()) {
            if (is(SETFSUID).test(step)) {
              whole = operand(step, 0).equals(Arg.of(0));
            }
            boolean overlay = is(MOUNT).test(step) && operand(step, 2).equals(Arg.of("overlay"));
            assertThat(whole || !(overlay || is(PIVOT_ROOT).or(entersUserNamespace()).test(step)))
                .as(plan.at(step))
                .isTrue();
          }
        });
  }

  @Test
  void resolv_conf_is_made_up_only_where_the_network_is_not_the_hosts() {
    inEveryPlan(
        plan -> {
          LaunchRequest request = plan.sample().request();
          boolean host = request.spec().rootfs().filter(LayeredRootfs::isHost).isPresent();
          assertThat(calls(plan).map(Call::call))
              .as(plan.sample().name())
              .filteredOn(call -> call.startsWith("openat(AT_FDCWD, \"etc/resolv.conf\""))
              .hasSize(host && !isPrepared(plan) && !request.shared(Kind.NETWORK) ? 1 : 0);
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
            Map.of(),
            request.sources());

    assertThat(ContainerSteps.of(nothingToJoin).describe())
        .extracting(LaunchPlan.Step::call)
        .filteredOn(call -> call.matches("mount\\(\"(proc|sysfs|mqueue)\".*"))
        .isEmpty();
  }
}
