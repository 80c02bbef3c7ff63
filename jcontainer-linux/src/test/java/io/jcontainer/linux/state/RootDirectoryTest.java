package io.jcontainer.linux.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootDirectoryTest {
  private static final IdMapping IDS =
      new IdMapping(
          List.of(new Range(0, 1000, 1), new Range(1, 100_000, 65_536)),
          List.of(new Range(0, 1001, 1)));

  @Test
  void the_ids_of_a_copy_are_read_as_they_were_written() {
    assertThat(RootDirectory.read(RootDirectory.write(IDS).lines().toList())).contains(IDS);
  }

  @Test
  void half_of_them_and_anything_else_are_none() {
    List<String> lines = RootDirectory.write(IDS).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      assertThat(RootDirectory.read(lines.subList(0, i))).isEmpty();
    }
    assertThat(RootDirectory.read(List.of("uid 0 x 1", "gid 0 0 1", "end"))).isEmpty();
    assertThat(RootDirectory.read(List.of("uid 0 0 0", "gid 0 0 1", "end"))).isEmpty();
    assertThat(RootDirectory.read(List.of("end"))).isEmpty();
  }
}
