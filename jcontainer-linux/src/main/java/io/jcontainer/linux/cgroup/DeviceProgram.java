package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_0;
import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_1;
import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_2;
import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_3;
import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_4;
import static io.jcontainer.linux.cgroup.bpf.Insn.BPF_REG_5;

import io.jcontainer.DeviceRule;
import io.jcontainer.linux.cgroup.bpf.Assembler;
import io.jcontainer.linux.cgroup.bpf.Insn;
import java.util.List;
import java.util.OptionalLong;

/**
 * Rules for devices as a BPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, which the kernel asks
 * whenever a process of the cgroup opens a device or makes a node of one. It has the meaning of v1:
 * an access is allowed if one rule allows all of it, and rules for the same device are one.
 */
final class DeviceProgram {
  // struct bpf_cgroup_dev_ctx
  private static final int ACCESS_TYPE = 0;
  private static final int MAJOR = 4;
  private static final int MINOR = 8;

  private static final int BPF_DEVCG_DEV_BLOCK = 1;
  private static final int BPF_DEVCG_DEV_CHAR = 2;
  private static final int BPF_DEVCG_ACC_MKNOD = 1;
  private static final int BPF_DEVCG_ACC_READ = 2;
  private static final int BPF_DEVCG_ACC_WRITE = 4;
  private static final int BPF_DEVCG_ACC_ALL =
      BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

  /** The lower half of the word; the access is in the upper one. */
  private static final int TYPE_MASK = 0xffff;

  private static final int ACCESS_SHIFT = 16;

  private DeviceProgram() {}

  /** Allows what these rules allow, and nothing else. */
  static List<Insn> of(List<DeviceRule> rules) {
    Assembler program = new Assembler();
    program.add(
        Insn.ldxMemW(BPF_REG_2, BPF_REG_1, ACCESS_TYPE),
        Insn.mov64Reg(BPF_REG_3, BPF_REG_2),
        Insn.and32Imm(BPF_REG_2, TYPE_MASK),
        Insn.rsh32Imm(BPF_REG_3, ACCESS_SHIFT),
        Insn.ldxMemW(BPF_REG_4, BPF_REG_1, MAJOR),
        Insn.ldxMemW(BPF_REG_5, BPF_REG_1, MINOR));
    DeviceRules.merged(rules).forEach(rule -> add(rule, program));
    return program.add(Insn.mov64Imm(BPF_REG_0, 0), Insn.exit()).insns();
  }

  private static void add(DeviceRule rule, Assembler program) {
    Assembler.Block block = program.block();
    block.unless(
        BPF_REG_2, rule.type() == DeviceRule.Type.CHAR ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK);
    compare(block, BPF_REG_4, rule.major());
    compare(block, BPF_REG_5, rule.minor());
    int access = access(rule);
    if (access != BPF_DEVCG_ACC_ALL) { // nothing may be asked for beside it
      program.add(
          Insn.mov64Reg(BPF_REG_1, BPF_REG_3),
          Insn.and32Imm(BPF_REG_1, BPF_DEVCG_ACC_ALL & ~access));
      block.unless(BPF_REG_1, 0);
    }
    program.add(Insn.mov64Imm(BPF_REG_0, 1), Insn.exit());
    block.end();
  }

  /** Numbers of devices have less than 31 bits: {@link DeviceRule}. */
  private static void compare(Assembler.Block block, int register, OptionalLong number) {
    if (number.isPresent()) {
      block.unless(register, Math.toIntExact(number.getAsLong()));
    }
  }

  private static int access(DeviceRule rule) {
    return (rule.mknod() ? BPF_DEVCG_ACC_MKNOD : 0)
        | (rule.read() ? BPF_DEVCG_ACC_READ : 0)
        | (rule.write() ? BPF_DEVCG_ACC_WRITE : 0);
  }
}
