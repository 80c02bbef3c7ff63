package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates, columns and times, as Docker's lists have them. */
class ListTextTest {

  @Test
  void a_template_reads_fields_of_fields_as_go_prints_them() {
    Map<String, Object> values =
        Map.of("A", List.of("x", "y z"), "B", Map.of("C", Map.of("k", "v")), "N", Optional.empty());

    assertThat(new Template("{{.A}}|{{ .B.C.k }}|{{.B.C}}|{{.N}}|$1\\t.").of(values))
        .isEqualTo("[x y z]|v|map[k:v]|<nil>|$1\t.");
    assertThat(new Template("{{json .A}} {{json .B}} {{json .N}}").of(values))
        .isEqualTo("[\"x\", \"y z\"] {\"C\": {\"k\": \"v\"}} null");
    assertThat(new Template("{{json .}}").of(Map.of("a", 1))).isEqualTo("{\"a\": 1}");
  }

  @Test
  void what_is_more_than_a_field_is_refused_before_anything_is_done() {
    assertThatThrownBy(() -> new Template("{{if .A}}"))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("{{if .A}}");
    assertThatThrownBy(() -> new Template("{{.A.B}}").of(Map.of("A", "text")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("no field A.B");
  }

  @Test
  void columns_are_ten_wide_or_as_wide_as_they_have_to_be() {
    assertThat(Columns.of(List.of("A\tB\tC", "longer than\tb\tc")))
        .isEqualTo("A             B         C\nlonger than   b         c\n");
    assertThat(Columns.of(List.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PT0.5S,Less than a second",
    "PT1S,1 second",
    "PT59S,59 seconds",
    "PT60S,About a minute",
    "PT59M,59 minutes",
    "PT60M,About an hour",
    "PT47H,47 hours",
    "P2D,2 days",
    "P13D,13 days",
    "P14D,2 weeks",
    "P59D,8 weeks",
    "P60D,2 months",
    "P729D,24 months",
    "P730D,2 years"
  })
  void times_are_told_as_docker_tells_them(Duration duration, String text) {
    assertThat(Ago.of(duration)).isEqualTo(text);
  }

  @Test
  void a_time_that_is_not_known_is_not_applicable() {
    assertThat(Ago.of(Optional.empty(), Instant.EPOCH)).isEqualTo("N/A");
    assertThat(Ago.of(Optional.of(Instant.EPOCH), Instant.EPOCH.plusSeconds(5)))
        .isEqualTo("5 seconds ago");
  }
}
