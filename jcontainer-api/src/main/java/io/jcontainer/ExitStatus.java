package io.jcontainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the container's first process ended: by exit(2), or by a signal.
 *
 * @param code the exit code, 0 to 255; 0 if a signal ended it
 * @param signalNumber the number of the signal that ended it, 1 to 64; 0 if it exited by itself
 * @param timedOut whether jcontainer ended it because its {@link ContainerSpec#timeout()} was over
 * @param oomKilled whether the kernel ended it, or with an {@linkplain ContainerSpec#init() init}
 *     its command, because the container could get no more memory; false for a container without
 *     {@linkplain ContainerSpec#limits() limits}, and for further processes
 * @param peakMemory the most memory that the container has had; empty without limits, for further
 *     processes, and where the kernel does not tell
 * @since 0.1.0
 */
public record ExitStatus(
    int code,
    int signalNumber,
    boolean timedOut,
    boolean oomKilled,
    Optional<ByteSize> peakMemory) {

  /**
   * It ended by itself.
   *
   * @param code the exit code, 0 to 255
   * @return the status
   */
  public static ExitStatus exited(int code) {
    return new ExitStatus(code, 0, false);
  }

  /**
   * A signal ended it.
   *
   * @param number the signal's number, such as 9 for SIGKILL
   * @return the status
   */
  public static ExitStatus signaled(int number) {
    return new ExitStatus(0, number, false);
  }

  /**
   * Checks the ranges.
   *
   * @param code the exit code, 0 to 255; 0 if a signal ended it
   * @param signalNumber the number of the signal that ended it, 1 to 64; 0 if it exited by itself
   * @param timedOut whether jcontainer ended it because its time was over
   * @param oomKilled whether the kernel ended it for want of memory
   * @param peakMemory the most memory that it has had, if that was counted
   */
  public ExitStatus {
    boolean both = code != 0 && signalNumber != 0;
    if (both || code < 0 || code > 255 || signalNumber < 0 || signalNumber > 64) {
      throw new IllegalArgumentException("not an exit status: " + code + ", " + signalNumber);
    }
  }

  /**
   * Without anything about memory.
   *
   * @param code the exit code, 0 to 255; 0 if a signal ended it
   * @param signalNumber the number of the signal that ended it, 1 to 64; 0 if it exited by itself
   * @param timedOut whether jcontainer ended it because its time was over
   */
  public ExitStatus(int code, int signalNumber, boolean timedOut) {
    this(code, signalNumber, timedOut, false, Optional.empty());
  }

  /**
   * The same end, with what is known about memory.
   *
   * @param killed whether the kernel ended it for want of memory
   * @param peak the most memory that it has had, if that was counted
   * @return a status
   */
  public ExitStatus withMemory(boolean killed, Optional<ByteSize> peak) {
    return new ExitStatus(code, signalNumber, timedOut, killed, peak);
  }

  /**
   * Whether it ended by itself with code 0.
   *
   * @return true for success
   */
  public boolean isSuccess() {
    return code == 0 && signalNumber == 0;
  }

  /**
   * The signal that ended it.
   *
   * @return the signal, or empty if it exited by itself
   */
  public Optional<Signal> signal() {
    return signalNumber == 0 ? Optional.empty() : Optional.of(new Signal(signalNumber));
  }

  /**
   * The one number that shells and Docker make of both: the exit code, or 128 plus the signal.
   *
   * @return 0 to 255
   */
  public int shellCode() {
    return signalNumber == 0 ? code : 128 + signalNumber;
  }

  @Override
  public String toString() {
    String how = signalNumber == 0 ? "exited with " + code : "killed by signal " + signalNumber;
    List<String> more = new ArrayList<>();
    if (timedOut) {
      more.add("timed out");
    }
    if (oomKilled) {
      more.add("out of memory");
    }
    peakMemory.ifPresent(peak -> more.add("at most " + peak.bytes() + " bytes of memory"));
    return more.isEmpty() ? how : how + " (" + String.join(", ", more) + ")";
  }
}
