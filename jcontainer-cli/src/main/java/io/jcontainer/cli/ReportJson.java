package io.jcontainer.cli;

import io.jcontainer.HostReport;
import java.util.Optional;
import java.util.stream.Collectors;

/** A report as JSON, RFC 8259: an object with {@code canStart}, {@code facts}, {@code findings}. */
final class ReportJson {
  private ReportJson() {}

  static String of(HostReport report) {
    String facts =
        report.facts().entrySet().stream()
            .map(fact -> "    " + quoted(fact.getKey()) + ": " + quoted(fact.getValue()))
            .collect(Collectors.joining(",\n"));
    String findings =
        report.findings().stream()
            .map(finding -> "    " + of(finding))
            .collect(Collectors.joining(",\n"));
    return """
        {
          "canStart": %s,
          "facts": {
        %s
          },
          "findings": [
        %s
          ]
        }"""
        .formatted(report.canStart(), facts, findings);
  }

  private static String of(HostReport.Finding finding) {
    return "{\"name\": %s, \"title\": %s, \"works\": %s, \"cause\": %s, \"cure\": %s}"
        .formatted(
            quoted(finding.name()),
            quoted(finding.title()),
            finding.works(),
            quoted(finding.cause()),
            quoted(finding.cure()));
  }

  private static String quoted(Optional<String> text) {
    return text.map(ReportJson::quoted).orElse("null");
  }

  /**
   * Everything that is not plain ASCII is escaped, so the encoding of the output does not matter.
   */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
