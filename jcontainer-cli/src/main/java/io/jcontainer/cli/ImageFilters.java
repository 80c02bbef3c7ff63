package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** The option {@code --filter} of verbs of images, as Docker's have it. */
final class ImageFilters {
  private final OptionSpec filters;

  /**
   * The option.
   *
   * @param names what it is called
   */
  ImageFilters(String... names) {
    filters =
        Options.texts(
            "NAME=VALUE",
            "Only those with this: dangling=true|false, reference=PATTERN, label=KEY[=VALUE],"
                + " until=DURATION, before=IMAGE, since=IMAGE. Several have to be met all.",
            names);
  }

  OptionSpec option() {
    return filters;
  }

  /** Whether it is chosen by all that were given. */
  Predicate<ImageFacts> chosen(ImageList images, Instant now) {
    Predicate<ImageFacts> all = image -> true;
    for (String filter : Options.<List<String>>get(filters).orElse(List.of())) {
      all = all.and(predicate(filter, images, now));
    }
    return all;
  }

  private static Predicate<ImageFacts> predicate(String filter, ImageList images, Instant now) {
    int equals = filter.indexOf('=');
    String name = equals < 0 ? filter : filter.substring(0, equals);
    String value = equals < 0 ? "" : filter.substring(equals + 1);
    return switch (name) {
      case "dangling" -> {
        boolean dangling = truth(value);
        yield image -> image.name().isEmpty() == dangling;
      }
      case "reference" -> reference(value);
      case "label" -> label(value);
      case "until" -> {
        Instant limit = now.minus(duration(value));
        yield image -> image.created().filter(limit::isAfter).isPresent();
      }
      case "before" -> {
        Optional<Instant> limit = images.find(value).created();
        yield image ->
            limit.isPresent() && image.created().filter(limit.get()::isAfter).isPresent();
      }
      case "since" -> {
        Optional<Instant> limit = images.find(value).created();
        yield image ->
            limit.isPresent() && image.created().filter(limit.get()::isBefore).isPresent();
      }
      default ->
          throw new InvalidSpecException(
              "filter",
              "\"%s\" is none of dangling, reference, label, until, before, since".formatted(name));
    };
  }

  private static boolean truth(String value) {
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw new InvalidSpecException(
              "filter", "dangling is true or false, not \"" + value + "\"");
    };
  }

  private static Duration duration(String value) {
    try {
      return DurationText.parse(value);
    } catch (TypeConversionException e) {
      throw new InvalidSpecException("filter", "until: " + e.getMessage());
    }
  }

  private static Predicate<ImageFacts> label(String value) {
    int equals = value.indexOf('=');
    return equals < 0
        ? image -> image.labels().containsKey(value)
        : image ->
            value.substring(equals + 1).equals(image.labels().get(value.substring(0, equals)));
  }

  /** A name with or without its tag, in which {@code *} and {@code ?} stand for all but a slash. */
  static Predicate<ImageFacts> reference(String glob) {
    StringBuilder regex = new StringBuilder();
    for (String part : glob.split("(?<=[*?])|(?=[*?])", -1)) {
      regex.append(part.equals("*") ? "[^/]*" : part.equals("?") ? "[^/]" : Pattern.quote(part));
    }
    Pattern pattern = Pattern.compile(regex.toString());
    return image ->
        image
            .name()
            .filter(
                name ->
                    pattern.matcher(name.familiar()).matches()
                        || pattern.matcher(ImageFacts.repository(name)).matches()
                        || pattern.matcher(name.toString()).matches())
            .isPresent();
  }
}
