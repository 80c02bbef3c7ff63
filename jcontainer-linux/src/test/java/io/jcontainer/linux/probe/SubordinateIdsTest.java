package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The format of subuid(5). */
class SubordinateIdsTest {
  private static final long UID = 4711;
  private static final String NAME = System.getProperty("user.name");

  @TempDir private Path directory = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("subuid");
  }

  private List<Range> granted(long uid, String text) throws IOException {
    Files.writeString(file, text);
    return SubordinateIds.of(file.toString(), uid);
  }

  @Test
  void a_user_is_granted_ranges_by_name_or_number_in_the_order_of_the_file() throws IOException {
    String text =
        """
        somebody:100000:65536
        4711:200000:65536
        %s:300000:1000
        """
            .formatted(NAME);

    assertThat(granted(UID, text))
        .containsExactly(new Range(0, 200_000, 65_536), new Range(0, 300_000, 1000));
  }

  @Test
  void root_is_named_root_whatever_the_jvm_calls_its_user() throws IOException {
    assertThat(granted(0, "0:100000:1\nroot:200000:2\n"))
        .containsExactly(new Range(0, 100_000, 1), new Range(0, 200_000, 2));
  }

  @Test
  void a_name_or_number_that_only_begins_alike_is_another_user() throws IOException {
    assertThat(granted(UID, "47110:1:1\n471:1:1\n" + NAME + "x:1:1\n")).isEmpty();
  }

  @Test
  void whoever_is_granted_some_of_the_same_ids_is_named() throws IOException {
    String text =
        """
        4711:100000:1000
        before:99000:1000
        first:99001:1000
        4711:200000:1000
        last:200999:1
        after:201000:1000
        """;
    Files.writeString(file, text);

    assertThat(SubordinateIds.sharers(file.toString(), UID)).containsExactly("first", "last");
    assertThat(SubordinateIds.sharers(file.toString(), 1)).isEmpty();
  }

  @Test
  void lines_of_another_form_and_empty_ranges_grant_nothing() throws IOException {
    String text =
        """
        # 4711:100000:65536

        4711:100000
        4711:100000:65536:1
        4711:-1:5
        4711:0x10:5
        4711::5
        4711:100000:0
        """;

    assertThat(granted(UID, text)).isEmpty();
  }

  @Test
  void blanks_around_a_line_and_a_missing_newline_at_the_end_do_no_harm() throws IOException {
    assertThat(granted(UID, "  4711:100000:65536\t"))
        .containsExactly(new Range(0, 100_000, 65_536));
  }

  /** One wrong line of the administrator's must not keep everyone from starting containers. */
  @Test
  void a_range_beyond_all_ids_grants_nothing_and_harms_nobody() throws IOException {
    assertThat(granted(UID, "4711:4294967290:100\n4711:9999999999:1\n4711:100000:65536\n"))
        .containsExactly(new Range(0, 100_000, 65_536));
  }

  @Test
  void no_file_grants_nothing() {
    assertThat(SubordinateIds.of(directory.resolve("absent").toString(), UID)).isEmpty();
  }
}
