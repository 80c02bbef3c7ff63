package io.jcontainer.cli;

import java.util.List;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Words of a call that are no options. */
final class Operands {
  private Operands() {}

  /** One that has to be there. */
  static PositionalParamSpec one(int index, String label, String description) {
    return spec(Integer.toString(index), label, description, String.class, "1", true);
  }

  /** One that may be left out. */
  static PositionalParamSpec optional(int index, String label, String description) {
    return spec(Integer.toString(index), label, description, String.class, "0..1", false);
  }

  /** One or more. */
  static PositionalParamSpec several(String label, String description) {
    return spec("0..*", label, description, List.class, "1..*", true);
  }

  private static PositionalParamSpec spec(
      String index,
      String label,
      String description,
      Class<?> type,
      String arity,
      boolean required) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .hideParamSyntax(true)
        .index(index)
        .type(type)
        .auxiliaryTypes(String.class)
        .arity(arity)
        .required(required)
        .description(description)
        .build();
  }
}
