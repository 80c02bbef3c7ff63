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
            .map(fact -> "    " + Json.quoted(fact.getKey()) + ": " + Json.quoted(fact.getValue()))
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
            Json.quoted(finding.name()),
            Json.quoted(finding.title()),
            finding.works(),
            quoted(finding.cause()),
            quoted(finding.cure()));
  }

  private static String quoted(Optional<String> text) {
    return text.map(Json::quoted).orElse("null");
  }
}
