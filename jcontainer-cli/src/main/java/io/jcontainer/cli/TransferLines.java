package io.jcontainer.cli;

import io.jcontainer.images.registry.TransferEvent;
import io.jcontainer.images.registry.TransferListener;
import java.util.Optional;

/** Tells how the layers of an image come or go, in Docker's words. */
final class TransferLines implements TransferListener {
  private final ProgressLines lines;
  private final boolean pull;

  private TransferLines(ProgressLines lines, boolean pull) {
    this.lines = lines;
    this.pull = pull;
  }

  static TransferLines ofPull(ProgressLines lines) {
    return new TransferLines(lines, true);
  }

  static TransferLines ofPush(ProgressLines lines) {
    return new TransferLines(lines, false);
  }

  /** Lines on the caller's standard output. */
  static ProgressLines on(Caller caller) {
    return new ProgressLines(
        text -> caller.print("the progress", text),
        caller.isSeen() ? Optional.of(Screen.size()) : Optional.empty(),
        System::nanoTime);
  }

  /** Lines on standard error, where standard output is a container's. */
  static ProgressLines onErr(Caller caller) {
    return new ProgressLines(
        text -> {
          caller.err().print(text);
          caller.err().flush();
        },
        caller.isErrSeen() ? Optional.of(Screen.size()) : Optional.empty(),
        System::nanoTime);
  }

  @Override
  public void on(TransferEvent event) {
    if (event.blob().mediaType().layerCompression().isEmpty()) {
      return; // manifests and configurations are small
    }
    String id = ImageFacts.shortId(event.blob().digest());
    switch (event.step()) {
      case PRESENT -> lines.say(id, pull ? "Already exists" : "Layer already exists");
      case STARTED -> lines.say(id, pull ? "Pulling fs layer" : "Preparing");
      case PROGRESS ->
          lines.progress(id, pull ? "Downloading" : "Pushing", event.bytes(), event.blob().size());
      case RESUMED -> lines.say(id, "Connection lost, going on from there");
      case MOUNTED -> lines.say(id, "Mounted from another repository");
      case FINISHED -> lines.say(id, pull ? "Pull complete" : "Pushed");
    }
  }
}
