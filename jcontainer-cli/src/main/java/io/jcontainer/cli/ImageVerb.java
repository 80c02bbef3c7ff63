package io.jcontainer.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** The verb {@code image}, whose own verbs do something with images, as Docker has them. */
final class ImageVerb extends VerbGroup {
  ImageVerb(Caller caller, Complaints complaints, Runtimes runtimes) {
    super("image", "Does something with images.", verbs(caller, complaints, runtimes));
  }

  private static Map<String, Verb> verbs(Caller caller, Complaints complaints, Runtimes runtimes) {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("ls", new ImagesVerb(caller, complaints, "ls"));
    verbs.put("rm", new RmiVerb(caller, complaints, runtimes, "rm"));
    verbs.put("pull", new PullVerb(caller, runtimes));
    verbs.put("push", new PushVerb(caller));
    verbs.put("tag", new TagVerb(caller));
    verbs.put("inspect", InspectVerb.ofImages(caller, complaints));
    verbs.put("history", new HistoryVerb(caller));
    verbs.put("load", new LoadVerb(caller, runtimes));
    verbs.put("save", new SaveVerb(caller));
    verbs.put("import", new ImportVerb(caller));
    verbs.put("unpack", new ImageUnpackVerb(caller, complaints, runtimes));
    verbs.put("prune", new ImagePruneVerb(caller, runtimes));
    verbs.put("fsck", new ImageFsckVerb(caller, complaints));
    return verbs;
  }
}
