package io.jcontainer.linux.launch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.process.Words;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.run.ContainerPlansTest.Sample;
import io.jcontainer.linux.user.Identity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TemplateTest {
  private static final String SAMPLES = "io.jcontainer.linux.run.ContainerPlansTest#samples";
  private static final int ADDRESS = 0x1000_0000;

  private static Template template(Plan plan) {
    return Template.of(plan, Arch.X86_64, ContainerPlansTest.ID);
  }

  private static Words words(LaunchRequest request) {
    boolean looked = Identity.of(request.process()).needsPasswd();
    return Words.of(request.process(), looked ? Identity.homeVariable() : null);
  }

  private static Program fill(Template template, LaunchRequest request, Plan plan) {
    return template.fill(words(request), () -> plan);
  }

  private static LaunchRequest other(LaunchRequest request) {
    ContainerSpec spec =
        request.spec().toBuilder()
            .command("a-program", "with", "arguments")
            .env("ANOTHER", "variable")
            .process(p -> p.cwd("/another/directory"))
            .build();
    return request.with(spec);
  }

  /** The call of an operation, and its words. */
  private static List<Object> read(byte[] image, int index, boolean execution) {
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int at = 8 + 88 * index;
    List<Object> read = new ArrayList<>();
    read.add(bytes.getLong(at + 8));
    read.add(bytes.getInt(at + 84));
    if (execution) {
      read.add(text(bytes, bytes.getLong(at + 16)));
      read.add(pointers(bytes, bytes.getLong(at + 24)));
      read.add(pointers(bytes, bytes.getLong(at + 32)));
    } else {
      read.add(text(bytes, bytes.getLong(at + 24)));
    }
    return read;
  }

  private static String text(ByteBuffer image, long address) {
    StringBuilder text = new StringBuilder();
    for (long at = address - ADDRESS; at >= 8 && at < image.capacity(); at++) {
      byte next = image.get((int) at);
      if (next == 0) {
        break;
      }
      text.append((char) next);
    }
    return text.toString();
  }

  private static List<String> pointers(ByteBuffer image, long address) {
    List<String> texts = new ArrayList<>();
    for (long at = address - ADDRESS; at >= 8 && at + 8 <= image.capacity(); at += 8) {
      long next = image.getLong((int) at);
      if (next == 0) {
        break;
      }
      texts.add(next - ADDRESS < image.capacity() ? text(image, next) : "&" + next);
    }
    return texts;
  }

  @ParameterizedTest
  @MethodSource(SAMPLES)
  void a_filled_template_executes_what_an_image_of_its_own_executes(Sample sample) {
    LaunchRequest wanted = other(sample.request());
    Plan plan = sample.planFor(ContainerPlansTest.ID, wanted.spec());
    byte[] own = ImageWriter.write(plan, Arch.X86_64);

    byte[] filled = fill(template(sampleWithAsMany(sample)), wanted, plan).image();

    for (int i = 0; i < plan.steps().size(); i++) {
      String call = plan.describe(i).call();
      boolean execution = call.startsWith("execve(");
      if (execution || call.contains("= <cwd>")) {
        assertThat(read(filled, i, execution)).as(call).isEqualTo(read(own, i, execution));
      }
    }
    assertThat(ByteBuffer.wrap(filled).order(ByteOrder.LITTLE_ENDIAN).getInt(0))
        .isEqualTo(filled.length);
  }

  /** Its plan, of a program that is looked for in the same directories. */
  private static Plan sampleWithAsMany(Sample sample) {
    ContainerSpec spec =
        sample.request().spec().toBuilder().command("of-the-first", "words").build();
    if (spec.makesCwd()) { // what makes a directory is in the plan: templates are of one each
      spec = spec.toBuilder().cwd(other(sample.request()).spec().cwd()).build();
    }
    return sample.planFor(ContainerPlansTest.ID, spec);
  }

  @ParameterizedTest
  @MethodSource(SAMPLES)
  void nothing_of_one_process_is_in_the_image_of_another(Sample sample) {
    LaunchRequest wanted = other(sample.request());
    Plan plan = sample.planFor(ContainerPlansTest.ID, wanted.spec());
    Template template = template(sampleWithAsMany(sample));
    byte[] first = fill(template, wanted, plan).image().clone();

    byte[] second = fill(template, other(sample.request()), plan).named("fedcba987654").image();

    assertThat(new String(first, ISO_8859_1))
        .contains("/another/directory", "with", "ANOTHER=variable")
        .doesNotContain("of-the-first");
    assertThat(fill(template, wanted, plan).image()).isEqualTo(first);
    assertThat(new String(second, ISO_8859_1)).doesNotContain(ContainerPlansTest.ID);
  }

  @Test
  void a_step_of_a_filled_template_is_described_with_its_own_words() {
    Sample sample = ContainerPlansTest.samples().get(0);
    LaunchRequest wanted = other(sample.request());
    Plan plan = sample.planFor(ContainerPlansTest.ID, wanted.spec());

    Program program = fill(template(sampleWithAsMany(sample)), wanted, plan);

    assertThat(program.candidates()).first().isEqualTo("/usr/local/sbin/a-program");
    assertThat(program.describe(plan.steps().size() - 10).call())
        .isEqualTo(plan.describe(plan.steps().size() - 10).call());
  }

  @Test
  void as_many_words_as_no_kernel_takes_are_refused() {
    Sample sample = ContainerPlansTest.samples().get(0);
    ContainerSpec spec =
        sample.request().spec().toBuilder().command("a", "x".repeat(ImageWriter.CAPACITY)).build();
    LaunchRequest wanted = sample.request().with(spec);

    assertThatThrownBy(() -> fill(template(sample.plan()), wanted, sample.plan()))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("command"));
  }
}
