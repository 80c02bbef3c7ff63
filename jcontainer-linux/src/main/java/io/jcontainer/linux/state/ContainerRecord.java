package io.jcontainer.linux.state;

import io.jcontainer.Signal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a runtime writes down of a container, for other JVMs: what is not to be had from /proc.
 *
 * @param name the name, or empty if it has none
 * @param owner the JVM's process number
 * @param pid the first process
 * @param startTime when that started, in ticks since boot: its number alone may come to mean
 *     another
 * @param startedAt to the millisecond
 * @param stopSignal what asks it to end
 * @param init whether the first process is an init, and the command its child
 * @param reaper whether killing it takes looking for its descendants: an init in a pid namespace
 *     that is not its own
 * @param home the HOME of its processes, if nothing else is said
 * @param command the program and its arguments
 */
public record ContainerRecord(
    String id,
    Optional<String> name,
    int owner,
    int pid,
    long startTime,
    Instant startedAt,
    Signal stopSignal,
    boolean init,
    boolean reaper,
    String home,
    List<String> command) {}
