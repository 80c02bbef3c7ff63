package io.jcontainer.linux.cgroup.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Puts instructions one behind the other. Not for several threads. */
public final class Assembler {
  private final List<Insn> insns = new ArrayList<>();

  /** A part of a program that is left, for what comes behind it, if a comparison fails. */
  public final class Block {
    private final List<Integer> exits = new ArrayList<>();

    private Block() {}

    /** Leaves it if a register is not this number. */
    public Block unless(int register, int number) {
      exits.add(insns.size());
      insns.add(Insn.jneImm(register, number, 0));
      return this;
    }

    /** Ends it here: whoever leaves it goes on with the next instruction. */
    public void end() {
      for (int at : exits) {
        Insn jump = insns.get(at);
        insns.set(at, Insn.jneImm(jump.dst(), jump.imm(), insns.size() - at - 1));
      }
    }
  }

  /** Adds instructions. */
  public Assembler add(Insn... more) {
    insns.addAll(List.of(more));
    return this;
  }

  /** Begins a block. */
  public Block block() {
    return new Block();
  }

  /** All of it. */
  public List<Insn> insns() {
    return List.copyOf(insns);
  }

  /** As bpf(2) takes it. */
  public static byte[] encode(List<Insn> insns) {
    ByteBuffer bytes = ByteBuffer.allocate(insns.size() * Insn.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    insns.forEach(insn -> insn.encode(bytes));
    return bytes.array();
  }
}
