package io.jcontainer.images;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Copies of maps that nobody can change. */
final class Copies {
  private Copies() {}

  /** Sorted by key, so that what is written from it is always the same. */
  static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
