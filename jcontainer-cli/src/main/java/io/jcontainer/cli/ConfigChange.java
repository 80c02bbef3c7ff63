package io.jcontainer.cli;

import io.jcontainer.CommitOptions;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Signal;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageConfig.Execution;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes to how programs start in an image, in a Dockerfile's words: what {@code import -c} and
 * {@code commit -c} take. Variables in them are not replaced.
 */
final class ConfigChange {
  static final String WORDS =
      "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR";

  private static final Pattern PORTS =
      Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?(/(?:tcp|udp|sctp))?");

  private static final int MOST_PORT = 65_535;

  private String user;
  private final Map<String, String> env = new LinkedHashMap<>();
  private List<String> entrypoint;
  private List<String> cmd;
  private boolean cmdGiven;
  private boolean entrypointGiven;
  private String workingDir;
  private final Set<String> exposedPorts;
  private final Set<String> volumes;
  private final Map<String, String> labels;
  private Optional<String> stopSignal;

  /** Whether what the changes are made to is known. */
  private final boolean known;

  private ConfigChange(Execution from, boolean known) {
    this.known = known;
    user = from.user();
    entrypoint = from.entrypoint();
    cmd = from.cmd();
    workingDir = from.workingDir();
    exposedPorts = new LinkedHashSet<>(from.exposedPorts());
    volumes = new LinkedHashSet<>(from.volumes());
    labels = new LinkedHashMap<>(from.labels());
    stopSignal = from.stopSignal();
    for (String variable : from.env()) {
      int equals = variable.indexOf('=');
      env.put(
          equals < 0 ? variable : variable.substring(0, equals),
          equals < 0 ? "" : variable.substring(equals + 1));
    }
  }

  /**
   * The configuration with the changes made, one after the other.
   *
   * @throws InvalidSpecException if one is not understood
   */
  static Execution apply(Execution from, List<String> changes) {
    ConfigChange change = new ConfigChange(from, true);
    changes.forEach(change::make);
    return change.made();
  }

  /**
   * The changes as options of a commit, which adds them to what the image below says.
   *
   * @throws InvalidSpecException if one is not understood, or is nothing that an image can say
   */
  static void apply(CommitOptions.Builder commit, List<String> changes) {
    ConfigChange change = new ConfigChange(Execution.none(), false);
    changes.forEach(change::make);
    if (change.entrypointGiven) {
      commit.entrypoint(change.entrypoint.toArray(String[]::new));
    }
    if (change.cmdGiven) {
      commit.command(change.cmd.toArray(String[]::new));
    }
    change.env.forEach(commit::environment);
    change.labels.forEach(commit::label);
    if (!change.user.isEmpty()) {
      commit.user(change.user);
    }
    if (!change.workingDir.isEmpty()) {
      commit.workingDirectory(change.workingDir);
    }
    change.exposedPorts.forEach(commit::exposedPort);
    change.volumes.forEach(commit::volume);
    change.stopSignal.map(Signal::parse).ifPresent(commit::stopSignal);
  }

  private Execution made() {
    return new ImageConfig.Execution(
        user,
        env.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList(),
        entrypoint,
        cmd,
        workingDir,
        exposedPorts,
        volumes,
        labels,
        stopSignal);
  }

  private void make(String text) {
    String[] parts = text.strip().split("\\s+", 2);
    String rest = parts.length < 2 ? "" : parts[1].strip();
    if (rest.isEmpty()) {
      throw wrong(text, "needs a word and what it is to be: one of " + WORDS);
    }
    switch (parts[0].toUpperCase(Locale.ROOT)) {
      case "CMD" -> {
        cmd = command(rest);
        cmdGiven = true;
      }
      case "ENTRYPOINT" -> {
        entrypoint = command(rest);
        entrypointGiven = true;
        if (!cmdGiven) {
          cmd = List.of(); // what was meant for another entrypoint
        }
      }
      case "ENV" -> pairs(text, rest, env);
      case "LABEL" -> pairs(text, rest, labels);
      case "EXPOSE" -> words(text, rest).forEach(port -> expose(text, port));
      case "VOLUME" -> volumes.addAll(StringArray.parse(rest).orElseGet(() -> words(text, rest)));
      case "USER" -> user = rest;
      case "WORKDIR" -> workingDir = directory(text, rest);
      case "STOPSIGNAL" -> stopSignal = Optional.of(rest);
      case "HEALTHCHECK" ->
          throw wrong(text, "is Docker's own: OCI's images have no checks, and none are made here");
      case "ONBUILD" ->
          throw wrong(text, "is for builds upon the image: OCI's images do not have it");
      default -> throw wrong(text, "\"" + parts[0] + "\" is none of " + WORDS);
    }
  }

  private String directory(String text, String path) {
    if (!known && workingDir.isEmpty() && !path.startsWith("/")) {
      throw wrong(text, "is relative to the working directory of the image below: needs all of it");
    }
    return Path.of("/", workingDir).resolve(path).normalize().toString();
  }

  /** An array of JSON, or a line for a shell. */
  private static List<String> command(String text) {
    return StringArray.parse(text).orElseGet(() -> List.of("/bin/sh", "-c", text));
  }

  /** A port, or a range of them, which becomes as many. */
  private void expose(String text, String ports) {
    Matcher parts = PORTS.matcher(ports);
    if (!parts.matches()) {
      throw wrong(text, "\"" + ports + "\" is no port as in 80, 53/udp or 8000-8010");
    }
    int first = Integer.parseInt(parts.group(1));
    int last = parts.group(2) == null ? first : Integer.parseInt(parts.group(2));
    if (first < 1 || last > MOST_PORT || first > last) {
      throw wrong(text, "\"" + ports + "\": there are ports from 1 to " + MOST_PORT);
    }
    String protocol = parts.group(3) == null ? "/tcp" : parts.group(3);
    for (int port = first; port <= last; port++) {
      exposedPorts.add(port + protocol);
    }
  }

  /** {@code NAME=VALUE...}, or the older form {@code NAME VALUE}. */
  private static void pairs(String text, String rest, Map<String, String> to) {
    List<String> words = words(text, rest);
    if (words.get(0).indexOf('=') < 0) {
      String[] both = rest.split("\\s+", 2);
      if (both.length < 2) {
        throw wrong(text, "has no value");
      }
      to.put(both[0], both[1]);
      return;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw wrong(text, "\"" + word + "\" is not NAME=VALUE");
      }
      to.put(word.substring(0, equals), word.substring(equals + 1));
    }
  }

  /** Words as a shell has them: with both kinds of quotes, and backslashes. */
  private static List<String> words(String text, String rest) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < rest.length()) {
        word.append(rest.charAt(++i));
        begun = true;
      } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
        quote = quote == 0 ? c : 0;
        begun = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
      } else {
        word.append(c);
        begun = true;
      }
    }
    if (quote != 0) {
      throw wrong(text, "a quote is not closed");
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  private static InvalidSpecException wrong(String text, String problem) {
    return new InvalidSpecException("change", "\"%s\": %s".formatted(text, problem));
  }
}
