/**
 * What a launch does, as data: steps, their operands, and how they print. Pure: no system call is
 * made here.
 */
@NullMarked
package io.jcontainer.linux.plan;

import org.jspecify.annotations.NullMarked;
