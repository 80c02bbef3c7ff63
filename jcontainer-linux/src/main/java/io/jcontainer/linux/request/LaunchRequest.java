package io.jcontainer.linux.request;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import java.nio.file.Path;
import java.util.Map;

/**
 * All that a plan is made of: what the user wants, and what is known of the host.
 *
 * @param id names the container
 * @param user which user namespace it gets
 * @param idmapLayers whether layers are mounted with the container's ids
 * @param joined the descriptors by which the launcher gets the namespaces that exist already; for
 *     an own pid namespace, the one that it is to lie in
 * @param prepared the descriptors by which it gets new ones that were made in advance, with nobody
 *     in them: of those kinds that the container gets as its own
 * @param sources what the sources of the spec's mounts are
 * @param form how its layers become a root file system
 * @param root what its root directory is like when it is made, of ids that the container has
 * @param cgroups how its processes come into the cgroups that were made for it
 */
public record LaunchRequest(
    ContainerSpec spec,
    String id,
    HostFacts host,
    UserPlacement user,
    boolean idmapLayers,
    Map<Kind, Integer> joined,
    Map<Kind, Integer> prepared,
    Map<Path, SourceKind> sources,
    RootForm form,
    RootAttributes root,
    CgroupPlacement cgroups) {

  /** One with a usual overlay and no cgroups, for which nothing was made in advance. */
  public LaunchRequest(
      ContainerSpec spec,
      String id,
      HostFacts host,
      UserPlacement user,
      boolean idmapLayers,
      Map<Kind, Integer> joined,
      Map<Path, SourceKind> sources) {
    this(
        spec,
        id,
        host,
        user,
        idmapLayers,
        joined,
        Map.of(),
        sources,
        new RootForm.Overlay(),
        RootAttributes.USUAL,
        CgroupPlacement.INHERITED);
  }

  /** The same for another spec. */
  public LaunchRequest with(ContainerSpec other) {
    return with(other, id);
  }

  /** The same with another kind of root. */
  public LaunchRequest with(RootForm other) {
    return new LaunchRequest(
        spec, id, host, user, idmapLayers, joined, prepared, sources, other, root, cgroups);
  }

  /** The same with another root directory. */
  public LaunchRequest with(RootAttributes other) {
    return new LaunchRequest(
        spec, id, host, user, idmapLayers, joined, prepared, sources, form, other, cgroups);
  }

  /** The same with namespaces that were made in advance. */
  public LaunchRequest with(Map<Kind, Integer> other) {
    return new LaunchRequest(
        spec, id, host, user, idmapLayers, joined, other, sources, form, root, cgroups);
  }

  /** The same with cgroups. */
  public LaunchRequest with(CgroupPlacement other) {
    return new LaunchRequest(
        spec, id, host, user, idmapLayers, joined, prepared, sources, form, root, other);
  }

  /** The same for a process that gets no namespace but the user's, and no cgroup. */
  public LaunchRequest alone() {
    return new LaunchRequest(
        spec,
        id,
        host,
        user,
        idmapLayers,
        Map.of(),
        Map.of(),
        sources,
        form,
        root,
        CgroupPlacement.INHERITED);
  }

  /** What the steps of the container's first process are made of. */
  public ProcessRequest process() {
    boolean hostRootfs = spec.rootfs().filter(LayeredRootfs::isHost).isPresent();
    int passed = firstCgroup() + cgroups.descriptors();
    return new ProcessRequest(spec.process(), host, user, hostRootfs ? "/tmp" : "/root", passed);
  }

  /** The descriptor by which the launcher gets a root that is served. */
  public int rootDescriptor() {
    return firstPrepared(user, joined) + prepared.size();
  }

  /** The number of the first descriptor of its cgroups. */
  public int firstCgroup() {
    return rootDescriptor() + (form instanceof RootForm.Served ? 1 : 0);
  }

  /** The number of the first descriptor behind those of the namespaces that exist already. */
  public static int firstPrepared(UserPlacement user, Map<Kind, Integer> joined) {
    return UserPlacement.DESCRIPTOR + user.namespaces() + joined.size();
  }

  /** The same for another spec and container, in the same circumstances. */
  public LaunchRequest with(ContainerSpec other, String otherId) {
    return new LaunchRequest(
        other, otherId, host, user, idmapLayers, joined, prepared, sources, form, root, cgroups);
  }

  /** Whether the container gets a new namespace of this kind. */
  public boolean own(Kind kind) {
    return kind.isOwn(spec.namespaces());
  }

  /**
   * Whether the container shares the JVM's namespace of this kind, because the spec says so, or
   * because the one that it names is the JVM's. Not for user namespaces.
   */
  public boolean shared(Kind kind) {
    return !own(kind) && !joined.containsKey(kind);
  }

  /** The same for {@link UserPlacement#order()}. */
  public boolean entersUser(UserPlacement.Order order) {
    return user.order() == order;
  }
}
