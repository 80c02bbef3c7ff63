package io.jcontainer.images.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a registry wants to see before it answers, from {@code WWW-Authenticate}. Source: RFC 9110,
 * 11.6.1.
 *
 * @param scheme in lower case, such as {@code bearer}
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final int LONGEST = 8192;
  private static final String TOKEN = "!#$%&'*+-.^_`|~";

  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  /** All challenges of some headers; what cannot be read is left out. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      if (header.length() <= LONGEST) {
        new Parser(header).parse(challenges);
      }
    }
    return challenges;
  }

  /** Reads one header. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void parse(List<Challenge> challenges) {
      Map<String, String> parameters = new HashMap<>();
      while (true) {
        skip(" \t,");
        String word = word();
        if (word.isEmpty()) {
          return;
        }
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), value());
        } else {
          parameters = new HashMap<>();
          challenges.add(new Challenge(word.toLowerCase(Locale.ROOT), parameters));
        }
      }
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String word() {
      int from = at;
      while (at < text.length() && isToken(text.charAt(at))) {
        at++;
      }
      return text.substring(from, at);
    }

    private static boolean isToken(char c) {
      return (c < 128 && Character.isLetterOrDigit(c)) || TOKEN.indexOf(c) >= 0;
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return word();
      }
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
      }
      at = Math.min(at + 1, text.length()); // the quote may be missing
      return value.toString();
    }
  }
}
