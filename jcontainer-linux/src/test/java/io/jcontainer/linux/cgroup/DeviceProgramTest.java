package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.DeviceRule;
import io.jcontainer.linux.cgroup.bpf.Assembler;
import io.jcontainer.linux.cgroup.bpf.Insn;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeviceProgramTest {
  private static final int MKNOD = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;
  private static final int BLOCK = 1;
  private static final int CHAR = 2;

  private static List<DeviceRule> rules(String... texts) {
    return Stream.of(texts).map(DeviceRule::parse).toList();
  }

  private static boolean allows(
      List<DeviceRule> rules, int type, int major, int minor, int access) {
    List<Insn> program = DeviceProgram.of(rules);
    long result = BpfInterpreter.run(program, access << 16 | type, major, minor);
    assertThat(result).isBetween(0L, 1L); // else the verifier refuses it
    return result == 1;
  }

  @Test
  void without_a_rule_nothing_is_allowed() {
    for (int access = 0; access < 8; access++) {
      assertThat(allows(List.of(), CHAR, 1, 3, access)).isFalse();
      assertThat(allows(List.of(), BLOCK, 8, 0, access)).isFalse();
    }
  }

  @Test
  void a_rule_is_for_its_device_and_no_other() {
    List<DeviceRule> rules = rules("c 1:3 rwm");

    assertThat(allows(rules, CHAR, 1, 3, READ | WRITE | MKNOD)).isTrue();
    assertThat(allows(rules, BLOCK, 1, 3, READ)).isFalse();
    assertThat(allows(rules, CHAR, 2, 3, READ)).isFalse();
    assertThat(allows(rules, CHAR, 1, 4, READ)).isFalse();
  }

  @Test
  void what_is_asked_for_beside_what_is_allowed_is_refused() {
    List<DeviceRule> rules = rules("c 1:3 r");

    assertThat(allows(rules, CHAR, 1, 3, READ)).isTrue();
    assertThat(allows(rules, CHAR, 1, 3, WRITE)).isFalse();
    assertThat(allows(rules, CHAR, 1, 3, READ | WRITE)).isFalse();
    assertThat(allows(rules, CHAR, 1, 3, READ | MKNOD)).isFalse();
  }

  @Test
  void two_rules_for_a_device_allow_what_both_do_together() {
    List<DeviceRule> rules = rules("c 1:3 r", "b 8:0 rwm", "c 1:3 w");

    assertThat(allows(rules, CHAR, 1, 3, READ | WRITE)).isTrue();
    assertThat(allows(rules, CHAR, 1, 3, MKNOD)).isFalse();
  }

  @Test
  void rules_for_other_devices_do_not_add_up() {
    // As on v1, where one entry has to allow all of it.
    assertThat(allows(rules("c *:* r", "c 1:3 w"), CHAR, 1, 3, READ | WRITE)).isFalse();
    assertThat(allows(rules("a *:* r", "c *:* w"), CHAR, 1, 3, READ | WRITE)).isTrue();
  }

  @Test
  void a_star_stands_for_every_number() {
    List<DeviceRule> rules = rules("c 136:* rw", "b *:7 r");

    assertThat(allows(rules, CHAR, 136, 0, READ)).isTrue();
    assertThat(allows(rules, CHAR, 136, 1_048_575, READ | WRITE)).isTrue();
    assertThat(allows(rules, CHAR, 137, 0, READ)).isFalse();
    assertThat(allows(rules, BLOCK, 4095, 7, READ)).isTrue();
    assertThat(allows(rules, BLOCK, 4095, 8, READ)).isFalse();
  }

  @Test
  void all_devices_are_those_of_both_types() {
    List<DeviceRule> all = rules("a *:* rwm");

    assertThat(allows(all, CHAR, 5, 1, READ | WRITE | MKNOD)).isTrue();
    assertThat(allows(all, BLOCK, 259, 3, READ | WRITE | MKNOD)).isTrue();
    assertThat(allows(all, 3, 1, 1, READ)).as("a type that there is not").isFalse();
  }

  @Test
  void what_every_container_may_use_are_null_and_the_like_and_nodes_of_all_but_no_disk() {
    List<DeviceRule> usual = DeviceRule.usual();

    for (int[] device : new int[][] {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}}) {
      assertThat(allows(usual, CHAR, device[0], device[1], READ | WRITE | MKNOD)).isTrue();
    }
    assertThat(allows(usual, CHAR, 136, 17, READ | WRITE)).isTrue();
    assertThat(allows(usual, BLOCK, 8, 0, MKNOD)).isTrue();
    assertThat(allows(usual, BLOCK, 8, 0, READ)).isFalse();
    assertThat(allows(usual, CHAR, 1, 1, READ)).as("/dev/mem").isFalse();
    assertThat(allows(usual, CHAR, 5, 1, WRITE)).as("the host's console").isFalse();
    assertThat(allows(usual, CHAR, 10, 229, READ)).as("/dev/fuse").isFalse();
  }

  /** What the devices controller of v1 says: dev_exception_add() and match_exception(). */
  private static boolean v1Allows(
      List<DeviceRule> rules, int type, int major, int minor, int access) {
    return DeviceRules.merged(rules).stream()
        .anyMatch(
            rule ->
                (rule.type() == DeviceRule.Type.CHAR ? CHAR : BLOCK) == type
                    && rule.major().orElse(major) == major
                    && rule.minor().orElse(minor) == minor
                    && (access & ~bits(rule)) == 0);
  }

  private static int bits(DeviceRule rule) {
    return (rule.read() ? READ : 0) | (rule.write() ? WRITE : 0) | (rule.mknod() ? MKNOD : 0);
  }

  @Test
  void for_random_rules_every_access_is_answered_as_by_v1() {
    Random random = new Random(4711);
    for (int round = 0; round < 200; round++) {
      List<DeviceRule> rules = new ArrayList<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        String major = random.nextInt(4) == 0 ? "*" : "" + random.nextInt(3);
        String minor = random.nextInt(3) == 0 ? "*" : "" + random.nextInt(3);
        String access = List.of("r", "w", "m", "rw", "rm", "rwm").get(random.nextInt(6));
        String device = random.nextInt(6) == 0 ? "a *:*" : "";
        rules.add(
            DeviceRule.parse(
                (device.isEmpty()
                        ? (random.nextBoolean() ? "c " : "b ") + major + ":" + minor
                        : device)
                    + " "
                    + access));
      }
      assertThat(BpfInterpreter.unreachable(DeviceProgram.of(rules))).as("%s", rules).isEmpty();
      for (int question = 0; question < 3 * 3 * 2 * 8; question++) {
        int type = question % 2 + 1;
        int major = question / 2 % 3;
        int minor = question / 6 % 3;
        int access = question / 18;
        assertThat(allows(rules, type, major, minor, access))
            .as("%s: type %d, %d:%d, access %d", rules, type, major, minor, access)
            .isEqualTo(v1Allows(rules, type, major, minor, access));
      }
    }
  }

  @Test
  void the_program_is_encoded_as_struct_bpf_insn() {
    List<Insn> program = DeviceProgram.of(DeviceRule.usual());

    byte[] bytes = Assembler.encode(program);

    assertThat(BpfInterpreter.decode(bytes)).isEqualTo(program);
    assertThat(bytes).startsWith(0x61, 0x12, 0, 0, 0, 0, 0, 0); // r2 = *(u32 *)(r1 + 0)
    assertThat(bytes).endsWith(0x95, 0, 0, 0, 0, 0, 0, 0); // exit
  }

  @Test
  void a_rule_allows_its_own_device_at_the_highest_numbers() {
    List<DeviceRule> rules = rules("b 4095:1048575 r");

    assertThat(allows(rules, BLOCK, 4095, 1_048_575, READ)).isTrue();
    assertThat(allows(rules, BLOCK, 4095, 1_048_574, READ)).isFalse();
  }
}
