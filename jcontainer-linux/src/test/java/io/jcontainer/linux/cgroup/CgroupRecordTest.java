package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.CgroupRecord.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupRecordTest {
  @TempDir Path directory;

  private static CgroupRecord containers(Version version, Path path, Controller... controllers) {
    return new CgroupRecord(Kind.CONTAINERS, version, Set.of(controllers), path);
  }

  @Test
  void what_is_written_is_read_again() {
    for (CgroupRecord record :
        List.of(
            containers(Version.V1, Path.of("/sys/fs/cgroup/cpu,cpuacct/a b"), Controller.CPU),
            containers(
                Version.V2, Path.of("/sys/fs/cgroup/x"), Controller.MEMORY, Controller.FREEZER),
            new CgroupRecord(Kind.PARENT, Version.V2, Set.of(), Path.of("/sys/fs/cgroup/p")),
            new CgroupRecord(Kind.LEAF, Version.V2, Set.of(), Path.of("/sys/fs/cgroup/l")))) {
      assertThat(CgroupRecord.parse(record.line())).contains(record);
    }
  }

  @Test
  void a_line_has_the_path_last_for_it_may_hold_blanks() {
    assertThat(containers(Version.V2, Path.of("/a b"), Controller.PIDS, Controller.IO).line())
        .isEqualTo("CONTAINERS V2 IO,PIDS /a b");
    assertThat(new CgroupRecord(Kind.LEAF, Version.V2, Set.of(), Path.of("/a")).line())
        .isEqualTo("LEAF V2 - /a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "CONTAINERS",
        "CONTAINERS V2 -",
        "CONTAINERS V2 - relative",
        "CONTAINERS V3 - /a",
        "OTHERS V2 - /a",
        "CONTAINERS V2 MEMORY,NONE /a",
        "CONTAINERS V2 - /a\0b",
      })
  void what_no_runtime_writes_is_no_record(String line) {
    assertThat(CgroupRecord.parse(line)).isEmpty();
    assertThat(CgroupRecord.parse(List.of(line, "LEAF V2 - /a"))).hasSize(1);
  }

  @Test
  void a_container_is_found_by_its_id_with_the_controllers_of_all_lines() throws IOException {
    Path memory = Files.createDirectories(directory.resolve("memory"));
    Path unified = Files.createDirectories(directory.resolve("unified"));
    List<CgroupRecord> records =
        List.of(
            new CgroupRecord(Kind.PARENT, Version.V2, Set.of(), unified),
            containers(Version.V2, unified, Controller.FREEZER),
            containers(Version.V1, memory, Controller.MEMORY),
            containers(Version.V2, unified, Controller.PIDS));
    assertThat(CgroupRecord.directories(records, "c1")).isEmpty();

    Files.createDirectory(unified.resolve("c1"));
    assertThat(CgroupRecord.directories(records, "c1"))
        .containsExactly(
            new CgroupDirectory(
                Version.V2, Set.of(Controller.FREEZER, Controller.PIDS), unified.resolve("c1")));

    Files.createDirectory(memory.resolve("c1"));
    assertThat(CgroupRecord.directories(records, "c1"))
        .extracting(CgroupDirectory::version)
        .containsExactly(Version.V2, Version.V1);
  }
}
