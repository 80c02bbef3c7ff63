package io.jcontainer.linux.launch;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.process.Process1;
import io.jcontainer.linux.process.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The image of a plan without the words of its process: the working directory, and what execve(2)
 * takes. They are put behind it for each process, which takes a small part of the time that writing
 * a whole image does; nothing of one process's words is ever in the image of another.
 */
public final class Template {
  private final ImageWriter.Image image;
  private final Arch arch;
  private final String name;
  private final List<Integer> nameAt;
  private final List<ImageWriter.Hole> holes;

  private Template(ImageWriter.Image image, Arch arch, String name, List<ImageWriter.Hole> holes) {
    this.image = image;
    this.arch = arch;
    this.name = name;
    this.nameAt = Program.find(name, image.bytes());
    this.holes = holes;
  }

  /**
   * Writes the image of a plan.
   *
   * @param name what stands in the plan for the container's name; nothing else in it is equal to
   *     that, but for the process's words
   */
  static Template of(Plan plan, Arch arch, String name) {
    return of(plan, arch, name, ImageWriter.CAPACITY);
  }

  /** The same for one that follows another, which uses memory from here on. */
  static Template of(Plan plan, Arch arch, String name, int zerosEnd) {
    List<ImageWriter.Hole> holes = holes(plan.steps());
    try {
      return new Template(ImageWriter.write(plan, arch, zerosEnd, holes), arch, name, holes);
    } catch (ImageWriter.ImageTooLargeException e) {
      throw new InvalidSpecException(e.field(), String.valueOf(e.getMessage()));
    }
  }

  /** In the order of {@link #values}. */
  private static List<ImageWriter.Hole> holes(List<Step> steps) {
    List<ImageWriter.Hole> holes = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      if (Process1.isWorkingDirectory(steps.get(i))) {
        holes.add(new ImageWriter.Hole(i, 1));
      } else if (steps.get(i) instanceof Step.Call call && call.sys() == Sys.EXECVE) {
        for (int arg = 0; arg < 3; arg++) {
          holes.add(new ImageWriter.Hole(i, arg));
        }
      }
    }
    return holes;
  }

  private static List<Arg> values(Words words) {
    List<Arg> values = new ArrayList<>();
    values.add(Arg.of(words.cwd()));
    for (String candidate : words.candidates()) {
      values.add(Arg.of(candidate));
      values.add(words.argv());
      values.add(words.environment());
    }
    return values;
  }

  /** The size of its image in bytes. */
  public int size() {
    return image.bytes().length;
  }

  /**
   * The program of a process.
   *
   * @param words with as many candidates as the plan has
   * @param plan makes the plan with these words, should it be needed for a message
   * @throws InvalidSpecException if command and environment are larger than any kernel takes
   */
  public Program fill(Words words, Supplier<Plan> plan) {
    try {
      // One that is parked takes the words with its last steps.
      List<Arg> values = holes.isEmpty() ? List.of() : values(words);
      ImageWriter.Image filled = ImageWriter.fill(image, arch, holes, values);
      return new Program(plan, arch, filled, name, name, nameAt);
    } catch (ImageWriter.ImageTooLargeException e) {
      throw new InvalidSpecException(e.field(), String.valueOf(e.getMessage()));
    }
  }
}
