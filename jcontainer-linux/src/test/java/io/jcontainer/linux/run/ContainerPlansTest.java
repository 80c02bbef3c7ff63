package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ClockOffsets;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.Propagation;
import io.jcontainer.Rlimit;
import io.jcontainer.Scheduling;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.User;
import io.jcontainer.fixtures.GoldenFile;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.CgroupView;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.HostFacts.EtcEntry;
import io.jcontainer.linux.request.HostFacts.HostRoot;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.rootfs.PreparedRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The plans of all kinds of specs, each as a listing that a change shows up in. Other tests take
 * these samples too.
 */
public class ContainerPlansTest {
  /** What the container is called in all samples. */
  public static final String ID = "0123456789ab";

  private static final LayeredRootfs LAYERS =
      LayeredRootfs.layers(Path.of("/layers/base"), Path.of("/layers/jdk"), Path.of("/layers/app"));

  private static final Path DATA = Path.of("/srv/data");
  private static final Path FUSE = Path.of("/dev/fuse");
  private static final Map<Path, SourceKind> SOURCES =
      Map.of(
          DATA,
          SourceKind.DIRECTORY,
          Path.of("/etc/motd"),
          SourceKind.FILE,
          FUSE,
          SourceKind.CHARACTER_DEVICE);

  private static final UserPlacement ROOTS_RANGE =
      new UserPlacement(Order.LAST, IdMapping.range(1_879_048_192L, 65_536), false);
  private static final UserPlacement OWN_ID =
      new UserPlacement(
          Order.FIRST,
          new IdMapping(List.of(new Range(0, 1000, 1)), List.of(new Range(0, 1001, 1))),
          true);
  private static final UserPlacement SUBORDINATE_IDS =
      new UserPlacement(
          Order.FIRST,
          new IdMapping(
              List.of(new Range(0, 1000, 1), new Range(1, 100_000, 65_536)),
              List.of(new Range(0, 1001, 1), new Range(1, 100_000, 65_536))),
          false);

  private static final CgroupView V2 = new CgroupView(true, List.of());
  private static final CgroupView V1 =
      new CgroupView(false, List.of("memory", "cpu,cpuacct", "pids", "freezer"));

  private static final Set<Kind> BOTH = Set.of(Kind.NETWORK, Kind.MOUNT);

  /** A request, and what is special about it. */
  public record Sample(String name, LaunchRequest request) {
    /** Its plan. */
    public Plan plan() {
      return ContainerSteps.of(request);
    }

    /** Its plan for a container of another name. */
    public Plan planFor(String id) {
      return planFor(id, request.spec());
    }

    /** The same of another spec. */
    public Plan planFor(String id, ContainerSpec spec) {
      return ContainerSteps.of(
          new LaunchRequest(
              spec,
              id,
              request.host(),
              request.user(),
              request.idmapLayers(),
              request.joined(),
              request.prepared(),
              request.sources(),
              request.form() instanceof RootForm.Copy ? copyOf(id) : request.form(),
              request.root(),
              request.cgroups()));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** One for each kind of spec. */
  public static List<Sample> samples() {
    LayeredRootfs directory = LayeredRootfs.directory(Path.of("/srv/root"));
    return List.of(
        sample("root_host_rootfs", ROOTS_RANGE, spec -> {}),
        sample(
            "root_host_rootfs_writable",
            ROOTS_RANGE,
            b -> b.rootfs(LayeredRootfs.host().writable())),
        sample("root_directory_writable", ROOTS_RANGE, b -> b.rootfs(directory)),
        sample(
            "root_layers_kept",
            ROOTS_RANGE,
            b -> b.rootfs(LAYERS.writableIn(Path.of("/srv/kept")))),
        sample(
            "user_directory_kept",
            SUBORDINATE_IDS,
            b -> b.rootfs(directory.writableIn(Path.of("/srv/kept")))),
        sample("root_layers_inspectable", ROOTS_RANGE, b -> b.rootfs(LAYERS.inspectable())),
        sample(
            "user_directory_inspectable", SUBORDINATE_IDS, b -> b.rootfs(directory.inspectable())),
        sample("root_layers_read_only", ROOTS_RANGE, b -> b.rootfs(LAYERS.readOnly())),
        copied("root_layers_copied", ROOTS_RANGE, LAYERS),
        copied("user_layers_copied_read_only", SUBORDINATE_IDS, LAYERS.readOnly()),
        served("root_layers_served", ROOTS_RANGE, LAYERS),
        served("user_layers_served_read_only", SUBORDINATE_IDS, LAYERS.readOnly()),
        withRoot(
            sample("root_image_root", ROOTS_RANGE, b -> b.rootfs(LAYERS)),
            new RootAttributes(03775, 5, 6)),
        withRoot(
            sample("user_image_root", SUBORDINATE_IDS, b -> b.rootfs(LAYERS)),
            new RootAttributes(0755, 5, 6)),
        withRoot(
            sample("root_image_root_read_only", ROOTS_RANGE, b -> b.rootfs(LAYERS.readOnly())),
            new RootAttributes(0555, 0, 0)),
        withRoot(
            prepared("root_prepared_image_root", ROOTS_RANGE, BOTH, b -> b.rootfs(LAYERS)),
            new RootAttributes(0555, 0, 0)),
        sample("user_own_id_host_rootfs", OWN_ID, spec -> {}),
        sample("root_init", ROOTS_RANGE, b -> b.init(true)),
        sample("user_subordinate_ids_directory", SUBORDINATE_IDS, b -> b.rootfs(directory)),
        prepared(
            "root_prepared_network", ROOTS_RANGE, Set.of(Kind.NETWORK), b -> b.rootfs(directory)),
        prepared("user_prepared_network", SUBORDINATE_IDS, Set.of(Kind.NETWORK), spec -> {}),
        prepared("root_prepared", ROOTS_RANGE, BOTH, b -> b.rootfs(directory)),
        prepared(
            "root_prepared_layers_read_only", ROOTS_RANGE, BOTH, b -> b.rootfs(LAYERS.readOnly())),
        prepared("user_prepared", SUBORDINATE_IDS, BOTH, spec -> {}),
        prepared("user_prepared_mounts", SUBORDINATE_IDS, BOTH, ContainerPlansTest::preparedMounts),
        sample("root_host_network", ROOTS_RANGE, namespaces(ns -> ns.network(Namespace.host()))),
        sample("user_host_network", OWN_ID, namespaces(ns -> ns.network(Namespace.host()))),
        sample("root_host_pid", ROOTS_RANGE, namespaces(ns -> ns.pid(Namespace.host()))),
        sample(
            "user_host_ipc_and_uts",
            OWN_ID,
            namespaces(ns -> ns.ipc(Namespace.host()).uts(Namespace.host()))),
        sample("root_joined", ROOTS_RANGE, namespaces(ContainerPlansTest::joinAll)),
        sample("user_joined", OWN_ID, namespaces(ContainerPlansTest::joinAll)),
        sample(
            "root_joined_mount",
            ROOTS_RANGE,
            namespaces(ns -> joinAll(ns).mount(Namespace.ofProcess(42)))),
        sample("root_clock_offsets", ROOTS_RANGE, namespaces(ContainerPlansTest::offsets)),
        sample("user_clock_offsets", SUBORDINATE_IDS, namespaces(ContainerPlansTest::offsets)),
        sample(
            "root_own_ids",
            new UserPlacement(Order.LAST, IdMapping.range(200_000, 2), false),
            namespaces(ns -> ns.ids(IdMapping.range(200_000, 2)))),
        sample(
            "root_host_user",
            UserPlacement.none(),
            b -> b.rootfs(LAYERS).namespaces(ns -> ns.user(Namespace.host()))),
        sample(
            "user_env_cwd_and_names",
            OWN_ID,
            b ->
                b.command("/opt/tool", "--flag", "two words")
                    .env("TOKEN", "s3cret")
                    .env("HOME", "/home/u")
                    .cwd("/var/tmp")
                    .hostname("box")
                    .domainname("nis.example")
                    .stdin(Stdio.NULL)
                    .stdout(Stdio.INHERIT)),
        sample("root_user_by_name", ROOTS_RANGE, b -> b.user("app").process(p -> p.groups("7"))),
        sample(
            "user_user_by_number",
            SUBORDINATE_IDS,
            b ->
                b.user(User.of(1000, 100))
                    .capabilities(Capabilities.none().ambient(Capability.NET_RAW))
                    .process(p -> p.groups("29", "44"))),
        sample(
            "root_group_by_name_and_ambient",
            UserPlacement.none(),
            b ->
                b.namespaces(ns -> ns.user(Namespace.host()))
                    .capabilities(Capabilities.defaults().ambient(Capability.CHOWN))
                    .process(p -> p.groups("audio"))),
        sample(
            "root_passed_descriptors_and_init",
            ROOTS_RANGE,
            b ->
                b.init(true)
                    .process(
                        p ->
                            p.descriptor(3, Stdio.NULL)
                                .descriptor(9, Stdio.text("x"))
                                .rlimit(Rlimit.parse("nofile=10")))),
        sample("root_sys_admin", ROOTS_RANGE, ContainerPlansTest::sysAdmin),
        sample("user_sys_admin", SUBORDINATE_IDS.withNested(), ContainerPlansTest::sysAdmin),
        sample(
            "root_limits_and_priorities",
            ROOTS_RANGE,
            b ->
                b.process(
                    p ->
                        p.rlimit(Rlimit.parse("nofile=1024:8192"))
                            .rlimit(Rlimit.of(Rlimit.Resource.CORE, 0))
                            .oomScoreAdj(-500)
                            .nice(-5)
                            .scheduling(Scheduling.batch())
                            .umask(077))),
        sample(
            "root_text_lines_and_merged_errors",
            ROOTS_RANGE,
            b -> b.stdin(Stdio.text("in")).stdout(Stdio.lines(line -> {})).stderr(Stdio.STDOUT)),
        sample(
            "root_mounts",
            ROOTS_RANGE,
            b ->
                b.rootfs(LAYERS.readOnly())
                    .mount(
                        Mount.bind(DATA, "/data/sub"),
                        Mount.bind(DATA, "/work")
                            .writable()
                            .noexec()
                            .idmapped()
                            .propagation(Propagation.SLAVE),
                        Mount.file("/etc/secret", "s3cret").mode(0400))
                    .maskedPaths("/data/sub/hidden")),
        sample(
            "root_volumes",
            ROOTS_RANGE,
            b -> b.rootfs(LAYERS).volumes("/var/data", "/data").cwd("/srv/./app/").makeCwd(true)),
        sample(
            "user_volumes_read_only",
            OWN_ID,
            b ->
                b.rootfs(LAYERS.readOnly())
                    .volumes("/data", "/data/sub", "/bound/below")
                    .mount(Mount.bind(DATA, "/bound"))
                    .cwd("/bound/made")
                    .makeCwd(true)),
        sample("root_host_rootfs_mounts", ROOTS_RANGE, ContainerPlansTest::mountAll),
        sample("user_mounts", OWN_ID, ContainerPlansTest::mountAll),
        sample(
            "root_terminal_of_a_user_by_name",
            ROOTS_RANGE,
            b -> b.terminal(new Terminal(50, 132)).user("app")),
        sample("user_terminal_init", OWN_ID, b -> b.terminal(Terminal.DEFAULT).init(true)),
        sample(
            "root_terminal_host_mount",
            ROOTS_RANGE,
            b ->
                b.terminal(Terminal.DEFAULT)
                    .namespaces(ns -> ns.pid(Namespace.host()).mount(Namespace.host()))),
        sample(
            "root_host_mount",
            ROOTS_RANGE,
            namespaces(ns -> ns.pid(Namespace.host()).mount(Namespace.host()))),
        inCgroups("root_cgroup_v2", sample("", ROOTS_RANGE, spec -> {}), V2),
        inCgroups("root_cgroups_v1", sample("", ROOTS_RANGE, spec -> {}), V1),
        inCgroups(
            "root_cgroups_hybrid",
            prepared("", ROOTS_RANGE, BOTH, b -> b.rootfs(directory)),
            new CgroupView(true, V1.v1())),
        inCgroups("user_cgroup_v2", sample("", SUBORDINATE_IDS, spec -> {}), V2),
        inCgroups("user_cgroups_v1", prepared("", OWN_ID, BOTH, spec -> {}), V1),
        inCgroups(
            "user_cgroup_v2_sys_admin",
            sample("", SUBORDINATE_IDS.withNested(), ContainerPlansTest::sysAdmin),
            V2),
        inCgroups(
            "root_cgroup_v2_host_network",
            sample("", ROOTS_RANGE, namespaces(ns -> ns.network(Namespace.host()))),
            V2),
        inCgroups(
            "root_cgroup_v2_host_cgroup",
            served("", ROOTS_RANGE, LAYERS),
            V2,
            namespaces(ns -> ns.cgroup(Namespace.host()))));
  }

  private static Sample withRoot(Sample sample, RootAttributes root) {
    return new Sample(sample.name(), sample.request().with(root));
  }

  private static Sample inCgroups(String name, Sample sample, CgroupView view) {
    return inCgroups(name, sample, view, spec -> {});
  }

  /** The same for a container with cgroups, numbered as the runtime does it. */
  private static Sample inCgroups(
      String name, Sample sample, CgroupView view, Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder spec = sample.request().spec().toBuilder();
    change.accept(spec);
    LaunchRequest request = sample.request().with(spec.build());
    return new Sample(name, request.with(placement(view, request.firstCgroup())));
  }

  private static CgroupPlacement placement(CgroupView view, int first) {
    int files = first + (view.v2() ? 1 : 0);
    return new CgroupPlacement(
        view.v2() ? OptionalInt.of(first) : OptionalInt.empty(),
        IntStream.range(files, files + view.v1().size()).boxed().toList(),
        view);
  }

  /**
   * All ids with all root file systems, and with an own, the host's and an existing namespace of
   * each kind.
   */
  public static List<Sample> combinations() {
    return placements().flatMap(ContainerPlansTest::withRootfs).toList();
  }

  private static Stream<UserPlacement> placements() {
    return Stream.of(ROOTS_RANGE, OWN_ID, SUBORDINATE_IDS, UserPlacement.none());
  }

  private static Stream<Sample> withRootfs(UserPlacement user) {
    Stream<LayeredRootfs> kinds =
        Stream.of(LayeredRootfs.host(), LayeredRootfs.host().writable(), LAYERS, LAYERS.readOnly());
    return kinds.flatMap(rootfs -> withNamespaces(user, rootfs));
  }

  /** Each choice for each of five kinds meets each choice for another. */
  private static Stream<Sample> withNamespaces(UserPlacement user, LayeredRootfs rootfs) {
    List<Namespace> choices = List.of(Namespace.own(), Namespace.host(), Namespace.ofProcess(42));
    return IntStream.range(0, 27)
        .mapToObj(
            number -> {
              int a = number % 3;
              int b = number / 3 % 3;
              int c = number / 9;
              Consumer<Namespaces.Builder> chosen =
                  ns ->
                      ns.user(user.order() == Order.NEVER ? Namespace.host() : Namespace.own())
                          .network(choices.get(a))
                          .pid(choices.get(b))
                          .ipc(choices.get(c))
                          .uts(choices.get((a + b + c) % 3))
                          .time(choices.get((a + 2 * b + c) % 3));
              return sample(
                  "%s, %s, %d%d%d".formatted(user.order(), rootfs, a, b, c),
                  user,
                  spec -> spec.rootfs(rootfs).namespaces(chosen));
            });
  }

  /** A request on a kernel that knows these capabilities. */
  public static LaunchRequest requestWithLastCapability(int number) {
    LaunchRequest request = samples().get(0).request();
    HostFacts host = request.host();
    return new LaunchRequest(
        request.spec(),
        request.id(),
        new HostFacts(
            host.arch(),
            host.uid(),
            host.gid(),
            host.scratch(),
            number,
            host.kernelFiles(),
            host.root(),
            host.hardLimits()),
        request.user(),
        request.idmapLayers(),
        request.joined(),
        request.sources());
  }

  /** A request of root for this spec. */
  public static LaunchRequest request(ContainerSpec spec) {
    return request(spec, ROOTS_RANGE);
  }

  private static Sample copied(String name, UserPlacement user, LayeredRootfs rootfs) {
    Sample sample = sample(name, user, spec -> spec.rootfs(rootfs.withFallback()));
    return new Sample(name, sample.request().with(copyOf(ID)));
  }

  private static Sample served(String name, UserPlacement user, LayeredRootfs rootfs) {
    Sample sample = sample(name, user, spec -> spec.rootfs(rootfs.withFallback()));
    return new Sample(name, sample.request().with(new RootForm.Served()));
  }

  private static RootForm copyOf(String id) {
    return new RootForm.Copy(Path.of("/run/jcontainer/rootfs-" + id + "/root"));
  }

  private static Sample sample(
      String name, UserPlacement user, Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder = ContainerSpec.builder().command("sh", "-c", "echo hello");
    change.accept(builder);
    return new Sample(name, request(builder.build(), user));
  }

  /** The same where the runtime has namespaces of these kinds ready. */
  private static Sample prepared(
      String name, UserPlacement user, Set<Kind> kinds, Consumer<ContainerSpec.Builder> change) {
    LaunchRequest request = sample(name, user, change).request();
    Map<Kind, Integer> numbers = new EnumMap<>(Kind.class);
    int next = LaunchRequest.firstPrepared(user, request.joined());
    for (Kind kind : EnumSet.copyOf(kinds)) {
      numbers.put(kind, next++);
    }
    return new Sample(name, request.with(numbers));
  }

  private static void preparedMounts(ContainerSpec.Builder spec) {
    spec.rootfs(LAYERS)
        .mount(Mount.bind(DATA, "/data"))
        .mount(Mount.tmpfs("/var/cache"))
        .terminal(Terminal.DEFAULT);
  }

  private static LaunchRequest request(ContainerSpec spec, UserPlacement user) {
    boolean root = user.order() != Order.FIRST;
    return new LaunchRequest(
        spec,
        ID,
        host(root ? 0 : 1000),
        user,
        user.order() == Order.LAST,
        joined(spec, user),
        SOURCES);
  }

  private static void mountAll(ContainerSpec.Builder builder) {
    builder
        .mount(
            Mount.tmpfs("/cache/a").size(ByteSize.ofMebibytes(1)).mode(0700).exec(),
            Mount.tmpfs("/cache/b"),
            Mount.device(FUSE),
            Mount.bind(Path.of("/etc/motd"), "/etc/motd"),
            Mount.bind(DATA, "/cache").writable(),
            Mount.file("/proc/uptime", "1 1"))
        .maskedPaths("/etc/motd")
        .readOnlyPaths("/cache");
  }

  private static Consumer<ContainerSpec.Builder> namespaces(Consumer<Namespaces.Builder> change) {
    return builder -> builder.namespaces(change);
  }

  private static Namespaces.Builder joinAll(Namespaces.Builder builder) {
    return builder
        .network(Namespace.ofPath(Path.of("/run/netns/blue")))
        .uts(Namespace.ofProcess(42))
        .ipc(Namespace.ofProcess(42))
        .cgroup(Namespace.ofProcess(42))
        .time(Namespace.ofProcess(42))
        .pid(Namespace.ofProcess(42));
  }

  private static void sysAdmin(ContainerSpec.Builder builder) {
    builder.capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN));
  }

  private static void offsets(Namespaces.Builder builder) {
    builder.clockOffsets(new ClockOffsets(Duration.ofDays(1), Duration.ofMillis(-1500)));
  }

  /** As the runtime numbers the descriptors that it hands over. */
  private static Map<Kind, Integer> joined(ContainerSpec spec, UserPlacement user) {
    Map<Kind, Integer> joined = new EnumMap<>(Kind.class);
    int next = UserPlacement.DESCRIPTOR + (user.order() == Order.NEVER ? 0 : user.nested() ? 2 : 1);
    for (Kind kind : Kind.values()) {
      Namespace choice = kind.of(spec.namespaces());
      if (choice instanceof Namespace.OfProcess || choice instanceof Namespace.OfPath) {
        joined.put(kind, next++);
      }
    }
    return joined;
  }

  private static HostFacts host(int uid) {
    return new HostFacts(
        Arch.X86_64,
        uid,
        uid == 0 ? 0 : uid + 1,
        "/tmp",
        40,
        Map.of(
            "proc/kcore", false,
            "proc/acpi", true,
            "proc/sys", true,
            "proc/sysrq-trigger", false,
            "sys/firmware", true),
        new HostRoot(
            List.of("usr"),
            new TreeMap<>(Map.of("bin", "usr/bin", "lib", "usr/lib", "lib64", "usr/lib64")),
            List.of(
                new EtcEntry("ld.so.cache", false),
                new EtcEntry("ssl/certs", true),
                new EtcEntry("resolv.conf", false)),
            new TreeMap<>(Map.of("localtime", "/usr/share/zoneinfo/Etc/UTC"))),
        Map.of(Rlimit.Resource.NOFILE, 4096L));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void the_plan_is_as_listed(Sample sample) {
    LaunchPlan plan = new LaunchPlan(sample.plan().describe());

    GoldenFile.assertMatches("plans/" + sample.name(), plan.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "exec_root, root_host_rootfs",
    "exec_user, user_own_id_host_rootfs",
    "exec_root_terminal, root_terminal_of_a_user_by_name",
    "exec_root_cgroup_v2, root_cgroup_v2",
    "exec_root_cgroups_v1, root_cgroups_v1",
    "exec_user_cgroup_v2, user_cgroup_v2"
  })
  void the_plan_of_a_further_process_is_as_listed(String name, String like) {
    Sample sample =
        samples().stream().filter(it -> it.name().equals(like)).findFirst().orElseThrow();
    Set<Kind> all = EnumSet.complementOf(EnumSet.of(Kind.TIME));
    CgroupPlacement cgroups = sample.request().cgroups();
    CgroupPlacement renumbered =
        cgroups.isOwn()
            ? placement(cgroups.view(), ExecRequest.FIRST_CGROUP)
            : CgroupPlacement.INHERITED;
    Plan plan = ExecSteps.of(new ExecRequest(sample.request().process(), all, renumbered));

    GoldenFile.assertMatches("plans/" + name, new LaunchPlan(plan.describe()).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "root_host_rootfs",
    "user_own_id_host_rootfs",
    "root_passed_descriptors_and_init",
    "root_text_lines_and_merged_errors",
    "root_terminal_of_a_user_by_name",
    "root_limits_and_priorities",
    "root_cgroup_v2"
  })
  void the_plans_of_a_parked_container_are_as_listed(String like) {
    LaunchRequest request =
        samples().stream().filter(it -> it.name().equals(like)).findFirst().orElseThrow().request();
    List<LaunchPlan.Step> steps = new ArrayList<>();
    for (Plan plan :
        List.of(
            ContainerSteps.parked(request),
            ContainerSteps.rehearsal(request),
            ContainerSteps.waiting(),
            ContainerSteps.last(request, null))) {
      steps.addAll(plan.describe());
    }

    GoldenFile.assertMatches("plans/parked_" + like, new LaunchPlan(steps).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "template_root, root_prepared",
    "template_root_image_root, root_prepared_image_root",
    "template_user_mounts, user_prepared_mounts",
    "template_user, user_prepared"
  })
  void what_is_taken_in_advance_is_as_listed(String name, String like) {
    Sample sample =
        samples().stream().filter(it -> it.name().equals(like)).findFirst().orElseThrow();
    LaunchRequest request = sample.request().with(Map.of());
    Steps template = new Steps();
    PreparedRoot.template(request, template);
    Steps each = new Steps();
    PreparedRoot.make(request, each);

    GoldenFile.assertMatches(
        "plans/" + name,
        "once:\n"
            + new LaunchPlan(template.toPlan().describe())
            + "\nfor each:\n"
            + new LaunchPlan(each.toPlan().describe()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void the_same_request_makes_the_same_plan(Sample sample) {
    assertThat(sample.plan().describe()).isEqualTo(sample.plan().describe());
  }

  /** It was set when the write layer was made, and is the container's since then. */
  @ParameterizedTest
  @ValueSource(strings = {"root_layers_kept", "user_directory_kept"})
  void the_root_of_a_write_layer_that_is_kept_is_left_as_it_is(String name) {
    Sample kept = samples().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();

    Sample image = withRoot(kept, new RootAttributes(02775, 5, 6));

    assertThat(image.plan().describe()).isEqualTo(kept.plan().describe());
  }

  @Test
  void secrets_in_the_environment_are_in_no_listing() {
    assertThat(samples())
        .allSatisfy(
            sample -> assertThat(sample.plan().describe().toString()).doesNotContain("s3cret"));
  }

  @Test
  void a_write_layer_is_as_large_as_the_spec_says() {
    LaunchRequest request =
        request(
            ContainerSpec.builder()
                .command("true")
                .rootfs(LAYERS.writable(ByteSize.ofMebibytes(3)))
                .build());

    assertThat(ContainerSteps.of(request).describe())
        .anySatisfy(step -> assertThat(step.call()).contains("\"mode=755,size=3145728,"));
  }
}
