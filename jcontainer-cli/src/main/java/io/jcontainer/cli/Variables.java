package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The words after {@code --env}, as Docker understands them. */
final class Variables {
  private Variables() {}

  /**
   * The variables that the words stand for.
   *
   * @param words {@code NAME=VALUE}, or {@code NAME} for the caller's value; a variable that the
   *     caller does not have is left out
   * @param callerEnv the caller's environment
   * @throws InvalidSpecException if a word has no name
   */
  static Map<String, String> of(List<String> words, Map<String, String> callerEnv) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (name.isEmpty()) {
        throw new InvalidSpecException("env", "\"" + word + "\" names no variable");
      }
      String value = equals < 0 ? callerEnv.get(name) : word.substring(equals + 1);
      if (value != null) {
        variables.put(name, value);
      }
    }
    return variables;
  }
}
