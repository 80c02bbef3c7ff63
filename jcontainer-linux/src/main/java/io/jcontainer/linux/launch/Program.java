package io.jcontainer.linux.launch;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Sys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A plan with its image: what the launcher runs. Writing one takes a tenth of a start, so one
 * program serves all containers of a spec; they differ in their names only, which are of one
 * length.
 */
public final class Program {
  private final Supplier<Plan> plan;
  private final Arch arch;
  private final byte[] image;
  private final int zerosBegin;
  private final String planName;
  private final String name;
  private final List<Integer> nameAt;

  /**
   * Has an image.
   *
   * @param plan makes what it was written from
   */
  Program(
      Supplier<Plan> plan,
      Arch arch,
      ImageWriter.Image image,
      String planName,
      String name,
      List<Integer> nameAt) {
    this.plan = plan;
    this.arch = arch;
    this.image = image.bytes();
    this.zerosBegin = image.zerosBegin();
    this.planName = planName;
    this.name = name;
    this.nameAt = nameAt;
  }

  /**
   * Writes the image of a plan.
   *
   * @param name what stands in the plan for the container's name; nothing else in it is equal to
   *     that
   * @throws InvalidSpecException if command and environment are larger than any kernel takes
   */
  public static Program of(Plan plan, Arch arch, String name) {
    ImageWriter.Image image = write(plan, arch, ImageWriter.CAPACITY);
    return new Program(() -> plan, arch, image, name, name, find(name, image.bytes()));
  }

  /**
   * Writes the image of a plan that names no container and follows another one.
   *
   * @param first the program that ends with {@link Step.More}, whose memory is not zero any more
   * @throws InvalidSpecException as {@link #of} does
   */
  public static Program after(Program first, Plan plan) {
    ImageWriter.Image image = write(plan, first.arch, first.zerosBegin);
    return new Program(() -> plan, first.arch, image, "", "", List.of());
  }

  private static ImageWriter.Image write(Plan plan, Arch arch, int zerosEnd) {
    try {
      return ImageWriter.write(plan, arch, zerosEnd);
    } catch (ImageWriter.ImageTooLargeException e) {
      throw new InvalidSpecException(e.field(), String.valueOf(e.getMessage()));
    }
  }

  /** Writes the image of a plan that names no container. */
  static Program nameless(Plan plan, Arch arch) {
    ImageWriter.Image image = ImageWriter.write(plan, arch, ImageWriter.CAPACITY);
    return new Program(() -> plan, arch, image, "", "", List.of());
  }

  /** Where a name stands; nowhere if it is empty. */
  static List<Integer> find(String word, byte[] image) {
    byte[] name = ascii(word);
    List<Integer> found = new ArrayList<>();
    if (name.length == 0) {
      return found;
    }
    for (int at = 0; at + name.length <= image.length; at++) {
      if (Arrays.equals(image, at, at + name.length, name, 0, name.length)) {
        found.add(at);
      }
    }
    return found;
  }

  /** The same for a container of another name, of the same length. */
  public Program named(String other) {
    byte[] bytes = ascii(other);
    byte[] copy = image.clone();
    for (int at : nameAt) {
      System.arraycopy(bytes, 0, copy, at, bytes.length);
    }
    return new Program(
        plan, arch, new ImageWriter.Image(copy, zerosBegin, Map.of()), planName, other, nameAt);
  }

  /** The size of its image in bytes. */
  public int size() {
    return image.length;
  }

  byte[] image() {
    return image;
  }

  /** From where on it uses memory of the launcher that was zero. */
  int zerosBegin() {
    return zerosBegin;
  }

  /** What it is written for. */
  Arch arch() {
    return arch;
  }

  /** The files that it tries to execute, in their order. */
  List<String> candidates() {
    return executions()
        .mapToObj(i -> ((Arg.Text) ((Step.Call) steps().get(i)).args().get(0)).value())
        .toList();
  }

  /** The step that was refused. */
  LaunchPlan.Step step(Refusal refusal) {
    int[] executions = executions().toArray();
    if (refusal.candidate() >= 0) {
      return describe(executions[refusal.candidate()]);
    }
    List<String> candidates = candidates();
    String first = candidates.get(0);
    String path =
        candidates.stream()
            .map(file -> file.substring(0, file.lastIndexOf('/')))
            .collect(Collectors.joining(":"));
    return new LaunchPlan.Step(
        describe(executions[0]).actor(),
        "execve(\"%s\") in PATH=%s".formatted(first.substring(first.lastIndexOf('/') + 1), path),
        "become the command");
  }

  private List<Step> steps() {
    return plan.get().steps();
  }

  private IntStream executions() {
    return IntStream.range(0, steps().size())
        .filter(i -> steps().get(i) instanceof Step.Call call && call.sys() == Sys.EXECVE);
  }

  /** A step of the plan as users see it, with the container's name. */
  LaunchPlan.Step describe(int index) {
    LaunchPlan.Step step = plan.get().describe(index);
    return new LaunchPlan.Step(step.actor(), step.call().replace(planName, name), step.why());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
