/**
 * The {@code jcontainer} command. {@link io.jcontainer.cli.Main} starts it, {@link
 * io.jcontainer.cli.Jcontainer} finds the verb, {@link io.jcontainer.cli.RunVerb} is the verb
 * {@code run}.
 */
@NullMarked
package io.jcontainer.cli;

import org.jspecify.annotations.NullMarked;
