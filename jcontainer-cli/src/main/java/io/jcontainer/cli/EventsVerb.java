package io.jcontainer.cli;

import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.InvalidSpecException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code events}: what happens to containers, a line each, as it happens. */
final class EventsVerb implements Verb {
  private static final String JSON = "json";

  /** How often it is looked for containers that have come. */
  private static final long LOOK_MILLIS = 500;

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec named = Handles.anyOperands();
  private final OptionSpec format =
      OptionSpec.builder("--format")
          .paramLabel("text|json")
          .type(String.class)
          .converters(Options.oneOf("text", JSON))
          .description("Text or JSON, a line for each event. Default: text.")
          .build();

  EventsVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec events = CommandSpec.create().name("events");
    events.addOption(format).addPositional(named);
    events
        .usageMessage()
        .customSynopsis("jcontainer events [OPTIONS] [CONTAINER...]")
        .description(
            "Prints what happens to containers of this user from now on: oom-kill, memory-limit,"
                + " memory-high, pids-limit, frozen, thawed, empty. Of those that are named until"
                + " all have ended, or of all, also of those that are started later. Only those"
                + " that were started with a limit, or with --cgroups=enabled, tell of events.");
    return events;
  }

  @Override
  public int run() {
    List<String> names = Options.<List<String>>get(named).orElse(List.of());
    CompletableFuture<Void> unread = new CompletableFuture<>();
    try (ContainerRuntime all = runtime.get()) {
      if (names.isEmpty()) {
        followAll(all, unread);
      } else {
        CompletableFuture<?>[] ends =
            names.stream()
                .map(name -> Handles.find(all, name))
                .map(container -> follow(container, unread))
                .toArray(CompletableFuture<?>[]::new);
        await(CompletableFuture.anyOf(CompletableFuture.allOf(ends), unread), Long.MAX_VALUE);
      }
    }
    return ExitCode.OK;
  }

  private void followAll(ContainerRuntime all, CompletableFuture<Void> unread) {
    Set<String> known = new HashSet<>();
    do {
      for (ContainerHandle container : all.containers()) {
        if (known.add(container.id())) {
          try {
            var unused =
                follow(container, unread)
                    .whenComplete(
                        (end, failure) -> {
                          if (failure != null) {
                            unread.completeExceptionally(failure);
                          }
                        });
          } catch (ContainerGoneException | InvalidSpecException e) {
            // It has ended, or has no cgroups: there is nothing to tell of it.
          }
        }
      }
    } while (!await(unread, LOOK_MILLIS));
  }

  /** What is completed when the container has ended. */
  private CompletableFuture<Void> follow(
      ContainerHandle container, CompletableFuture<Void> unread) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    container
        .events()
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(ContainerEvent event) {
                if (!print(container, event)) {
                  unread.complete(null);
                }
              }

              @Override
              public void onError(Throwable failure) {
                end.completeExceptionally(failure);
              }

              @Override
              public void onComplete() {
                end.complete(null);
              }
            });
    return end;
  }

  /** In one write, as other threads print, too; false if nobody reads it any more. */
  private synchronized boolean print(ContainerHandle container, ContainerEvent event) {
    String kind = event.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    String line;
    if (Options.get(format).filter(JSON::equals).isPresent()) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("time", event.at());
      all.put("id", container.id());
      all.put("name", container.name());
      all.put("event", kind);
      all.put("count", event.count());
      line = Json.of(all);
    } else {
      line =
          "%s container %s %s (%scount=%d)"
              .formatted(
                  event.at(),
                  kind,
                  container.id(),
                  container.name().map(name -> "name=" + name + ", ").orElse(""),
                  event.count());
    }
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    caller.out().write(bytes, 0, bytes.length);
    return !caller.out().checkError();
  }

  /** Whether it is complete before the time is over. */
  private static boolean await(CompletableFuture<?> future, long millis) {
    try {
      future.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ContainerException failure
          ? failure
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // nobody interrupts the main thread
    }
  }
}
