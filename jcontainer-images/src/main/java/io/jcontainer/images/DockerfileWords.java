package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The words behind a Dockerfile's instruction, as Docker reads them: with both kinds of quotes,
 * backslashes, and variables. One that is not set is empty.
 */
final class DockerfileWords {
  private static final String ESCAPED_IN_QUOTES = "\"$\\";

  private final String instruction;
  private final String text;
  private final Map<String, String> variables;
  private int at;

  private DockerfileWords(String instruction, String text, Map<String, String> variables) {
    this.instruction = instruction;
    this.text = text;
    this.variables = variables;
  }

  /**
   * The words between white space.
   *
   * @param instruction all of it, for errors
   * @param text what is behind its first word
   * @throws InvalidSpecException if a quote or a brace is not closed, or a variable's form unknown
   */
  static List<String> split(String instruction, String text, Map<String, String> variables) {
    DockerfileWords words = new DockerfileWords(instruction, text, variables);
    List<String> split = new ArrayList<>();
    StringBuilder word = null;
    while (words.more()) {
      if (!Character.isWhitespace(words.next())) {
        word = word == null ? new StringBuilder() : word;
        words.take(word);
        continue;
      }
      words.at++;
      if (word != null) {
        split.add(word.toString());
        word = null;
      }
    }
    if (word != null) {
      split.add(word.toString());
    }
    return split;
  }

  /** The same as one word, with the white space in it. */
  static String one(String instruction, String text, Map<String, String> variables) {
    DockerfileWords words = new DockerfileWords(instruction, text, variables);
    StringBuilder word = new StringBuilder();
    while (words.more()) {
      words.take(word);
    }
    return word.toString();
  }

  private boolean more() {
    return at < text.length();
  }

  private char next() {
    return text.charAt(at);
  }

  /** Takes a character, what is in quotes, or a variable. */
  private void take(StringBuilder word) {
    char c = text.charAt(at++);
    switch (c) {
      case '\'' -> {
        int end = text.indexOf('\'', at);
        if (end < 0) {
          throw notClosed();
        }
        word.append(text, at, end);
        at = end + 1;
      }
      case '"' -> takeQuoted(word);
      case '\\' -> word.append(more() ? text.charAt(at++) : c);
      case '$' -> takeVariable(word);
      default -> word.append(c);
    }
  }

  private void takeQuoted(StringBuilder word) {
    while (more()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return;
      }
      if (c == '$') {
        takeVariable(word);
      } else if (c == '\\' && more() && ESCAPED_IN_QUOTES.indexOf(next()) >= 0) {
        word.append(text.charAt(at++));
      } else {
        word.append(c);
      }
    }
    throw notClosed();
  }

  private InvalidSpecException notClosed() {
    return wrong("a quote is not closed");
  }

  private void takeVariable(StringBuilder word) {
    if (more() && next() == '{') {
      at++;
      takeBraces(word);
      return;
    }
    String name = name();
    word.append(name.isEmpty() ? "$" : variables.getOrDefault(name, ""));
  }

  private String name() {
    int begin = at;
    while (more() && isOfName(next(), at == begin)) {
      at++;
    }
    return text.substring(begin, at);
  }

  private static boolean isOfName(char c, boolean first) {
    return c == '_'
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9' && !first);
  }

  /** What stands in braces: a name, and maybe what there is instead of the value. */
  private void takeBraces(StringBuilder word) {
    String name = name();
    boolean colon = more() && next() == ':';
    if (colon) {
      at++;
    }
    char kind = more() ? text.charAt(at++) : '\0';
    if (name.isEmpty() || (kind != '-' && kind != '+' && (colon || kind != '}'))) {
      throw wrong(
          "variables are $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word}; a $ itself is \\$");
    }
    String value = variables.getOrDefault(name, "");
    boolean set = colon ? !value.isEmpty() : variables.containsKey(name);
    String other = kind == '}' ? "" : upToBrace();
    word.append(set == (kind == '+') ? other : value);
  }

  private String upToBrace() {
    StringBuilder word = new StringBuilder();
    while (more() && next() != '}') {
      take(word);
    }
    if (!more()) {
      throw wrong("a brace is not closed");
    }
    at++;
    return word.toString();
  }

  private InvalidSpecException wrong(String problem) {
    return ConfigChange.wrong(instruction, problem);
  }
}
