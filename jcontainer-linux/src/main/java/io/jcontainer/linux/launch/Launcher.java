package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Starts plans. Each process that it makes is a child of the thread that starts it. */
public final class Launcher {
  private final Kernel kernel;
  private final LauncherBinary binary;
  private final Arch arch;
  private final UnaryOperator<Plan> plans;

  /** Uses this program. */
  public Launcher(Kernel kernel, LauncherBinary binary, Arch arch) {
    this(kernel, binary, arch, UnaryOperator.identity());
  }

  /**
   * The same.
   *
   * @param plans what becomes of each plan before it is compiled: {@code dev/explain-start} has
   *     clocks in them
   */
  public Launcher(Kernel kernel, LauncherBinary binary, Arch arch, UnaryOperator<Plan> plans) {
    this.kernel = kernel;
    this.binary = binary;
    this.arch = arch;
    this.plans = plans;
  }

  /** What it compiles for. */
  public Arch arch() {
    return arch;
  }

  /** The program of a plan in which this name stands for the container's. */
  public Program compile(Plan plan, String name) {
    return Program.of(plans.apply(plan), arch, name);
  }

  /** The same without the words of its process. */
  public Template template(Plan plan, String name) {
    return Template.of(plans.apply(plan), arch, name);
  }

  /** The program of such a template. */
  public Program fill(Template template, Words words, Supplier<Plan> plan) {
    return template.fill(words, () -> plans.apply(plan.get()));
  }

  /**
   * Starts an agent, which has then taken these steps.
   *
   * @param others the descriptors that they find from 4 on; 0, 1 and 2 are /dev/null
   */
  public Agent agent(Steps steps, List<Fd> others) {
    int readWrite = 2;
    try (Fd nothing = kernel.open("/dev/null", readWrite)) {
      Program program = Agent.program(steps, Arg.NULL, Arg.of(0), arch);
      Launch launch = begin(program, List.of(nothing, nothing, nothing), others);
      return Agent.started(launch, program, arch);
    }
  }

  /**
   * Starts a supply, which has then taken its first steps.
   *
   * @param first what it does once, before the first order
   * @param others the descriptors that this finds from 4 on; 0, 1 and 2 are /dev/null
   * @param make what it does for each order
   * @param made where this keeps the descriptor
   */
  public Supply supply(Steps first, List<Fd> others, Steps make, Slot made) {
    Program entrance = Supply.entrance(first, arch);
    Program order = Supply.order(make, made, arch);
    int readWrite = 2;
    try (Fd nothing = kernel.open("/dev/null", readWrite)) {
      Launch launch = begin(entrance, List.of(nothing, nothing, nothing), others);
      return Supply.entered(launch, entrance, order);
    }
  }

  /**
   * Starts the launcher and gives it the program.
   *
   * @param streams what the plan finds as descriptors 0, 1 and 2
   * @param others what it finds from 4 on
   */
  public Launch begin(Program program, List<Fd> streams, List<Fd> others) {
    Fd[] control = kernel.socketpair();
    Launch launch = null;
    try {
      try (Fd theirs = control[1]) {
        List<Fd> descriptors = new ArrayList<>(streams);
        descriptors.add(theirs);
        descriptors.addAll(others);
        byte[] firstToClose = {(byte) descriptors.size()};
        int pid =
            kernel.spawn(
                binary.path(),
                List.of("jcontainer".getBytes(StandardCharsets.US_ASCII), firstToClose),
                descriptors);
        launch = new Launch(kernel, program, pid, control[0]);
      }
      // The launcher's exec is still under way while we write: it does not wait for us.
      launch.send(program.image());
      return launch;
    } catch (RuntimeException | Error e) {
      if (launch == null) {
        control[0].close();
      } else {
        launch.abandon(e);
      }
      throw e;
    }
  }
}
