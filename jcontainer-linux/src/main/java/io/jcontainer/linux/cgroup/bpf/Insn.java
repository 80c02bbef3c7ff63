package io.jcontainer.linux.cgroup.bpf;

import java.nio.ByteBuffer;

/**
 * One instruction: struct bpf_insn of linux/bpf.h. The methods that make them are named after the
 * macros of the kernel's linux/filter.h.
 *
 * @param code what is done: class, size or source, and mode or operation
 * @param dst the register that is changed, or compared
 * @param src the register that it is done with
 * @param off where in memory, or how many instructions are jumped over
 * @param imm the constant that it is done with
 */
public record Insn(int code, int dst, int src, int off, int imm) {
  /** Of the encoded form, in bytes. */
  public static final int SIZE = 8;

  // Registers: the result, the context that a program is given, and some that are free.
  public static final int BPF_REG_0 = 0;
  public static final int BPF_REG_1 = 1;
  public static final int BPF_REG_2 = 2;
  public static final int BPF_REG_3 = 3;
  public static final int BPF_REG_4 = 4;
  public static final int BPF_REG_5 = 5;

  // Classes.
  public static final int BPF_LDX = 0x01;
  public static final int BPF_ALU = 0x04;
  public static final int BPF_JMP = 0x05;
  public static final int BPF_ALU64 = 0x07;

  // Sizes and modes of loads.
  public static final int BPF_W = 0x00;
  public static final int BPF_MEM = 0x60;

  // Sources: the constant, or a register.
  public static final int BPF_K = 0x00;
  public static final int BPF_X = 0x08;

  // Operations.
  public static final int BPF_AND = 0x50;
  public static final int BPF_RSH = 0x70;
  public static final int BPF_MOV = 0xb0;
  public static final int BPF_JNE = 0x50;
  public static final int BPF_EXIT = 0x90;

  private static final int HIGHEST_OFFSET = Short.MAX_VALUE;

  /** Checks that the offset fits into the 16 bits that there are for it. */
  public Insn {
    if (off < 0 || off > HIGHEST_OFFSET) {
      throw new IllegalArgumentException("offset " + off + " is not from 0 to " + HIGHEST_OFFSET);
    }
  }

  /** dst = the 32 bits at src + off. */
  public static Insn ldxMemW(int dst, int src, int off) {
    return new Insn(BPF_LDX | BPF_MEM | BPF_W, dst, src, off, 0);
  }

  /** dst = imm. */
  public static Insn mov64Imm(int dst, int imm) {
    return new Insn(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
  }

  /** dst = src. */
  public static Insn mov64Reg(int dst, int src) {
    return new Insn(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
  }

  /** dst = the lower 32 bits of (dst &amp; imm). */
  public static Insn and32Imm(int dst, int imm) {
    return new Insn(BPF_ALU | BPF_AND | BPF_K, dst, 0, 0, imm);
  }

  /** dst = the lower 32 bits of dst, moved right by imm, without a sign. */
  public static Insn rsh32Imm(int dst, int imm) {
    return new Insn(BPF_ALU | BPF_RSH | BPF_K, dst, 0, 0, imm);
  }

  /** Jumps over off instructions if dst is not imm. */
  public static Insn jneImm(int dst, int imm, int off) {
    return new Insn(BPF_JMP | BPF_JNE | BPF_K, dst, 0, off, imm);
  }

  /** Ends the program with the result in register 0. */
  public static Insn exit() {
    return new Insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  }

  /** In the order of bytes of both architectures; the registers share one byte. */
  void encode(ByteBuffer target) {
    target.put((byte) code).put((byte) (src << 4 | dst)).putShort((short) off).putInt(imm);
  }
}
