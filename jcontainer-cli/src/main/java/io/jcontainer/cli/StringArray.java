package io.jcontainer.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An array of strings in JSON, RFC 8259. */
final class StringArray {
  private static final String STRING =
      "\"((?:[^\"\\\\\\p{Cntrl}]|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+)\"";
  private static final Pattern ARRAY =
      Pattern.compile("\\[\\s*(?:%1$s\\s*(?:,\\s*%1$s\\s*)*+)?]".formatted(STRING));
  private static final Pattern EACH = Pattern.compile(STRING);
  private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))");

  private StringArray() {}

  /** Its elements; empty if the text is none. */
  static Optional<List<String>> parse(String text) {
    if (!ARRAY.matcher(text).matches()) {
      return Optional.empty();
    }
    List<String> elements = new ArrayList<>();
    Matcher each = EACH.matcher(text);
    while (each.find()) {
      elements.add(
          ESCAPE
              .matcher(each.group(1))
              .replaceAll(
                  escape ->
                      Matcher.quoteReplacement(
                          escape.group(1) != null
                              ? String.valueOf((char) Integer.parseInt(escape.group(1), 16))
                              : unescaped(escape.group(2)))));
    }
    return Optional.of(elements);
  }

  private static String unescaped(String letter) {
    return switch (letter) {
      case "b" -> "\b";
      case "f" -> "\f";
      case "n" -> "\n";
      case "r" -> "\r";
      case "t" -> "\t";
      default -> letter;
    };
  }
}
