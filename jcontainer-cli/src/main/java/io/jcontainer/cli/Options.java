package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Ways to describe options to picocli, and to read what was given. */
final class Options {
  private Options() {}

  /**
   * Reads a value. A class, as JDK 17 crashes when it archives a lambda of an interface as old as
   * picocli's.
   */
  private record Reader(Function<String, ?> function) implements ITypeConverter<Object> {
    @Override
    public Object convert(String text) {
      try {
        return function.apply(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is not a number, or too large");
      } catch (InvalidSpecException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Reads one of these words. */
  static ITypeConverter<?> oneOf(String... words) {
    return new Reader(
        text -> {
          if (!List.of(words).contains(text)) {
            throw new TypeConversionException(
                "'" + text + "' is none of " + String.join(", ", words));
          }
          return text;
        });
  }

  /** One that is given or not. */
  static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names).type(boolean.class).description(description).build();
  }

  /** One with a text. */
  static OptionSpec text(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(String.class)
        .description(description)
        .build();
  }

  /** One with a value that is read from text. */
  static OptionSpec value(
      Class<?> type,
      Function<String, ?> reader,
      String label,
      String description,
      String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(type)
        .converters(new Reader(reader))
        .description(description)
        .build();
  }

  /** One that may be given several times, each with a value that is read from text. */
  static OptionSpec list(
      Class<?> type,
      Function<String, ?> reader,
      String label,
      String description,
      String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(List.class)
        .auxiliaryTypes(type)
        .converters(new Reader(reader))
        .description(description)
        .build();
  }

  /** The same with texts. */
  static OptionSpec texts(String label, String description, String... names) {
    return list(String.class, Function.identity(), label, description, names);
  }

  /** The one with changes to how programs start in an image. */
  static OptionSpec changes(String what) {
    return texts(
        "INSTRUCTION",
        what
            + ", in a Dockerfile's words: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER,"
            + " VOLUME, WORKDIR.",
        "-c",
        "--change");
  }

  static boolean given(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }

  /** What was given, if it was. */
  static <T> Optional<T> get(ArgSpec option) {
    return Optional.ofNullable(option.getValue());
  }

  /** Does something with what was given, if it was. */
  static <T> void use(ArgSpec option, Consumer<T> use) {
    Options.<T>get(option).ifPresent(use);
  }

  /** Does something with each value that was given. */
  static <T> void useEach(ArgSpec option, Consumer<T> use) {
    Options.<List<T>>get(option).ifPresent(values -> values.forEach(use));
  }
}
