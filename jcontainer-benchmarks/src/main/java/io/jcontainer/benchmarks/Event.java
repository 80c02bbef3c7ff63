package io.jcontainer.benchmarks;

/**
 * Something that took its time in a start.
 *
 * @param by which process, or thread of the JVM
 * @param what what it did
 * @param begin nanoseconds of CLOCK_MONOTONIC, which {@link System#nanoTime} is
 * @param end the same
 */
record Event(String by, String what, long begin, long end) {}
