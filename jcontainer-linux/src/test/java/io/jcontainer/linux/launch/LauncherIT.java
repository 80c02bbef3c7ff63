package io.jcontainer.linux.launch;

import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_CREAT;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;
import static io.jcontainer.linux.plan.Flag.Open.O_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.O_WRONLY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.jcontainer.ContainerOutput;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel.ChildEnd;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The committed launchers, the foreign one under qemu-user(1). What needs memory that a child
 * shares is beyond that, and run only natively.
 */
@Tag("every-jdk")
@LeakChecked
@Timeout(60)
class LauncherIT {
  private static final int O_RDWR = 2;
  private static final Memory PATH = Memory.zeros("path", 4096);

  private final JnaKernel kernel = new JnaKernel();
  @TempDir private Path directory = Path.of("/");

  /**
   * What a launcher has said and how it ended.
   *
   * @param out what was written to standard output
   * @param told its messages, none if there were none
   */
  private record Result(ChildEnd end, String out, Reports.Told told) {
    int exitCode() {
      return end.code();
    }
  }

  private Result run(Arch arch, Steps steps) throws IOException {
    return run(arch, ImageWriter.write(steps.toPlan(), arch));
  }

  private Result run(Arch arch, byte[] image) throws IOException {
    return run(arch, image, new byte[0], directory);
  }

  /** Sends the second image as soon as there is such a file. */
  private Result run(Arch arch, byte[] image, byte[] later, Path signal) throws IOException {
    Fd[] control = kernel.socketpair();
    Fd[] out = kernel.pipe();
    try (Fd ours = control[0];
        Fd reading = out[0];
        Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      int pid;
      try (Fd theirs = control[1];
          Fd writing = out[1]) {
        List<Fd> descriptors = List.of(nothing, writing, nothing, theirs);
        List<byte[]> words = new ArrayList<>(command(arch));
        words.add(new byte[] {(byte) descriptors.size()});
        pid = kernel.spawn(new String(words.get(0), UTF_8), words, descriptors);
      }
      kernel.send(ours, image);
      if (later.length > 0) {
        assertThat(Poll.until(Duration.ofSeconds(20), () -> Files.exists(signal))).isTrue();
        kernel.send(ours, later);
      }
      byte[] messages = new byte[4 * Reports.SIZE];
      Reports.Told told = Reports.parse(messages, kernel.receive(ours, messages));
      try (var stream = new ContainerOutput(new FileInputStream(reading.path()))) {
        String text = stream.readText();
        ChildEnd end = kernel.waitForPid(pid);
        kernel.reapGroup(pid);
        return new Result(end, text, told);
      }
    }
  }

  /** The launcher as a program with its first word. */
  private List<byte[]> command(Arch arch) throws IOException {
    Path program = directory.resolve("launcher");
    if (!Files.exists(program)) {
      String name = "launcher-" + arch.name().toLowerCase(Locale.ROOT);
      try (InputStream resource = LauncherBinary.class.getResourceAsStream(name)) {
        assertThat(resource).as(name).isNotNull();
        Files.copy(resource, program);
      }
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("r-x------"));
    }
    if (arch == Arch.current()) {
      return List.of(program.toString().getBytes(UTF_8));
    }
    Path qemu = Path.of("/usr/bin/qemu-" + arch.name().toLowerCase(Locale.ROOT));
    assumeThat(qemu).isExecutable();
    return List.of(qemu.toString().getBytes(UTF_8), program.toString().getBytes(UTF_8));
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private static Step.Call execve(String path, List<String> words, String... environment) {
    return Calls.execve(path, new Arg.TextList(words), new Arg.TextList(List.of(environment)));
  }

  private static Step.Check check(Arg subject, int bytes, long mask, long expected, Errno error) {
    return new Step.Check("check", subject, bytes, mask, expected, false, error, "a check");
  }

  // Calls.

  @ParameterizedTest
  @EnumSource
  void makes_files_and_keeps_results(Arch arch) throws IOException {
    Slot file = new Slot("file");
    Steps steps =
        new Steps()
            .add(Calls.umask(0), "")
            .add(Calls.mkdir(path("dir"), 0750), "")
            .add(Calls.create(path("dir/file"), 0640, O_WRONLY, O_CREAT).into(file), "")
            .add(Calls.write(file, "written: ü"), "")
            .add(Calls.close(file), "")
            .add(Calls.symlink("file", path("dir/link")), "")
            .add(Calls.chdir(path("dir")), "")
            .add(Calls.mkfile("empty"), "");

    Result result = run(arch, steps);

    assertThat(result.exitCode()).isZero();
    assertThat(result.told().failure()).isNull();
    assertThat(Path.of(path("dir/file"))).hasContent("written: ü");
    assertThat(Path.of(path("dir/link"))).isSymbolicLink();
    assertThat(Path.of(path("dir/empty"))).isEmptyFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(path("dir")))))
        .isEqualTo("rwxr-x---");
  }

  @ParameterizedTest
  @EnumSource
  void flags_are_those_of_the_architecture(Arch arch) throws IOException {
    // O_DIRECTORY and O_NOFOLLOW are other bits on aarch64.
    Files.writeString(directory.resolve("file"), "no directory");
    Slot opened = new Slot("opened");
    Steps steps =
        new Steps()
            .add(Calls.open(path("."), O_PATH, O_DIRECTORY, O_CLOEXEC).into(opened), "")
            .add(Calls.fchdir(opened), "")
            .add(Calls.open("file", O_RDONLY, O_DIRECTORY), "");

    assertThat(run(arch, steps).told().failure())
        .isEqualTo(new Reports.Failure(2, Errno.ENOTDIR.number()));
  }

  @ParameterizedTest
  @EnumSource
  void memory_and_results_can_be_checked(Arch arch) throws IOException {
    Slot mask = new Slot("mask");
    Steps steps =
        new Steps()
            .add(Calls.chdir("/usr"), "")
            .add(Calls.getcwd(PATH), "")
            .add(check(Arg.of(PATH), 1, 0xFF, '/', Errno.EXDEV))
            .add(check(Arg.of(PATH), 4, 0xFFFF_FFFFL, 0x7273_752f, Errno.EXDEV))
            .add(check(Arg.of(PATH), 8, -1, 0x7273_752fL, Errno.EXDEV))
            .add(Calls.umask(027), "")
            .add(Calls.umask(022).into(mask), "")
            .add(check(Arg.of(mask), 0, -1, 027, Errno.EXDEV))
            .add(check(Arg.of(mask), 0, 7, 6, Errno.EILSEQ));

    assertThat(run(arch, steps).told().failure())
        .isEqualTo(new Reports.Failure(8, Errno.EILSEQ.number()));
  }

  @ParameterizedTest
  @EnumSource
  void a_failure_names_the_step_and_ends_the_plan(Arch arch) throws IOException {
    Steps steps =
        new Steps()
            .add(Calls.mkdir(path("dir"), 0755), "")
            .add(Calls.mkdir(path("dir"), 0755), "")
            .add(Calls.mkdir(path("never"), 0755), "");
    Result result = run(arch, steps);

    assertThat(result.told())
        .isEqualTo(new Reports.Told(0, new Reports.Failure(1, Errno.EEXIST.number())));
    assertThat(result.exitCode()).isOne();
    assertThat(Path.of(path("never"))).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void a_tolerated_error_is_none_and_can_be_checked_later(Arch arch) throws IOException {
    Slot made = new Slot("made");
    Steps steps =
        new Steps()
            .add(
                Calls.mkdir(path("absent/dir"), 0755)
                    .tolerate(Errno.EPERM, Errno.EEXIST, Errno.ENOTDIR, Errno.ENOENT)
                    .into(made),
                "")
            .add(check(Arg.of(made), 0, -1, -Errno.ENOENT.number(), Errno.EXDEV))
            .add(Calls.mkdir(path("absent/dir"), 0755).tolerate(Errno.EEXIST), "");

    assertThat(run(arch, steps).told().failure())
        .isEqualTo(new Reports.Failure(2, Errno.ENOENT.number()));
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void after_an_error_that_is_not_tolerated_steps_can_be_left_out(Arch arch) throws IOException {
    Steps steps = new Steps();
    for (String directory : List.of("absent", "tolerated", "present")) {
      steps.add(
          Calls.mkdir(path(directory + "/dir"), 0755).tolerate(Errno.ENOTDIR).otherwiseSkip(1), "");
      steps.add(Calls.mkdir(path("after-" + directory), 0755), "");
    }
    steps.add(Calls.mkdir(path("end"), 0755), "");
    Files.createFile(directory.resolve("tolerated"));
    Files.createDirectory(directory.resolve("present"));

    assertThat(run(arch, steps).exitCode()).isZero();

    assertThat(directory.resolve("after-absent")).doesNotExist();
    assertThat(directory.resolve("after-tolerated")).isDirectory();
    assertThat(directory.resolve("after-present")).isDirectory();
    assertThat(directory.resolve("end")).isDirectory();
  }

  @ParameterizedTest
  @EnumSource
  void an_error_that_is_retried_is_a_failure_in_the_end(Arch arch) throws IOException {
    Steps steps = new Steps().add(Calls.chdir(path("absent")).retry(Errno.ENOENT), "");

    assertThat(run(arch, steps).told().failure())
        .isEqualTo(new Reports.Failure(0, Errno.ENOENT.number()));
  }

  @ParameterizedTest
  @EnumSource
  void the_last_step_becomes_the_command(Arch arch) throws IOException {
    Steps steps =
        new Steps()
            .add(execve("/nowhere/sh", List.of("sh")).tolerate(Errno.ENOENT), "")
            .add(Calls.closeOnExecFrom(3).tolerate(Errno.ENOSYS), "") // qemu-user 7.0 and before
            .add(
                execve(
                    "/bin/sh", List.of("sh", "-c", "echo \"$0 $1 $A\"", "x y", "z"), "A=b c", "D="),
                "");
    Result result = run(arch, steps);

    assertThat(result.out()).isEqualTo("x y z b c\n");
    assertThat(result.told()).isEqualTo(new Reports.Told(0, null));
    assertThat(result.exitCode()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void after_leaving_only_the_child_goes_on(Arch arch) throws IOException {
    Step.Call fork = Calls.clone(List.of(Clone.SIGCHLD), Arg.NULL);
    Steps steps =
        new Steps()
            .add(new Step.Leave(fork))
            .add(Reports.ready(), "")
            .add(Calls.mkdir(path("once"), 0755), "")
            .add(execve("/bin/echo", List.of("echo", "child")), "");
    Result result = run(arch, steps);

    assertThat(result.out()).isEqualTo("child\n");
    assertThat(result.told().failure()).isNull();
    assertThat(result.exitCode()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void an_image_that_is_cut_short_is_no_plan(Arch arch) throws IOException {
    byte[] image = ImageWriter.write(new Steps().add(Calls.umask(0), "").toPlan(), arch);
    Fd[] control = kernel.socketpair();
    try (Fd ours = control[0];
        Fd nothing = kernel.open("/dev/null", O_RDWR)) {
      List<byte[]> words = new ArrayList<>(command(arch));
      words.add(new byte[] {4});
      int pid;
      try (Fd theirs = control[1]) {
        pid =
            kernel.spawn(
                new String(words.get(0), US_ASCII),
                words,
                List.of(nothing, nothing, nothing, theirs));
      }
      kernel.send(ours, java.util.Arrays.copyOf(image, image.length - 1));
      ours.close();

      assertThat(kernel.waitForPid(pid).code()).isOne();
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_large_image_arrives_whole(Arch arch) throws IOException {
    String large = "x".repeat(100_000);
    List<String> words = new ArrayList<>(List.of("sh", "-c", "echo $# ${#9}", "sh"));
    for (int i = 0; i < 9; i++) {
      words.add(large + i);
    }
    Steps steps = new Steps().add(execve("/bin/sh", words), "");

    assertThat(run(arch, steps).out()).isEqualTo("9 100001\n");
  }

  @ParameterizedTest
  @EnumSource
  void a_result_can_be_stored_and_loaded_again(Arch arch) throws IOException {
    Memory place = Memory.zeros("place", 16);
    Slot mask = new Slot("mask");
    Slot again = new Slot("again");
    Steps steps =
        new Steps()
            .add(Calls.umask(027), "")
            .add(Calls.umask(022).into(mask), "")
            .add(new Step.Store(Arg.of(mask), new Arg.Address(place, 4), 4, ""))
            .add(new Step.Load(new Arg.Address(place, 0), 8, again, ""))
            .add(check(Arg.of(again), 0, -1, 027L << 32, Errno.EXDEV))
            .add(new Step.Store(Arg.of(-1), new Arg.Address(place, 8), 8, ""))
            .add(check(new Arg.Address(place, 8), 8, -1, -1, Errno.EXDEV))
            .add(new Step.Load(new Arg.Address(place, 4), 1, again, ""))
            .add(check(Arg.of(again), 0, -1, 027, Errno.EXDEV));

    assertThat(run(arch, steps).told()).isEqualTo(new Reports.Told(0, null));
  }

  @ParameterizedTest
  @EnumSource
  void more_steps_can_come_later(Arch arch) throws IOException {
    Steps first =
        new Steps()
            .add(Calls.mkdir(path("first"), 0755), "")
            .add(new Step.More("what it is to do next"))
            .add(Calls.mkdir(path("never"), 0755), "");
    Steps second = new Steps().add(Calls.mkdir(path("second"), 0755), "");
    byte[] one = ImageWriter.write(first.toPlan(), arch);
    byte[] two = ImageWriter.write(second.toPlan(), arch);

    Result result = run(arch, one, two, Path.of(path("first")));

    assertThat(result.told()).isEqualTo(new Reports.Told(0, null));
    assertThat(Path.of(path("second"))).isDirectory();
    assertThat(Path.of(path("never"))).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void more_steps_can_lie_behind_the_first_already_with_bytes_for_a_call_between_them(Arch arch)
      throws IOException {
    Memory between = Memory.zeros("between", 2);
    Steps first =
        new Steps()
            .add(Calls.receive(Reports.CONTROL, between), "")
            .add(
                new Step.Check(
                    "", new Arg.Address(between, 1), 1, 0xFF, 7, false, Errno.EINVAL, ""))
            .add(new Step.More("what is there already"));
    Memory zeros = Memory.zeros("zeros", 8);
    Steps second =
        new Steps()
            .add(new Step.Check("", new Arg.Address(zeros, 0), 8, -1, 0, false, Errno.EINVAL, ""))
            .add(Calls.mkdir(path("second"), 0755), "");
    ImageWriter.Image one = ImageWriter.write(first.toPlan(), arch, ImageWriter.CAPACITY);
    byte[] two = ImageWriter.write(second.toPlan(), arch, one.zerosBegin()).bytes();
    byte[] all = Arrays.copyOf(one.bytes(), one.bytes().length + 2 + two.length);
    all[one.bytes().length + 1] = 7;
    System.arraycopy(two, 0, all, one.bytes().length + 2, two.length);

    assertThat(run(arch, all).told()).isEqualTo(new Reports.Told(0, null));

    assertThat(Path.of(path("second"))).isDirectory();
  }

  @ParameterizedTest
  @EnumSource
  void a_failure_is_told_by_the_socket_that_was_moved(Arch arch) throws IOException {
    Slot moved = new Slot("moved");
    Steps steps =
        new Steps()
            .add(Calls.duplicate(Arg.of(Reports.CONTROL), 20).into(moved), "")
            .add(new Step.Move(Arg.of(moved), ""))
            .add(Calls.close(Arg.of(Reports.CONTROL)), "")
            .add(Calls.chdir(path("absent")), "");

    assertThat(run(arch, steps).told().failure())
        .isEqualTo(new Reports.Failure(3, Errno.ENOENT.number()));
  }

  // What shares memory.

  private static Step.Init init() {
    return new Step.Init(
        Calls.clone(List.of(Clone.CLONE_VM, Clone.CLONE_VFORK, Clone.SIGCHLD), Arg.NULL));
  }

  @Test
  void an_init_tells_how_the_command_ended() throws IOException {
    Steps steps =
        new Steps()
            .add(Calls.blockOnly("~0", -1), "")
            .add(init())
            .add(Calls.blockOnly("0", 0), "")
            .add(execve("/bin/sh", List.of("sh", "-c", "echo child of $PPID; exit 7")), "");
    Result result = run(Arch.current(), steps);

    assertThat(result.out()).isEqualTo("child of " + result.end().pid() + "\n");
    assertThat(result.told()).isEqualTo(new Reports.Told(0, null, true, 0, 7 << 8));
    assertThat(result.exitCode()).isEqualTo(7);
  }

  @Test
  void an_init_hands_signals_on_to_the_command() throws IOException {
    String script = "trap 'echo got it; exit 3' USR1; kill -USR1 $PPID; while :; do wait; done";
    Steps steps =
        new Steps()
            .add(Calls.blockOnly("~0", -1), "")
            .add(init())
            .add(Calls.blockOnly("0", 0), "")
            .add(execve("/bin/sh", List.of("sh", "-c", script)), "");
    Result result = run(Arch.current(), steps);

    assertThat(result.out()).isEqualTo("got it\n");
    assertThat(result.told().status()).isEqualTo(3 << 8);
  }

  @Test
  void an_init_holds_no_stream_of_the_command() throws IOException {
    // The writer of standard output closes it and goes on: who reads has the end of file then.
    String script = "echo closed; exec >&- 2>&-; read line";
    Fd[] in = kernel.pipe();
    Steps steps =
        new Steps()
            .add(Calls.blockOnly("~0", -1), "")
            .add(init())
            .add(Calls.blockOnly("0", 0), "")
            .add(execve("/bin/sh", List.of("sh", "-c", script)), "");
    Fd[] control = kernel.socketpair();
    Fd[] out = kernel.pipe();
    int pid;
    try (Fd theirs = control[1];
        Fd reading = in[0];
        Fd writing = out[1]) {
      List<byte[]> words = new ArrayList<>(command(Arch.current()));
      words.add(new byte[] {4});
      pid =
          kernel.spawn(
              new String(words.get(0), UTF_8), words, List.of(reading, writing, writing, theirs));
    }
    try (Fd ours = control[0];
        Fd feed = in[1];
        Fd reading = out[0];
        var stream = new ContainerOutput(new FileInputStream(reading.path()))) {
      kernel.send(ours, ImageWriter.write(steps.toPlan(), Arch.current()));

      assertThat(stream.readText()).isEqualTo("closed\n");
      feed.close();
      kernel.waitForPid(pid);
    }
  }

  @Test
  void a_command_that_cannot_be_executed_below_an_init_is_told() throws IOException {
    Steps steps =
        new Steps()
            .add(Calls.blockOnly("~0", -1), "")
            .add(init())
            .add(execve("/nowhere", List.of("nothing")), "");

    assertThat(run(Arch.current(), steps).told().failure())
        .isEqualTo(new Reports.Failure(2, Errno.ENOENT.number()));
  }

  @Test
  void a_child_in_the_same_memory_reports_its_number_and_is_the_jvms() throws IOException {
    Steps steps =
        new Steps()
            .add(
                new Step.Leave(
                    Calls.clone(
                        List.of(
                            Clone.CLONE_VM,
                            Clone.CLONE_PARENT,
                            Clone.CLONE_PARENT_SETTID,
                            Clone.SIGCHLD),
                        Reports.PID)))
            .add(Reports.ready(), "")
            .add(execve("/bin/sh", List.of("sh", "-c", "echo $$ $PPID")), "");
    Result result = run(Arch.current(), steps);

    assertThat(result.out())
        .isEqualTo("%d %d\n".formatted(result.told().pid(), ProcessHandle.current().pid()));
    assertThat(result.told().failure()).isNull();
  }

  @Test
  void what_is_done_aside_is_there_after_awaiting_it() throws IOException {
    Slot file = new Slot("file");
    Steps body =
        new Steps()
            .add(Calls.create(path("aside"), 0600, O_WRONLY, O_CREAT).into(file), "")
            .add(Calls.chdir("/usr"), ""); // its own affair
    Steps steps =
        new Steps()
            .add(Calls.chdir(directory.toString()), "")
            .aside(Calls.cloneAside(), body)
            .add(Calls.mkdir("meanwhile", 0755), "")
            .add(new Step.Await("the file"))
            .add(Calls.write(file, "by the other"), "")
            .add(Calls.mkdir("afterwards", 0755), "");
    Result result = run(Arch.current(), steps);

    assertThat(result.told().failure()).isNull();
    assertThat(directory.resolve("aside")).hasContent("by the other");
    assertThat(directory.resolve("meanwhile")).isDirectory();
    assertThat(directory.resolve("afterwards")).isDirectory();
  }

  @Test
  void a_failure_aside_is_reported_and_nothing_goes_on_after_awaiting_it() throws IOException {
    Steps body = new Steps().add(Calls.chdir(path("absent")), "");
    Steps steps =
        new Steps()
            .aside(Calls.cloneAside(), body)
            .add(new Step.Await("what does not come"))
            .add(Calls.mkdir(path("never"), 0755), "");
    Result result = run(Arch.current(), steps);

    assertThat(result.told().failure()).isEqualTo(new Reports.Failure(1, Errno.ENOENT.number()));
    assertThat(result.exitCode()).isOne();
    assertThat(Path.of(path("never"))).doesNotExist();
  }

  @Test
  void descriptors_beyond_those_that_were_meant_are_closed() throws IOException {
    // What another thread of the JVM has just opened without close-on-exec, as the JDK does.
    try (var leaking = Files.newDirectoryStream(directory)) {
      assertThat(leaking).isNotNull();
      Steps steps = new Steps().add(execve("/bin/ls", List.of("ls", "/proc/self/fd")), "");

      assertThat(run(Arch.current(), steps).out().lines()).containsExactly("0", "1", "2", "3", "4");
    }
  }

  @Test
  void a_plan_of_no_steps_ends_well() throws IOException {
    assertThat(run(Arch.current(), new Steps()).exitCode()).isZero();
    assertThat(new Plan(List.of()).steps()).isEmpty();
  }
}
