package io.jcontainer.benchmarks;

import io.jcontainer.ContainerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Those who can take part here, and why the others cannot. */
final class Field {
  private final Set<String> only;
  private final Set<String> known = new TreeSet<>();
  private final List<Contestant> contestants = new ArrayList<>();
  private final Map<String, String> leftOut = new LinkedHashMap<>();

  /** Takes only those named, or all if none is named. */
  Field(Set<String> only) {
    this.only = only;
  }

  /** Makes a contestant. */
  interface Maker {
    Contestant make() throws IOException, InterruptedException;
  }

  /** Makes and tries a contestant, if it is wanted; what cannot be made or fails is left out. */
  void enter(String name, Maker maker) throws InterruptedException {
    known.add(name);
    if (!only.isEmpty() && !only.contains(name)) {
      return;
    }
    try {
      Contestant contestant = maker.make();
      contestant.startToExit();
      contestants.add(contestant);
    } catch (IOException | ContainerException e) {
      leftOut.put(name, String.valueOf(e.getMessage()));
    }
  }

  List<Contestant> contestants() {
    return contestants;
  }

  /** Names and reasons. */
  Map<String, String> leftOut() {
    return leftOut;
  }

  /** Refuses names of nobody. */
  void checkNames() {
    for (String name : only) {
      if (!known.contains(name)) {
        throw new UsageException("no contestant " + name + "; there are " + known);
      }
    }
  }
}
