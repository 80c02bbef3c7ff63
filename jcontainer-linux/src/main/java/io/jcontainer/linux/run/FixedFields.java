package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.linux.request.HostFacts;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What cannot be changed any more once a container is parked, for it is done. */
final class FixedFields {
  private FixedFields() {}

  /**
   * Refuses what differs in what is done.
   *
   * @param parked what was parked
   * @param wanted what is to be started
   * @throws InvalidSpecException if they differ in that; it names the first such field
   */
  static void check(ContainerSpec parked, ContainerSpec wanted, HostFacts host) {
    ProcessSpec was = parked.process();
    ProcessSpec is = wanted.process();
    same("user", was, is, ProcessSpec::user);
    same("groups", was, is, ProcessSpec::groups);
    same("capabilities", was, is, ProcessSpec::capabilities);
    same("oomScoreAdj", was, is, ProcessSpec::oomScoreAdj);
    same("nice", was, is, ProcessSpec::nice);
    same("scheduling", was, is, ProcessSpec::scheduling);
    if (was.terminal().isPresent() != is.terminal().isPresent()) {
      throw fixed("terminal", was.terminal().isPresent() ? "with one" : "without one");
    }
    checkLimits(was, is, host);
    if (parked.limits().isEmpty() && wanted.limits().isPresent()) {
      throw new InvalidSpecException(
          "limits",
          "the pool's containers are parked without cgroups of their own, and get none any more:"
              + " give the pool's spec some limits, or CgroupLimits.none()");
    }
  }

  private static void same(
      String field, ProcessSpec was, ProcessSpec is, Function<ProcessSpec, Object> value) {
    Object parked = value.apply(was);
    if (!Objects.equals(parked, value.apply(is))) {
      throw fixed(field, "with " + parked);
    }
  }

  private static InvalidSpecException fixed(String field, String with) {
    return new InvalidSpecException(
        field, "the pool's containers are parked " + with + ", and cannot change that any more");
  }

  /** Only the host's root could go above the JVM's limits, and has done so for what was parked. */
  private static void checkLimits(ProcessSpec was, ProcessSpec is, HostFacts host) {
    if (!host.isRoot() || is.rlimits().isEmpty()) {
      return; // the kernel says it
    }
    Map<Rlimit.Resource, Long> parked =
        was.rlimits().stream().collect(Collectors.toMap(Rlimit::resource, Rlimit::hard));
    for (Rlimit limit : is.rlimits()) {
      long jvms = host.hardLimits().getOrDefault(limit.resource(), Rlimit.UNLIMITED);
      long most = parked.getOrDefault(limit.resource(), jvms);
      if (Long.compareUnsigned(limit.hard(), most) > 0
          && Long.compareUnsigned(limit.hard(), jvms) > 0) {
        throw fixed("rlimits", "with " + limit.resource() + " at most " + most);
      }
    }
  }
}
