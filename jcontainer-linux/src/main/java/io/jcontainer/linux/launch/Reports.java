package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher and its child tell the JVM: messages of four 32-bit words, {@code struct
 * report} of launcher.c. No message but an end of file means that execve(2) has closed the socket.
 * Where the command has an init above it, the init keeps the socket, and says both in messages:
 * that the command runs, and how it has ended.
 */
public final class Reports {
  /** The descriptor of the socket to the JVM. */
  public static final int CONTROL = 3;

  /** The size of a message in bytes. */
  static final int SIZE = 16;

  private static final int READY = 1;
  static final int FAILED = 2;
  private static final int RUNNING = 3;
  private static final int EXITED = 4;
  private static final int REFUSED = 5;
  private static final int FILE = 6;
  private static final int TERMINAL = 7;
  private static final int MADE = 8;
  private static final int HELD = 9;

  /** Of cmsg(3). */
  private static final int SOL_SOCKET = 1;

  private static final int SCM_RIGHTS = 1;
  private static final int CMSG_DATA = 16;

  /** A child that sends more is none of ours. */
  private static final int MAX_FILE = 1 << 20;

  /** What an {@link Agent} answers; the third word is the length of what follows. */
  static final int ANSWER = 5;

  private static final Memory MESSAGE = Memory.words("report", READY, 0, 0, 0);

  /** Where clone(2) writes the process number as the JVM sees it: in the message to come. */
  public static final Arg.Address PID = new Arg.Address(MESSAGE, 12);

  private Reports() {}

  /** The call that tells the JVM that the child is there. */
  public static Step.Call ready() {
    return Calls.send(CONTROL, MESSAGE);
  }

  /** The same, and gives the JVM a descriptor along with it. */
  public static void readyWith(Slot descriptor, String what, Steps steps) {
    give(MESSAGE, descriptor, what + "; tells the JVM our pid", "the JVM has it now", steps);
  }

  /**
   * Sends a file that the child has read.
   *
   * @param opened its descriptor, or a negative errno if there is none
   */
  public static void file(Slot opened, Slot size, Memory content, Steps steps) {
    Memory head = Memory.words(content.name() + ": head", FILE, 0, 0, 0);
    String why = "the JVM is told how much will come";
    steps.add(new Step.Store(Arg.of(opened), new Arg.Address(head, 8), 4, why));
    steps.add(new Step.Store(Arg.of(size), new Arg.Address(head, 12), 4, why));
    steps.add(Calls.send(CONTROL, head), "before the content");
    steps.add(Calls.send(CONTROL, content, Arg.of(size)), "the JVM reads what is in it");
  }

  /** Waits for the JVM's answer; if it has died, there is none, and the child must end. */
  public static void receive(Memory answer, Steps steps) {
    Slot received = new Slot("received");
    steps.add(Calls.receive(CONTROL, answer).into(received), "the JVM's answer");
    steps.add(
        new Step.Check(
            "recvfrom() of all",
            Arg.of(received),
            0,
            -1,
            answer.size(),
            false,
            Errno.EPIPE,
            "the JVM is still there"));
  }

  /**
   * Waits for a word of the thread that is the parent, see {@link Launch#goOn}: from now on its end
   * is ours.
   */
  public static void awaitWord(Steps steps) {
    receive(Memory.zeros("word", Launch.WORD.length), steps);
  }

  /** The call that tells the JVM that all steps are taken. */
  public static Step.Call done() {
    return Calls.send(CONTROL, Memory.words("done", RUNNING, 0, 0, 0));
  }

  /** The call that waits for the JVM to close its end. */
  public static Step.Call awaitClose() {
    return Calls.read(CONTROL, Memory.zeros("nothing", 1));
  }

  /** Gives the JVM the master of a terminal, and keeps none: whoever had it could type into it. */
  public static void terminal(Slot master, Steps steps) {
    give(
        message(TERMINAL),
        master,
        "the JVM's side of the terminal",
        "no other process has it",
        steps);
  }

  /** Gives the JVM what it is to hold as long as the container is not closed, and keeps none. */
  public static void held(Slot descriptor, String what, Steps steps) {
    give(message(HELD), descriptor, what, "the container never has it", steps);
  }

  /** Gives the JVM what a {@link Supply} was asked for, and keeps none. */
  static void made(Slot descriptor, Steps steps) {
    give(message(MADE), descriptor, "one more for the JVM", "nobody else keeps it", steps);
  }

  private static Memory message(int kind) {
    return Memory.words("report", kind, 0, 0, 0);
  }

  private static void give(
      Memory message, Slot descriptor, String what, String close, Steps steps) {
    Memory rights = Memory.words("rights", 20, 0, SOL_SOCKET, SCM_RIGHTS, -1, 0);
    steps.add(
        new Step.Store(
            Arg.of(descriptor),
            new Arg.Address(rights, CMSG_DATA),
            4,
            "where sendmsg(2) looks for it"));
    steps.add(Calls.sendmsg(CONTROL, message, rights), "SCM_RIGHTS: " + what);
    steps.add(Calls.close(descriptor), close);
  }

  /**
   * Tells the JVM what each execve(2) has said, once none has succeeded, and waits for its orders:
   * see {@link Inspection}.
   *
   * @param results where those results are, in the order of the calls; 0 for one not made
   */
  public static void refused(List<Slot> results, Steps steps) {
    int[] words = new int[4 + results.size()];
    words[0] = REFUSED;
    words[1] = results.size();
    Memory message = Memory.words("refused", words);
    for (int i = 0; i < results.size(); i++) {
      steps.add(
          new Step.Store(
              Arg.of(results.get(i)),
              new Arg.Address(message, SIZE + 4 * i),
              4,
              "not executed: what execve(2) said"));
    }
    steps.add(Calls.send(CONTROL, message), "the JVM wants to know why");
    steps.add(new Step.More("what it wants to know of the files"));
  }

  /**
   * What was told.
   *
   * @param pid the child's number, or 0 if it did not get that far
   * @param failure the step that failed, or null
   * @param running whether an init has said that the command runs, or has failed before
   * @param refused of how many execve(2) the results follow, if none has succeeded
   * @param status how the command has ended, as wait(2) says it; null as long as no init has told
   */
  record Told(
      int pid, @Nullable Failure failure, boolean running, int refused, @Nullable Integer status) {
    Told(int pid, @Nullable Failure failure) {
      this(pid, failure, false, 0, null);
    }
  }

  /** The number of a step, and its errno. */
  record Failure(int step, int errno) {}

  /**
   * What comes before the content of a file.
   *
   * @param exists whether there is such a file
   */
  record FileHead(boolean exists, int size) {}

  /** Reads what comes before the content of a file; null if it is something else. */
  static @Nullable FileHead parseFile(byte[] bytes) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length != SIZE || words.getInt(0) != FILE) {
      return null;
    }
    int size = words.getInt(12);
    if (size < 0 || size >= MAX_FILE) {
      throw new IllegalStateException("the launcher sends a file of " + size + " bytes");
    }
    return new FileHead(words.getInt(8) >= 0, size);
  }

  /** What came in the place of a file's content: a failure, or less of the file. */
  static Told parseInsteadOfFile(byte[] bytes) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean failed = bytes.length == SIZE && words.getInt(0) == FAILED;
    return parse(bytes, failed ? SIZE : 0);
  }

  /** Whether this is the message that brings a terminal. */
  static boolean isTerminal(byte[] bytes) {
    return isWhole(TERMINAL, bytes);
  }

  /** Whether this is the message that brings what is to be held. */
  static boolean isHeld(byte[] bytes) {
    return isWhole(HELD, bytes);
  }

  /** Whether this is the message that brings what a {@link Supply} was asked for. */
  static boolean isMade(byte[] bytes) {
    return isWhole(MADE, bytes);
  }

  private static boolean isWhole(int kind, byte[] bytes) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.length == SIZE && words.getInt(0) == kind;
  }

  /** Reads as many messages as there are. */
  static Told parse(byte[] bytes, int length) {
    ByteBuffer words = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN);
    int pid = 0;
    Failure failure = null;
    boolean running = false;
    int refused = 0;
    Integer status = null;
    while (words.remaining() >= SIZE) {
      int kind = words.getInt();
      int step = words.getInt();
      int errno = words.getInt();
      int number = words.getInt();
      if (kind == READY) {
        pid = number;
      } else if (kind == FAILED) {
        failure = failure == null ? new Failure(step, errno) : failure; // the first is the cause
      } else if (kind == RUNNING) {
        running = true;
      } else if (kind == EXITED) {
        status = errno;
      } else if (kind == REFUSED) {
        refused = step;
      } else {
        throw new IllegalStateException("the launcher sent a message of kind " + kind);
      }
    }
    return new Told(pid, failure, running, refused, status);
  }
}
