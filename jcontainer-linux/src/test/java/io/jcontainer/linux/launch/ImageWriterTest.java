package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerSpec;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Flag.Resolve;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.process.Command;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Images are read again with the structures that launcher.c declares. */
@TestInstance(Lifecycle.PER_CLASS)
class ImageWriterTest {
  private static final Path SOURCE = Path.of("src/main/c/launcher.c");
  private static final Pattern FIELD =
      Pattern.compile("^ {4}u(8|16|32|64) (\\w+)(?:\\[([0-9]+)])?;", Pattern.MULTILINE);
  private static final long ADDRESS = 0x1000_0000L;
  private static final Slot FD = new Slot("fd");

  /** A field of a structure in C. */
  private record Field(int offset, int bytes, int count) {}

  private String source = "";
  private List<String> kinds = List.of();
  private Map<String, Field> operation = Map.of();
  private int operationSize;

  @BeforeAll
  void readTheStructure() throws IOException {
    source = Files.readString(SOURCE);
    kinds =
        Pattern.compile("^ {4}([A-Z]+),", Pattern.MULTILINE)
            .matcher(source)
            .results()
            .map(match -> match.group(1))
            .toList();
    operation = fields("operation");
    // It ends with a field, and the largest has 8 bytes.
    operationSize =
        operation.values().stream().mapToInt(f -> f.offset + f.bytes * f.count).max().orElseThrow();
    assertThat(operationSize % 8).isZero();
  }

  /** Offsets as the C compiler of a 64-bit Linux gives them. */
  private Map<String, Field> fields(String structure) {
    int start = source.indexOf("struct " + structure + " {");
    Matcher matcher = FIELD.matcher(source.substring(start, source.indexOf("\n};", start)));
    Map<String, Field> fields = new LinkedHashMap<>();
    int at = 0;
    while (matcher.find()) {
      int bytes = Integer.parseInt(matcher.group(1)) / 8;
      int count = matcher.group(3) == null ? 1 : Integer.parseInt(matcher.group(3));
      at = (at + bytes - 1) / bytes * bytes;
      fields.put(matcher.group(2), new Field(at, bytes, count));
      at += bytes * count;
    }
    return fields;
  }

  private long constant(String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(source);
    assertThat(matcher.find()).as(pattern).isTrue();
    return Long.decode(matcher.group(1));
  }

  /** An image as the launcher finds it in its memory. */
  private final class Image {
    private final ByteBuffer bytes;

    private Image(Plan plan, Arch arch) {
      bytes = ByteBuffer.wrap(ImageWriter.write(plan, arch)).order(ByteOrder.LITTLE_ENDIAN);
    }

    int size() {
      return bytes.getInt(0);
    }

    int count() {
      return bytes.getInt(4);
    }

    /** A field of an operation; all its elements. */
    List<Long> all(int index, String name) {
      Field field = Objects.requireNonNull(operation.get(name));
      int at = 8 + operationSize * index + field.offset;
      return IntStream.range(0, field.count)
          .mapToObj(i -> number(at + i * field.bytes, field.bytes))
          .toList();
    }

    String kind(int index) {
      return kinds.get((int) one(index, "kind"));
    }

    long one(int index, String name) {
      return all(index, name).get(0);
    }

    long arg(int index, int number) {
      return all(index, "args").get(number);
    }

    private long number(int at, int size) {
      return switch (size) {
        case 1 -> Byte.toUnsignedLong(bytes.get(at));
        case 2 -> Short.toUnsignedLong(bytes.getShort(at));
        case 4 -> Integer.toUnsignedLong(bytes.getInt(at));
        default -> bytes.getLong(at);
      };
    }

    /** What lies at an address, behind the operations. */
    int offset(long address) {
      assertThat(address - ADDRESS)
          .isGreaterThanOrEqualTo(8 + (long) operationSize * count())
          .isLessThan(size());
      return (int) (address - ADDRESS);
    }

    String text(long address) {
      int start = offset(address);
      int end = start;
      while (bytes.get(end) != 0) {
        end++;
      }
      return new String(bytes.array(), start, end - start, StandardCharsets.UTF_8);
    }

    List<String> texts(long address) {
      assertThat(address % 8).isZero();
      List<String> texts = new ArrayList<>();
      for (int at = offset(address); bytes.getLong(at) != 0; at += 8) {
        texts.add(text(bytes.getLong(at)));
      }
      return texts;
    }

    List<Long> words(long address, int bytesEach, int count) {
      assertThat(address % 8).isZero();
      int at = offset(address);
      return LongStream.range(0, count)
          .mapToObj(i -> number(at + (int) i * bytesEach, bytesEach))
          .toList();
    }
  }

  private static Arg argv(String... words) {
    return new Arg.TextList(List.of(words));
  }

  private Image image(Step... steps) {
    return new Image(new Plan(List.of(steps)), Arch.X86_64);
  }

  private Image arm(Step... steps) {
    return new Image(new Plan(List.of(steps)), Arch.AARCH64);
  }

  @Test
  void the_constants_are_those_of_the_launcher() throws IOException {
    assertThat(constant("SLOTS = ([0-9]+)")).isEqualTo(ImageWriter.MAX_SLOTS);
    assertThat(constant("CAPACITY = ([0-9]+) << 20") << 20).isEqualTo(ImageWriter.CAPACITY);
    assertThat(constant("CONTROL = ([0-9]+)")).isEqualTo(Reports.CONTROL);
    assertThat(kinds)
        .containsExactly(
            "CALL", "LEAVE", "ASIDE", "AWAIT", "CHECK", "STORE", "LOAD", "MOVE", "INIT", "MORE");
    assertThat(Files.readString(Path.of("../dev/build-launcher")))
        .contains("--section-start=.image=0x" + Long.toHexString(ADDRESS));
    assertThat(fields("image").keySet()).containsExactly("size", "count");
    assertThat(fields("report").keySet()).containsExactly("kind", "step", "error", "pid");
    assertThat(operation.keySet())
        .containsExactly(
            "kind",
            "step",
            "number",
            "args",
            "slots",
            "save",
            "length",
            "tolerate",
            "retry",
            "tries",
            "otherwise");
  }

  @Test
  void the_header_tells_the_size_of_all_and_how_many_operations_there_are() {
    Image image = image(Calls.setsid(), Calls.chdir("/"), Calls.setsid());

    assertThat(image.size()).isEqualTo(image.bytes.capacity());
    assertThat(image.count()).isEqualTo(3);
    assertThat(image().size()).isEqualTo(8);
    assertThat(image().count()).isZero();
  }

  @Test
  void a_call_has_its_number_its_step_and_immediate_operands() {
    Image image =
        image(Calls.setsid(), Call.of(Sys.PRCTL, Arg.of(1), Arg.of(-2), Arg.NULL, Arg.mode(0777)));

    assertThat(image.kind(1)).isEqualTo("CALL");
    assertThat(image.one(1, "step")).isEqualTo(1);
    assertThat(image.one(1, "number")).isEqualTo(157);
    assertThat(image.all(1, "args")).containsExactly(1L, -2L, 0L, 511L, 0L, 0L);
    assertThat(image.all(1, "slots")).containsOnly(0L);
    assertThat(image.one(1, "save")).isZero();
    assertThat(image.one(1, "length")).isZero();
    assertThat(image.all(1, "tolerate")).containsOnly(0L);
    assertThat(image.one(1, "retry")).isZero();
    assertThat(image.one(1, "tries")).isZero();
  }

  @Test
  void each_architecture_gets_its_numbers_and_its_flags() {
    Call open = Calls.open("/x", Open.O_PATH, Open.O_DIRECTORY, Open.O_NOFOLLOW, Open.O_CLOEXEC);

    assertThat(image(open).one(0, "number")).isEqualTo(257);
    assertThat(arm(open).one(0, "number")).isEqualTo(56);
    assertThat(image(open).arg(0, 2)).isEqualTo(0x200000 | 0x10000 | 0x20000 | 0x80000);
    assertThat(arm(open).arg(0, 2)).isEqualTo(0x200000 | 0x4000 | 0x8000 | 0x80000);
    assertThat(image(open).arg(0, 0)).isEqualTo(-100);
  }

  @Test
  void how_many_operations_are_left_out_after_an_error_counts_from_one() {
    Image image =
        image(Calls.setsid(), Calls.setsid().otherwiseSkip(0), Calls.setsid().otherwiseSkip(7));

    assertThat(image.one(0, "otherwise")).isZero();
    assertThat(image.one(1, "otherwise")).isEqualTo(1);
    assertThat(image.one(2, "otherwise")).isEqualTo(8);
  }

  @Test
  void flags_in_a_structure_are_those_of_the_architecture_too() {
    Call open = Calls.openat2("/x", List.of(Open.O_DIRECTORY), List.of(Resolve.RESOLVE_IN_ROOT));
    Image image = arm(open);

    assertThat(image.words(image.arg(0, 2), 8, 3)).containsExactly(0x4000L, 0L, 0x10L);
    assertThat(image.one(0, "retry")).isEqualTo(Errno.EAGAIN.number());
    assertThat(image.one(0, "tries")).isPositive();
  }

  @Test
  void a_string_lies_behind_the_operations_and_ends_with_nul() {
    Image image = image(Calls.chdir("/a\u20acb"), Calls.chdir(""));

    assertThat(image.text(image.arg(0, 0))).isEqualTo("/a\u20acb");
    assertThat(image.text(image.arg(1, 0))).isEmpty();
    assertThat(image.bytes.get(image.size() - 1)).isZero();
  }

  @Test
  void equal_strings_lie_there_once() {
    Image image = image(Calls.symlink("/a", "/a"), Calls.chdir("/a"), Calls.chdir("/b"));

    assertThat(image.arg(0, 0)).isEqualTo(image.arg(0, 2)).isEqualTo(image.arg(1, 0));
    assertThat(image.arg(2, 0)).isNotEqualTo(image.arg(1, 0));
  }

  @Test
  void the_operands_of_execve_are_arrays_that_end_with_a_null_pointer() {
    Arg environment = new Arg.Environment(List.of("A=1", "sh"));
    Image image = image(Calls.execve("/bin/sh", argv("sh", "-c", "true"), environment));

    assertThat(image.text(image.arg(0, 0))).isEqualTo("/bin/sh");
    assertThat(image.texts(image.arg(0, 1))).containsExactly("sh", "-c", "true");
    assertThat(image.texts(image.arg(0, 2))).containsExactly("A=1", "sh");
    assertThat(image.words(image.arg(0, 1), 8, 1))
        .isEqualTo(image.words(image.arg(0, 2) + 8, 8, 1));
  }

  @Test
  void an_empty_array_is_only_the_null_pointer() {
    Image image = image(Calls.execve("/x", argv("x"), new Arg.Environment(List.of())));

    assertThat(image.texts(image.arg(0, 2))).isEmpty();
  }

  @Test
  void structures_have_fields_of_4_or_8_bytes() {
    Image image =
        image(
            Call.of(
                Sys.CAPSET,
                Arg.struct32(Arg.of(1), Arg.of(0xFFFF_FFFFL), Arg.of(3)),
                Arg.struct64(Arg.of(-1), Arg.of(5))));

    assertThat(image.words(image.arg(0, 0), 4, 3)).containsExactly(1L, 0xFFFF_FFFFL, 3L);
    assertThat(image.words(image.arg(0, 1), 8, 2)).containsExactly(-1L, 5L);
  }

  @Test
  void memory_is_the_same_only_if_it_is_one_object() {
    Memory memory = Memory.words("message", 7, 8);
    Image image =
        image(
            Call.of(Sys.READ, Arg.of(memory), new Arg.Address(memory, 4)),
            Call.of(Sys.READ, Arg.of(memory), Arg.of(Memory.words("message", 7, 8))));

    assertThat(image.words(image.arg(0, 0), 4, 2)).containsExactly(7L, 8L);
    assertThat(image.arg(0, 1)).isEqualTo(image.arg(0, 0) + 4);
    assertThat(image.arg(1, 0)).isEqualTo(image.arg(0, 0));
    assertThat(image.arg(1, 1)).isNotEqualTo(image.arg(0, 0));
  }

  /** The launcher's memory is zero beyond the image: what begins as zeros is not sent. */
  @Test
  void memory_of_zeros_lies_behind_the_image_and_overlaps_with_nothing() {
    Memory path = Memory.zeros("path", 4095);
    Image image =
        image(Calls.getcwd(path), Calls.chdir("/a"), Calls.getcwd(Memory.zeros("path", 8)));
    long first = image.arg(0, 0);
    long second = image.arg(2, 0);

    assertThat(image.arg(0, 1)).isEqualTo(4095);
    assertThat(first % 8 + second % 8).isZero();
    assertThat(first - ADDRESS).isBetween((long) image.size(), ImageWriter.CAPACITY - 4095L);
    assertThat(second - ADDRESS).isBetween((long) image.size(), ImageWriter.CAPACITY - 8L);
    assertThat(second + 8 <= first || first + 4095 <= second).isTrue();
    assertThat(image.text(image.arg(1, 0))).isEqualTo("/a");
  }

  @Test
  void memory_of_zeros_that_would_reach_into_the_image_is_refused() {
    String most = "x".repeat(ImageWriter.CAPACITY - 4096);

    assertThatThrownBy(() -> image(Calls.chdir(most), Calls.getcwd(Memory.zeros("path", 4096))))
        .isInstanceOf(ImageWriter.ImageTooLargeException.class);
    assertThatThrownBy(() -> image(Calls.getcwd(Memory.zeros("path", 4096)), Calls.chdir(most)))
        .isInstanceOf(ImageWriter.ImageTooLargeException.class);
  }

  @Test
  void a_result_is_kept_in_a_slot_and_read_from_it() {
    Slot other = new Slot("other");
    Image image =
        image(
            Calls.setsid().into(other),
            Calls.setsid().into(FD),
            Calls.setns(Arg.of(FD), Clone.CLONE_NEWNET),
            Call.of(Sys.READ, Arg.of(other), Arg.NULL, Arg.of(new Slot("fd"))),
            Calls.setsid().into(FD));

    assertThat(image.one(0, "save")).isEqualTo(1);
    assertThat(image.one(1, "save")).isEqualTo(2);
    assertThat(image.all(2, "slots")).containsExactly(2L, 0L, 0L, 0L, 0L, 0L);
    assertThat(image.all(2, "args")).containsExactly(0L, 0x4000_0000L, 0L, 0L, 0L, 0L);
    assertThat(image.all(3, "slots")).containsExactly(1L, 0L, 2L, 0L, 0L, 0L);
    assertThat(image.one(4, "save")).isEqualTo(2);
  }

  @Test
  void there_are_255_slots_and_not_one_more() {
    assertThat(image(slots(255)).one(254, "save")).isEqualTo(255);
    assertThatThrownBy(() -> image(slots(256)))
        .isInstanceOf(ImageWriter.ImageTooLargeException.class)
        .hasMessageContaining("255");
  }

  private static Step[] slots(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Calls.setsid().into(new Slot("slot " + i)))
        .toArray(Step[]::new);
  }

  @Test
  void tolerated_errors_and_the_one_to_try_again_after_are_16_bit_numbers() {
    Image image =
        image(
            Calls.setsid()
                .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR, Errno.EOVERFLOW)
                .retry(Errno.EINTR));

    assertThat(image.all(0, "tolerate")).containsExactlyInAnyOrder(2L, 13L, 20L, 75L);
    assertThat(image.one(0, "retry")).isEqualTo(4);
    assertThat(image.one(0, "tries")).isEqualTo(64);
  }

  @Test
  void a_fifth_tolerated_error_does_not_become_one_to_try_again_after() {
    Call call =
        Calls.setsid()
            .tolerate(Errno.ENOENT, Errno.EACCES, Errno.ENOTDIR, Errno.EPERM, Errno.EINVAL);

    assertThatThrownBy(() -> image(call)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void leaving_is_a_clone_of_its_own_kind() {
    Memory report = Memory.words("report", 1, 0, 0, 0);
    Call clone = Calls.clone(List.of(Clone.CLONE_VM, Clone.SIGCHLD), new Arg.Address(report, 12));
    Image image = image(new Step.Leave(clone));

    assertThat(image.kind(0)).isEqualTo("LEAVE");
    assertThat(image.one(0, "number")).isEqualTo(56);
    assertThat(arm(new Step.Leave(clone)).one(0, "number")).isEqualTo(220);
    assertThat(image.arg(0, 0)).isEqualTo(0x100 | 17);
    assertThat(image.arg(0, 1)).as("on the same stack").isZero();
    assertThat(image.offset(image.arg(0, 2) - 12)).isPositive();
  }

  @Test
  void aside_tells_how_many_operations_are_its_own() {
    Steps body = new Steps();
    for (int i = 0; i < 200; i++) {
      body.add(Calls.setsid());
    }
    Image image = new Image(new Steps().aside(Calls.cloneAside(), body).toPlan(), Arch.X86_64);

    assertThat(image.count()).isEqualTo(201);
    assertThat(image.kind(0)).isEqualTo("ASIDE");
    assertThat(image.one(0, "length")).isEqualTo(200);
    assertThat(image.one(0, "number")).isEqualTo(56);
    assertThat(image.arg(0, 0)).as("with CLONE_VM and CLONE_CHILD_CLEARTID").isEqualTo(0x308511);
  }

  @Test
  void waiting_for_the_process_aside_needs_nothing_but_its_step() {
    Image image = image(Calls.setsid(), new Step.Await("it is done"));

    assertThat(image.kind(1)).isEqualTo("AWAIT");
    assertThat(image.one(1, "step")).isEqualTo(1);
    assertThat(image.all(1, "args")).containsOnly(0L);
  }

  @Test
  void a_check_has_subject_size_mask_number_error_and_sense_as_operands() {
    Memory path = Memory.words("path", 1, 2);
    Image image =
        image(
            Calls.setsid().into(FD),
            new Step.Check("a", Arg.of(FD), 0, -1, -13, true, Errno.EACCES, ""),
            new Step.Check("b", Arg.of(path), 1, 0xFF, '/', false, Errno.EXDEV, ""));

    assertThat(image.kind(1)).isEqualTo("CHECK");
    assertThat(image.all(1, "slots")).containsExactly(1L, 0L, 0L, 0L, 0L, 0L);
    assertThat(image.all(1, "args")).containsExactly(0L, 0L, -1L, -13L, 13L, 1L);
    assertThat(image.kind(2)).isEqualTo("CHECK");
    assertThat(image.one(2, "step")).isEqualTo(2);
    assertThat(image.all(2, "slots")).containsOnly(0L);
    assertThat(image.all(2, "args"))
        .containsExactly(ADDRESS + image.offset(image.arg(2, 0)), 1L, 0xFFL, 47L, 18L, 0L);
  }

  @Test
  void an_image_grows_as_it_must_and_keeps_what_it_holds() {
    Step[] steps =
        IntStream.range(0, 3000).mapToObj(i -> Calls.chdir("/" + i)).toArray(Step[]::new);
    Image image = image(steps);

    assertThat(IntStream.range(0, 3000).mapToObj(i -> image.text(image.arg(i, 0))))
        .containsExactlyElementsOf(IntStream.range(0, 3000).mapToObj(i -> "/" + i).toList());
  }

  @Test
  void an_image_as_large_as_the_launchers_memory_is_written_and_a_larger_one_refused() {
    int room = ImageWriter.CAPACITY - 8 - operationSize - 1; // the operation, and the NUL

    assertThat(image(Calls.chdir("x".repeat(room))).size()).isEqualTo(ImageWriter.CAPACITY);
    assertThatThrownBy(() -> image(Calls.chdir("x".repeat(room + 1))))
        .isInstanceOf(ImageWriter.ImageTooLargeException.class);
  }

  /** 2 MB of words and pointers is what execve(2) takes under the usual limit of the stack. */
  @Test
  void the_longest_command_that_the_kernel_takes_fits() {
    List<String> words = new ArrayList<>(Collections.nCopies(200_000, "a"));
    Steps steps = new Steps();
    Command.execute(
        ContainerPlansTest.request(ContainerSpec.builder().command(words).build()).process(),
        null,
        steps);

    Image image = new Image(steps.toPlan(), Arch.X86_64);

    assertThat(image.texts(image.arg(0, 1))).hasSize(200_000);
  }
}
