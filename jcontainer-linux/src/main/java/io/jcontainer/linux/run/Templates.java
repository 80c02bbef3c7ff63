package io.jcontainer.linux.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import io.jcontainer.linux.launch.Template;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.ProcessRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Templates of the plans that were made lately, by value: specs that differ in their words only,
 * such as those that are built anew for each start, have one in common.
 */
final class Templates {
  private static final int MOST_BYTES = 4 << 20;

  private final Cache<List<Object>, Template> templates =
      CacheBuilder.newBuilder()
          .maximumWeight(MOST_BYTES)
          .weigher((List<Object> key, Template template) -> template.size())
          .build();

  /**
   * The template of a plan.
   *
   * @param key all that the plan is made of, but for words
   * @param make makes it
   */
  Template of(List<Object> key, Supplier<Template> make) {
    Template known = templates.getIfPresent(key);
    if (known == null) {
      known = make.get();
      templates.put(key, known);
    }
    return known;
  }

  /** All that a container's steps depend on, but for circumstances and words. */
  static List<Object> shape(LaunchRequest request) {
    ContainerSpec spec = request.spec();
    List<Object> shape = shape(request.process());
    shape.add(spec.rootfs());
    shape.add(spec.mounts());
    shape.add(spec.volumes());
    shape.add(spec.makesCwd() ? spec.cwd() : ""); // its parts are steps
    shape.add(spec.maskedPaths());
    shape.add(spec.readOnlyPaths());
    shape.add(spec.hostname());
    shape.add(spec.domainname());
    shape.add(spec.init());
    // Those that are joined are circumstances: by their descriptors, whatever they belong to.
    shape.add(Stream.of(Kind.values()).filter(request::own).toList());
    shape.add(spec.namespaces().clockOffsets());
    return shape;
  }

  /** All that a process's steps depend on, but for circumstances and words. */
  static List<Object> shape(ProcessRequest request) {
    ProcessSpec spec = request.spec();
    List<Object> shape = new ArrayList<>();
    shape.add(Words.candidates(request).size());
    for (Stdio stream : List.of(spec.stdin(), spec.stdout(), spec.stderr())) {
      shape.add(shape(stream));
    }
    shape.add(List.copyOf(spec.descriptors().keySet()));
    shape.add(spec.umask());
    shape.add(spec.rlimits());
    shape.add(spec.terminal());
    shape.add(spec.user());
    shape.add(spec.groups());
    shape.add(spec.capabilities());
    shape.add(spec.oomScoreAdj());
    shape.add(spec.nice());
    shape.add(spec.scheduling());
    return shape;
  }

  /** A pipe is given away, and a parked process has some already. */
  private static Object shape(Stdio stream) {
    if (stream instanceof Stdio.Pipe || stream instanceof Stdio.Lines) {
      return "pipe";
    }
    return stream instanceof Stdio.Null || stream instanceof Stdio.SameAsStdout ? stream : "other";
  }
}
