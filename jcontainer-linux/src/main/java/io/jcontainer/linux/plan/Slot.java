package io.jcontainer.linux.plan;

/**
 * Where the launcher keeps the result of a call for later ones.
 *
 * @param name what it is, unique in a plan; operands print it
 */
public record Slot(String name) {}
