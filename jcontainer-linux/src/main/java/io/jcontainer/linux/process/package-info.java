/** The running process: its streams, its watcher, its end. */
@NullMarked
package io.jcontainer.linux.process;

import org.jspecify.annotations.NullMarked;
