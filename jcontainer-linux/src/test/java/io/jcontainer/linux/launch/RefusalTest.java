package io.jcontainer.linux.launch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.launch.Inspection.Seen;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.sys.Errno;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {
  private final Map<String, Seen> files = new HashMap<>();

  private void text(String path, String content) {
    files.put(path, new Seen(null, FileHead.of(content.getBytes(ISO_8859_1))));
  }

  private void program(String path, int machine, String loader) {
    files.put(
        path, new Seen(null, FileHead.of(FileHeadTest.bytes(FileHeadTest.elf(machine, loader)))));
  }

  private void error(String path, Errno errno) {
    files.put(path, new Seen(errno, null));
  }

  private Refusal of(List<String> paths, Errno... results) {
    List<Integer> numbers = Stream.of(results).map(errno -> -errno.number()).toList();
    Refusal.Eyes eyes = path -> files.getOrDefault(path, new Seen(Errno.ENOENT, null));
    return Refusal.of(paths, numbers, eyes, Arch.X86_64);
  }

  private String hint(Errno errno) {
    Refusal refusal = of(List.of("/x"), errno);
    assertThat(refusal.candidate()).isZero();
    assertThat(refusal.errno()).isEqualTo(errno);
    return String.valueOf(refusal.hint());
  }

  private @Nullable Errno foreseen(String path) {
    return Refusal.foresee(
        path, it -> files.getOrDefault(it, new Seen(Errno.ENOENT, null)), Arch.X86_64);
  }

  @Test
  void what_is_in_the_way_is_foreseen() {
    program("/lacking", 62, "/lib64/ld-linux-x86-64.so.2");
    text("/script", "#!/lacking\n");
    text("/lost", "#!/nowhere\n");
    error("/directory", Errno.EISDIR);

    assertThat(foreseen("/lacking")).isEqualTo(Errno.ENOENT);
    assertThat(foreseen("/script")).isEqualTo(Errno.ENOENT);
    assertThat(foreseen("/lost")).isEqualTo(Errno.ENOENT);
    assertThat(foreseen("/directory")).isEqualTo(Errno.EACCES);
  }

  @Test
  void what_may_work_is_left_to_the_kernel() {
    files.put("/static", new Seen(null, new FileHead.Elf(62, 2, null)));
    program("/foreign", 183, "/lib/ld-linux-aarch64.so.1");
    program("/dynamic", 62, "/static");
    text("/script", "#!/dynamic\n");
    text("/again", "#!/again\n");
    text("/text", "no program\n");
    error("/secret", Errno.EACCES);

    assertThat(foreseen("/static")).isNull();
    assertThat(foreseen("/foreign")).as("there may be a handler").isNull();
    assertThat(foreseen("/dynamic")).isNull();
    assertThat(foreseen("/script")).isNull();
    assertThat(foreseen("/again")).isNull();
    assertThat(foreseen("/text")).as("there may be a handler").isNull();
    assertThat(foreseen("/secret")).isNull();
  }

  @Test
  void a_file_that_is_not_there() {
    assertThat(hint(Errno.ENOENT)).isEqualTo("The container has no such file");
    assertThat(hint(Errno.ENOTDIR)).isEqualTo("The container has no such file");
  }

  @Test
  void a_program_without_its_loader() {
    program("/x", 62, "/lib64/ld-linux-x86-64.so.2");

    assertThat(hint(Errno.ENOENT))
        .isEqualTo(
            "It needs the loader /lib64/ld-linux-x86-64.so.2, which is not in the container");
  }

  @Test
  void a_script_without_its_interpreter() {
    text("/x", "#!/usr/bin/python3\n");
    assertThat(hint(Errno.ENOENT))
        .isEqualTo("Its interpreter /usr/bin/python3 (from #!) is not in the container");

    text("/x", "#!/bin/sh\r\n");
    assertThat(hint(Errno.ENOENT)).contains("/bin/sh? (from #!)", "as on Windows");
  }

  @Test
  void a_script_whose_interpreter_lacks_its_loader() {
    text("/x", "#!/bin/bash\n");
    program("/bin/bash", 62, "/lib/ld.so");

    assertThat(hint(Errno.ENOENT))
        .isEqualTo(
            "Its interpreter /bin/bash (from #!) cannot be executed: It needs the loader"
                + " /lib/ld.so, which is not in the container");
  }

  @Test
  void a_script_that_is_its_own_interpreter_is_an_end_too() {
    text("/x", "#!/x\n");

    assertThat(hint(Errno.ENOEXEC)).contains("/x (from #!)");
  }

  @Test
  void a_program_of_another_architecture() {
    program("/x", 183, "/lib/ld.so");
    assertThat(hint(Errno.ENOEXEC)).isEqualTo("It is built for aarch64, and this host is x86_64");

    program("/x", 9999, "/lib/ld.so");
    assertThat(hint(Errno.ENOEXEC)).contains("another machine (ELF number 9999)");
  }

  @Test
  void what_is_no_program_at_all() {
    text("/x", "echo hello\n");
    assertThat(hint(Errno.ENOEXEC)).contains("script without #!");
    text("/x", "");
    assertThat(hint(Errno.ENOEXEC)).isEqualTo("It is empty");
    text("/x", "\0\1\2");
    assertThat(hint(Errno.ENOEXEC)).isEqualTo("It is neither a program nor a script");
    program("/x", 62, "/lib/ld.so");
    assertThat(hint(Errno.ENOEXEC)).isEqualTo("It is a damaged program");
  }

  @Test
  void what_may_not_be_executed() {
    text("/x", "no program");
    assertThat(hint(Errno.EACCES)).contains("not executable", "chmod +x", "noexec");
    text("/x", "#!/i\n");
    text("/i", "");
    assertThat(hint(Errno.EACCES)).contains("or its interpreter /i", "chmod +x");
    error("/x", Errno.EISDIR);
    assertThat(hint(Errno.EACCES)).isEqualTo("It is a directory");
    error("/x", Errno.EACCES);
    assertThat(hint(Errno.EACCES)).contains("may not read it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"E2BIG", "ELOOP", "ETXTBSY", "EPERM", "ELIBBAD"})
  void what_the_file_cannot_tell_is_left_to_the_table(String errno) {
    text("/x", "");

    assertThat(of(List.of("/x"), Errno.valueOf(errno)).hint()).isNull();
  }

  @Test
  void a_child_that_cannot_tell_any_more_is_no_hint_and_no_failure() {
    Refusal refusal = Refusal.of(List.of("/x"), List.of(-8), path -> null, Arch.X86_64);

    assertThat(refusal).isEqualTo(new Refusal(0, Errno.ENOEXEC, null));
  }

  @Test
  void of_a_search_the_file_that_is_there_is_to_blame() {
    List<String> paths = List.of("/a/x", "/b/x", "/c/x");
    program("/b/x", 62, "/lib/ld.so");

    assertThat(of(paths, Errno.ENOENT, Errno.ENOENT, Errno.ENOTDIR).candidate()).isEqualTo(1);
    assertThat(of(paths, Errno.ENOENT, Errno.ENOENT, Errno.EACCES))
        .matches(refusal -> refusal.candidate() == 2 && refusal.errno() == Errno.EACCES);
    assertThat(of(paths, Errno.EACCES, Errno.E2BIG, Errno.EACCES))
        .matches(refusal -> refusal.candidate() == 1 && refusal.errno() == Errno.E2BIG);
  }

  @Test
  void a_search_that_finds_nothing_says_where_it_looked() {
    assertThat(of(List.of("/a/x", "./x", "/x"), Errno.ENOENT, Errno.ENOTDIR, Errno.ENOENT))
        .isEqualTo(
            new Refusal(
                -1, Errno.ENOENT, "The container has it in no directory of PATH: /a, ., /"));
  }

  @Test
  void a_name_from_a_file_cannot_move_a_terminals_cursor() {
    text("/x", "#!/\u001b[2J\n");

    assertThat(hint(Errno.ENOENT)).contains("/?[2J").doesNotContain("\u001b");
  }
}
