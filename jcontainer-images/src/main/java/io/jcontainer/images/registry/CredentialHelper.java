package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program that keeps credentials, as {@code docker-credential-pass}. Source: docker/docker-
 * credential-helpers. It is given what it needs by its standard input, and has to be quick: it may
 * ask a user something, but not for ever.
 */
final class CredentialHelper {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** A pipe holds no more, so nobody has to read while it runs. */
  private static final int MAX_OUTPUT = 64 << 10;

  private final String program;
  private final Duration patience;

  /**
   * One by the name that configurations have of it, to be found in PATH.
   *
   * @throws RegistryException if that is no word: it becomes the name of a program
   */
  CredentialHelper(String name) {
    this("", name, PATIENCE);
  }

  CredentialHelper(String directory, String name, Duration patience) {
    if (!NAME.matcher(name).matches()) {
      throw new RegistryException(
          "the credential helper \"%s\" is no word of letters, digits, dots and dashes"
              .formatted(Text.shown(name)),
          null);
    }
    this.program = directory + "docker-credential-" + name;
    this.patience = patience;
  }

  /** Asks for what it has for a registry. */
  Optional<Credentials> get(String key) {
    Answer answer = run("get", key);
    if (answer.exit != 0) {
      if (answer.text().contains("credentials not found")) {
        return Optional.empty();
      }
      throw failure("get", key, answer.text());
    }
    try {
      JsonObject json =
          Json.object(program, answer.text.getBytes(StandardCharsets.UTF_8), MAX_OUTPUT);
      String user = json.string("Username");
      String secret = json.string("Secret");
      return Optional.of(
          user.equals(Credentials.TOKEN_USER)
              ? Credentials.identityToken(secret)
              : Credentials.of(user, secret));
    } catch (InvalidImageException | InvalidSpecException e) {
      throw new RegistryException("%s get: %s".formatted(program, e.getMessage()), e);
    }
  }

  void store(String key, Credentials credentials) {
    byte[] input =
        Json.bytes(
            out -> {
              out.writeStartObject();
              out.writeStringField("ServerURL", key);
              out.writeStringField("Username", credentials.user().orElse(Credentials.TOKEN_USER));
              out.writeStringField("Secret", credentials.secret());
              out.writeEndObject();
            });
    Answer answer = run("store", new String(input, StandardCharsets.UTF_8));
    if (answer.exit != 0) {
      throw failure("store", key, answer.text());
    }
  }

  /** Makes it forget a registry; false if it knew nothing. */
  boolean erase(String key) {
    Answer answer = run("erase", key);
    if (answer.exit != 0 && !answer.text().contains("credentials not found")) {
      throw failure("erase", key, answer.text());
    }
    return answer.exit == 0;
  }

  private RegistryException failure(String verb, String key, String text) {
    return new RegistryException(
        "%s %s for %s fails: %s".formatted(program, verb, key, Text.shown(text.strip())), null);
  }

  /** What a run has given. */
  private record Answer(int exit, String text) {}

  private Answer run(String verb, String input) {
    Process process;
    try {
      process =
          new ProcessBuilder(program, verb).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      throw new RegistryException(
          "cannot start %s, which Docker's configuration names: install it, or take it out there: %s"
              .formatted(program, e.getMessage()),
          e);
    }
    try {
      try (OutputStream out = process.getOutputStream()) {
        out.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It has ended without reading; its answer says why.
      }
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new RegistryException(
            "%s %s has not ended within %d s: log in with it by hand, or take it out of Docker's configuration"
                .formatted(program, verb, patience.toSeconds()),
            null);
      }
      // Not to the end of the stream, which a process that it has left behind may hold open.
      int there = Math.min(process.getInputStream().available(), MAX_OUTPUT);
      byte[] output = process.getInputStream().readNBytes(there);
      return new Answer(process.exitValue(), new String(output, StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException("interrupted while waiting for " + program, e);
    } catch (IOException e) {
      throw new RegistryException("cannot read what %s says: %s".formatted(program, e), e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
