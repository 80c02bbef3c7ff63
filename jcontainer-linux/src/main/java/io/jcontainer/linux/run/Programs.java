package io.jcontainer.linux.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.plan.Plan;
import java.util.List;
import java.util.function.Supplier;

/**
 * The programs of the specs that were started lately, as long as these specs are in use.
 *
 * @param <S> the kind of spec
 */
final class Programs<S> {
  private static final int MOST_BYTES = 4 << 20;

  /** Holds all that a plan is made of but the spec, which could never be forgotten otherwise. */
  private record Written(List<Object> circumstances, Program program) {}

  private final Launcher launcher;
  private final Cache<S, Written> written =
      CacheBuilder.newBuilder()
          .weakKeys()
          .maximumWeight(MOST_BYTES)
          .weigher((S spec, Written program) -> program.program().size())
          .build();

  Programs(Launcher launcher) {
    this.launcher = launcher;
  }

  /**
   * The program of a spec in these circumstances.
   *
   * @param plan makes the plan, in which {@link ContainerIds#PLACEHOLDER} stands for the name
   */
  Program of(S spec, List<Object> circumstances, Supplier<Plan> plan) {
    Written known = written.getIfPresent(spec);
    if (known == null || !known.circumstances().equals(circumstances)) {
      Program program = launcher.compile(plan.get(), ContainerIds.PLACEHOLDER);
      known = new Written(circumstances, program);
      written.put(spec, known);
    }
    return known.program();
  }
}
