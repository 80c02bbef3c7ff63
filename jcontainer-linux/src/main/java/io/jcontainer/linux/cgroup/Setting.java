package io.jcontainer.linux.cgroup;

/**
 * One line for one file of a cgroup.
 *
 * @param controller whose file it is
 * @param file its name, such as {@code memory.max}
 * @param value what is written, without a newline
 * @param limit the field of the limits that asks for it, as errors name it: {@code limits.memory}
 */
record Setting(Controller controller, String file, String value, String limit) {}
