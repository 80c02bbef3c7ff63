package io.jcontainer.linux.process;

import io.jcontainer.ExitStatus;

/** The cgroups of a child: how all in them is killed, and what they say of its end. */
public interface ChildGroup {

  /** Its number is known, and nobody can have killed it on our behalf yet. */
  void began(int pid);

  /** We are about to kill it; it has not been waited for. */
  void beforeKill();

  /** Whether what is killed in them does not end by itself, since v1 has frozen more than them. */
  boolean isHeld();

  /** Kills all that is in them. */
  void killAll();

  /** Lets go on what was frozen: in v1 that has to be, or what was killed would not end. */
  void thaw();

  /** Its init has ended without a word of the command: somebody has killed it. */
  void lost();

  /** Its end, with what they say of it. */
  ExitStatus atEnd(ExitStatus status);
}
