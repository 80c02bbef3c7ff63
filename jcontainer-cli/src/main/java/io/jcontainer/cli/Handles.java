package io.jcontainer.cli;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import java.util.List;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The containers that a call names. */
final class Handles {
  private Handles() {}

  /** An operand that names one. */
  static PositionalParamSpec operand(int index) {
    return operands(Integer.toString(index), "CONTAINER", String.class);
  }

  /** Operands that name one or more. */
  static PositionalParamSpec operands() {
    return operands("0..*", "CONTAINER...", List.class);
  }

  /** Operands that name any number. */
  static PositionalParamSpec anyOperands() {
    return PositionalParamSpec.builder(operands("0..*", "CONTAINER...", List.class))
        .arity("0..*")
        .required(false)
        .build();
  }

  private static PositionalParamSpec operands(String index, String label, Class<?> type) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .hideParamSyntax(true)
        .index(index)
        .type(type)
        .auxiliaryTypes(String.class)
        .arity(type == List.class ? "1..*" : "1")
        .required(true)
        .description("An id, the beginning of one, or a name, as ps shows them.")
        .build();
  }

  static ContainerHandle find(ContainerRuntime containers, String idOrName) {
    return containers
        .find(idOrName)
        .orElseThrow(
            () ->
                new ContainerGoneException(
                    "no container \"" + idOrName + "\" of this user runs; ps lists them"));
  }
}
