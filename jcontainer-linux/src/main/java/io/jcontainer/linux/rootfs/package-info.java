/** The root file system's steps: layers, the host's directories, /proc, /sys, /dev. */
@NullMarked
package io.jcontainer.linux.rootfs;

import org.jspecify.annotations.NullMarked;
