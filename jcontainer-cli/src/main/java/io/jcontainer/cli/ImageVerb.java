package io.jcontainer.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code image}, whose own verbs do something with images, as Docker has them. */
final class ImageVerb implements Verb {
  private final Map<String, Verb> parts = new LinkedHashMap<>();

  ImageVerb(Caller caller, Complaints complaints, Runtimes runtimes) {
    parts.put("ls", new ImagesVerb(caller, complaints, "ls"));
    parts.put("rm", new RmiVerb(caller, complaints, runtimes, "rm"));
    parts.put("pull", new PullVerb(caller));
    parts.put("push", new PushVerb(caller));
    parts.put("tag", new TagVerb(caller));
    parts.put("inspect", InspectVerb.ofImages(caller, complaints));
    parts.put("history", new HistoryVerb(caller));
    parts.put("load", new LoadVerb(caller));
    parts.put("save", new SaveVerb(caller));
    parts.put("import", new ImportVerb(caller));
    parts.put("prune", new ImagePruneVerb(caller, runtimes));
    parts.put("fsck", new ImageFsckVerb(caller, complaints));
  }

  @Override
  public CommandSpec description() {
    CommandSpec image = CommandSpec.create().name("image");
    image
        .usageMessage()
        .customSynopsis("jcontainer image COMMAND")
        .description("Does something with images.");
    return image;
  }

  @Override
  public Map<String, Verb> parts() {
    return parts;
  }

  @Override
  public int run() {
    throw new IllegalStateException("one of its verbs runs");
  }
}
