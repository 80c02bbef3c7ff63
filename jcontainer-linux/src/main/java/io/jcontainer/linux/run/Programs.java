package io.jcontainer.linux.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.launch.Template;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.process.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The programs of the specs that were started lately, as long as these specs are in use; a spec
 * that is new, but differs from another in its words only, has a program in less time.
 *
 * @param <S> the kind of spec
 */
final class Programs<S> {
  private static final int MOST_BYTES = 4 << 20;

  /** Of one spec: each of two things may be prepared or not, and none must displace another. */
  private static final int MOST_CIRCUMSTANCES = 4;

  /** Holds all that a plan is made of but the spec, which could never be forgotten otherwise. */
  private record Written(List<Object> circumstances, Program program) {}

  private final Launcher launcher;
  private final Templates templates = new Templates();
  private final Cache<S, List<Written>> written =
      CacheBuilder.newBuilder()
          .weakKeys()
          .maximumWeight(MOST_BYTES)
          .weigher((S spec, List<Written> all) -> size(all))
          .build();

  Programs(Launcher launcher) {
    this.launcher = launcher;
  }

  /**
   * The program of a spec in these circumstances.
   *
   * @param shape all that the plan is made of but circumstances and words
   * @param words those of the process
   * @param plan makes the plan, in which {@link ContainerIds#PLACEHOLDER} stands for the name
   */
  Program of(
      S spec,
      List<Object> circumstances,
      Supplier<List<Object>> shape,
      Supplier<Words> words,
      Supplier<Plan> plan) {
    List<Written> all = written.getIfPresent(spec);
    List<Written> known = all == null ? List.of() : all;
    for (Written each : known) {
      if (areSame(each.circumstances(), circumstances)) {
        return each.program();
      }
    }
    Template template =
        templates.of(
            List.of(circumstances, shape.get()),
            () -> launcher.template(plan.get(), ContainerIds.PLACEHOLDER));
    Program program = launcher.fill(template, words.get(), plan);
    List<Written> newest = new ArrayList<>(List.of(new Written(circumstances, program)));
    known.stream().limit(MOST_CIRCUMSTANCES - 1).forEach(newest::add);
    written.put(spec, List.copyOf(newest));
    return program;
  }

  /**
   * Usually each is the same object: to compare two records takes a young JVM tens of microseconds.
   */
  @SuppressWarnings("ReferenceEquality") // equals() follows
  private static boolean areSame(List<Object> known, List<Object> now) {
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i) != now.get(i) && !known.get(i).equals(now.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static int size(List<Written> all) {
    return all.stream().mapToInt(each -> each.program().size()).sum();
  }
}
