package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.bpf.Insn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Runs a program as the kernel does, and refuses what its verifier would refuse. */
final class BpfInterpreter {
  private static final int REGISTERS = 11;

  private BpfInterpreter() {}

  /**
   * The program's result for a context: three words.
   *
   * @throws AssertionError if it reads a register that has no value, or leaves the program
   */
  static long run(List<Insn> program, int accessType, int major, int minor) {
    int[] context = {accessType, major, minor};
    Long[] registers = new Long[REGISTERS];
    registers[Insn.BPF_REG_1] = 0L; // the context's address
    boolean contextIsThere = true;
    int at = 0;
    while (true) {
      if (at >= program.size()) {
        throw new AssertionError("no exit at " + at);
      }
      Insn insn = program.get(at++);
      switch (insn.code()) {
        case 0x61 -> { // LDX | MEM | W
          if (insn.src() != Insn.BPF_REG_1 || !contextIsThere) {
            throw new AssertionError("reads what is not the context: " + insn);
          }
          registers[insn.dst()] = Integer.toUnsignedLong(context[insn.off() / 4]);
        }
        case 0xb7 -> registers[insn.dst()] = (long) insn.imm(); // ALU64 | MOV | K
        case 0xbf -> registers[insn.dst()] = value(registers, insn.src()); // ALU64 | MOV | X
        case 0x54 -> // ALU | AND | K
            registers[insn.dst()] = (value(registers, insn.dst()) & insn.imm()) & 0xffffffffL;
        case 0x74 -> // ALU | RSH | K
            registers[insn.dst()] = (value(registers, insn.dst()) & 0xffffffffL) >>> insn.imm();
        case 0x55 -> // JMP | JNE | K
            at += value(registers, insn.dst()) == insn.imm() ? 0 : insn.off();
        case 0x95 -> { // JMP | EXIT
          return value(registers, Insn.BPF_REG_0);
        }
        default -> throw new AssertionError("unknown " + insn);
      }
      contextIsThere &= insn.code() == 0x55 || insn.dst() != Insn.BPF_REG_1;
    }
  }

  private static long value(Long[] registers, int number) {
    Long value = registers[number];
    if (value == null) {
      throw new AssertionError("register " + number + " has no value");
    }
    return value;
  }

  /** The instructions that no way through the program comes to. */
  static Set<Integer> unreachable(List<Insn> program) {
    Set<Integer> reachable = new HashSet<>();
    reach(program, 0, reachable);
    Set<Integer> others = new HashSet<>();
    for (int i = 0; i < program.size(); i++) {
      if (!reachable.contains(i)) {
        others.add(i);
      }
    }
    return others;
  }

  private static void reach(List<Insn> program, int from, Set<Integer> reachable) {
    int at = from;
    while (reachable.add(at)) {
      Insn insn = program.get(at++);
      if (insn.code() == 0x95) {
        return;
      }
      if (insn.code() == 0x55) {
        reach(program, at + insn.off(), reachable);
      }
    }
  }

  /** Its instructions as the kernel takes them, read back. */
  static List<Insn> decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Insn> insns = new ArrayList<>();
    while (buffer.hasRemaining()) {
      int code = Byte.toUnsignedInt(buffer.get());
      int registers = Byte.toUnsignedInt(buffer.get());
      insns.add(new Insn(code, registers & 15, registers >> 4, buffer.getShort(), buffer.getInt()));
    }
    return insns;
  }
}
