package io.jcontainer.linux.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.ContainerSpec;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.Program;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.List;

/** The programs of the specs that were started lately, as long as these specs are in use. */
final class Programs {
  private static final int MOST_BYTES = 4 << 20;

  /** Holds all of the request but the spec, which could never be forgotten otherwise. */
  private record Written(List<Object> circumstances, Program program) {}

  private final Launcher launcher;
  private final Cache<ContainerSpec, Written> written =
      CacheBuilder.newBuilder()
          .weakKeys()
          .maximumWeight(MOST_BYTES)
          .weigher((ContainerSpec spec, Written program) -> program.program().size())
          .build();

  Programs(Launcher launcher) {
    this.launcher = launcher;
  }

  /** The program for a request whose id is {@link ContainerIds#PLACEHOLDER}. */
  Program of(LaunchRequest request) {
    List<Object> circumstances = List.of(request.user(), request.idmapLayers(), request.joined());
    Written known = written.getIfPresent(request.spec());
    if (known == null || !known.circumstances().equals(circumstances)) {
      Program program = launcher.compile(ContainerSteps.of(request), ContainerIds.PLACEHOLDER);
      known = new Written(circumstances, program);
      written.put(request.spec(), known);
    }
    return known.program();
  }
}
