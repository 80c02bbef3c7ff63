package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerException;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdMapsTest {
  private static final int SELF = Math.toIntExact(ProcessHandle.current().pid());

  @Test
  void the_maps_of_a_process_are_read_as_the_kernel_writes_them() throws IOException {
    IdMapping ids = IdMaps.read(SELF);

    assertThat(ids.uids().stream().map(Range::toString))
        .isEqualTo(
            Files.readAllLines(Path.of("/proc/self/uid_map")).stream()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList());
    assertThat(ids.gids()).isNotEmpty();
  }

  @Test
  void whether_setgroups_is_denied_is_read_too() throws IOException {
    assertThat(IdMaps.groupsDenied(SELF))
        .isEqualTo(Files.readString(Path.of("/proc/self/setgroups")).equals("deny\n"));
  }

  @Test
  void a_process_that_is_not_there_is_told() {
    assertThatThrownBy(() -> IdMaps.read(Integer.MAX_VALUE))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("/proc/2147483647/uid_map");
  }

  @Test
  void root_has_a_range_of_its_own_and_never_its_own_id() {
    assertThat(new IdMaps(0, 0).leastDemanding())
        .isEqualTo(IdMapping.range(1_879_048_192L, 65_536));
    assertThat(new IdMaps(0, 0).preferred())
        .hasSize(1)
        .allSatisfy(
            ids -> {
              assertThat(ids.uids()).noneMatch(range -> range.hostId() == 0);
              assertThat(ids.gids()).noneMatch(range -> range.hostId() == 0);
            });
  }

  @Test
  void an_ordinary_user_falls_back_to_its_own_ids_which_need_no_grant() {
    IdMapping own = new IdMapping(List.of(new Range(0, 4711, 1)), List.of(new Range(0, 4712, 1)));
    IdMaps maps = new IdMaps(4711, 4712);

    assertThat(maps.leastDemanding()).isEqualTo(own);
    assertThat(maps.preferred()).endsWith(own);
  }

  @Test
  void whatever_is_preferred_maps_root() {
    for (long id : List.of(0L, 4711L)) {
      assertThat(new IdMaps(id, id).preferred())
          .allSatisfy(
              ids -> {
                assertThat(ids.uids()).anyMatch(range -> range.containerId() == 0);
                assertThat(ids.gids()).anyMatch(range -> range.containerId() == 0);
              });
    }
  }
}
