package io.jcontainer.images.json;

/** How text that came from outside is shown in messages. */
public final class Text {
  private static final int LONGEST = 100;

  private Text() {}

  /**
   * The same without control characters, which could move a terminal's cursor, and not too long.
   */
  public static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(LONGEST)
        .forEach(
            point -> {
              if (Character.isISOControl(point)
                  || Character.getType(point) == Character.FORMAT
                  || Character.getType(point) == Character.SURROGATE) {
                shown.append("\\u%04x".formatted(point));
              } else {
                shown.appendCodePoint(point);
              }
            });
    return text.codePoints().skip(LONGEST).findAny().isPresent() ? shown + "..." : shown.toString();
  }
}
