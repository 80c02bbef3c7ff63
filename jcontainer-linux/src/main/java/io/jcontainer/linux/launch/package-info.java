/** From a plan to a running process: the program image, the launcher, its reports, its end. */
@NullMarked
package io.jcontainer.linux.launch;

import org.jspecify.annotations.NullMarked;
