package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.jcontainer.Capability;
import io.jcontainer.Rlimit;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.security.CapabilitySteps;
import io.jcontainer.linux.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The numbers in our tables are those of the kernel's headers, where this machine has these. */
class KernelHeadersTest {
  private static final Pattern DEFINE =
      Pattern.compile("#\\s*define\\s+(\\w+)\\s+\\(?([0-9][0-9a-fA-Fx]*)(?:\\s*<<\\s*([0-9]+))?");

  /** The constants of the first of these files that is there, and the tests that need it skip. */
  private static Map<String, Long> defines(String... candidates) {
    List<Path> files =
        Stream.of(candidates).map(Path.of("/usr")::resolve).filter(Files::isReadable).toList();
    assumeFalse(
        files.isEmpty(),
        "no kernel headers here (apt-get install linux-libc-dev linux-libc-dev-arm64-cross): "
            + Arrays.asList(candidates));
    Map<String, Long> defines = new HashMap<>();
    try (Stream<String> lines = Files.lines(files.get(0))) {
      lines.map(DEFINE::matcher).filter(Matcher::lookingAt).forEach(m -> define(m, defines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return defines;
  }

  private static void define(Matcher matcher, Map<String, Long> defines) {
    long number = Long.decode(matcher.group(2));
    String shift = matcher.group(3);
    defines.put(matcher.group(1), shift == null ? number : number << Integer.parseInt(shift));
  }

  private static Map<String, Long> linux(String file) {
    return defines("include/linux/" + file);
  }

  /** The last file that has a name counts: an architecture's own comes after the generic one. */
  @SafeVarargs
  private static Map<String, Long> all(Map<String, Long>... parts) {
    Map<String, Long> all = new HashMap<>();
    for (Map<String, Long> part : parts) {
      all.putAll(part);
    }
    return all;
  }

  private static void assertNumbers(Arch arch, Map<String, Long> defines, String prefix) {
    Map<String, Long> expected = new TreeMap<>();
    Map<String, Long> actual = new TreeMap<>();
    for (Sys sys : Sys.values()) {
      // Calls that differ between 32 and 64 bits have a detour there.
      Long detour = defines.get("__NR3264_" + sys);
      expected.put(sys.toString(), defines.getOrDefault(prefix + sys, detour));
      actual.put(sys.toString(), (long) sys.number(arch));
    }
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void system_calls_have_the_numbers_of_x86_64() {
    assertNumbers(
        Arch.X86_64,
        defines("include/x86_64-linux-gnu/asm/unistd_64.h", "include/asm/unistd_64.h"),
        "__NR_");
  }

  @Test
  void system_calls_have_the_numbers_of_aarch64() {
    assertNumbers(Arch.AARCH64, defines("include/asm-generic/unistd.h"), "__NR_");
  }

  private static void assertFlags(Arch arch, Flag[] flags, Map<String, Long> defines) {
    Map<String, Long> expected = new TreeMap<>();
    Map<String, Long> actual = new TreeMap<>();
    for (Flag flag : flags) {
      expected.put(flag.toString(), defines.get(flag.toString()));
      actual.put(flag.toString(), flag.bits(arch));
    }
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void flags_for_opening_have_the_bits_of_x86_64() {
    assertFlags(
        Arch.X86_64,
        Flag.Open.values(),
        all(defines("include/asm-generic/fcntl.h"), linux("fcntl.h"), linux("mount.h")));
  }

  @Test
  void flags_for_opening_have_the_bits_of_aarch64() {
    assertFlags(
        Arch.AARCH64,
        Flag.Open.values(),
        all(
            defines("include/asm-generic/fcntl.h"),
            linux("fcntl.h"),
            linux("mount.h"),
            defines("aarch64-linux-gnu/include/asm/fcntl.h")));
  }

  @Test
  void flags_for_resolving_mounting_and_cloning_have_their_bits() {
    assertFlags(Arch.X86_64, Flag.Resolve.values(), linux("openat2.h"));
    assertFlags(Arch.X86_64, Flag.MountAttr.values(), linux("mount.h"));
    assertFlags(
        Arch.X86_64,
        Flag.Clone.values(),
        all(linux("sched.h"), defines("include/asm-generic/signal.h")));
    // MNT_DETACH is a constant of the C library's header only.
    assertFlags(
        Arch.X86_64,
        Flag.Mount.values(),
        all(linux("mount.h"), Map.of("MNT_DETACH", Flag.Mount.MNT_DETACH.bits(Arch.X86_64))));
    assertThat(Flag.Mount.MNT_DETACH.bits(Arch.X86_64)).isEqualTo(2);
  }

  @Test
  void every_error_number_has_its_name() {
    Map<String, Long> defines =
        all(defines("include/asm-generic/errno-base.h"), defines("include/asm-generic/errno.h"));
    Map<String, Long> expected = new TreeMap<>(defines);
    expected.keySet().removeIf(name -> !name.startsWith("E"));
    Map<String, Long> actual = new TreeMap<>();
    for (Errno errno : Errno.values()) {
      actual.put(errno.name(), (long) errno.number());
      assertThat(Errno.of(errno.number())).isEqualTo(errno);
    }
    assertThat(without(actual, expected)).as("ours only").isEmpty();
    assertThat(without(expected, actual)).as("the kernel's only").isEmpty();
  }

  private static Set<Map.Entry<String, Long>> without(
      Map<String, Long> all, Map<String, Long> but) {
    Set<Map.Entry<String, Long>> rest = new HashSet<>(all.entrySet());
    rest.removeAll(but.entrySet());
    return rest;
  }

  /** Docker's documentation, "Runtime privilege and Linux capabilities". */
  private static final Set<String> KEPT =
      Set.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_RAW",
          "CAP_SYS_CHROOT",
          "CAP_MKNOD",
          "CAP_AUDIT_WRITE",
          "CAP_SETFCAP");

  @Test
  void capabilities_outside_of_dockers_default_set_are_dropped_by_their_numbers() {
    Map<String, Long> expected = capabilities();
    expected.keySet().removeAll(KEPT);
    Steps steps = new Steps();
    CapabilitySteps.bound(ContainerPlansTest.requestWithLastCapability(40).process(), steps);

    Map<String, Long> dropped = new TreeMap<>();
    for (Step step : steps.toPlan().steps()) {
      Arg.Num capability = (Arg.Num) ((Step.Call) step).args().get(1);
      dropped.put(capability.toString(), capability.value());
    }

    assertThat(dropped).isEqualTo(expected);
  }

  @Test
  void dockers_default_set_is_kept_by_its_numbers() {
    Map<String, Long> numbers = capabilities();
    long expected =
        KEPT.stream().mapToLong(name -> 1L << Objects.requireNonNull(numbers.get(name))).sum();
    Steps steps = new Steps();
    CapabilitySteps.keep(ContainerPlansTest.samples().get(0).request().process(), steps);
    Plan plan = steps.toPlan();

    assertThat(plan.steps()).hasSize(1);
    Arg.Struct sets = (Arg.Struct) ((Step.Call) plan.steps().get(0)).args().get(1);
    List<Long> words =
        sets.fields().stream().map(field -> ((Arg.Num) field.value()).value()).toList();
    long low = expected & 0xFFFF_FFFFL;
    long high = expected >>> 32;
    assertThat(words).containsExactly(low, low, 0L, high, high, 0L);
  }

  @Test
  void capabilities_and_resources_have_the_numbers_of_the_kernel() {
    Map<String, Long> capabilities = new TreeMap<>();
    for (Capability capability : Capability.values()) {
      capabilities.put(capability.toString(), (long) capability.number());
    }
    assertThat(capabilities).isEqualTo(capabilities());

    Map<String, Long> defines = defines("include/asm-generic/resource.h");
    for (Rlimit.Resource resource : Rlimit.Resource.values()) {
      assertThat(defines.get("RLIMIT_" + resource.name())).isEqualTo(resource.number());
    }
  }

  /** All of Linux 5.9 to 6.18. */
  private static Map<String, Long> capabilities() {
    Map<String, Long> capabilities = new TreeMap<>(linux("capability.h"));
    capabilities.keySet().removeIf(name -> !name.startsWith("CAP_"));
    capabilities.values().removeIf(number -> number > 40);
    capabilities.keySet().remove("CAP_LAST_CAP");
    assertThat(capabilities).hasSize(41);
    return capabilities;
  }

  @Test
  void a_capability_that_is_newer_than_our_table_is_dropped_too() {
    Steps steps = new Steps();
    CapabilitySteps.bound(ContainerPlansTest.requestWithLastCapability(42).process(), steps);

    List<String> calls = steps.toPlan().steps().stream().map(Step::call).toList();

    assertThat(calls)
        .contains("prctl(PR_CAPBSET_DROP, capability 41, 0, 0, 0)")
        .contains("prctl(PR_CAPBSET_DROP, capability 42, 0, 0, 0)")
        .hasSize(43 - KEPT.size());
    assertThat(Objects.toString(calls).toLowerCase(Locale.ROOT)).doesNotContain("cap_chown");
  }
}
