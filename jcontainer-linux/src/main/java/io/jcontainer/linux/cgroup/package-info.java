/**
 * cgroups(7): where the controllers are, the groups of containers in them, what limits them and
 * what they tell. Version 1 and version 2, each controller wherever it is.
 */
@NullMarked
package io.jcontainer.linux.cgroup;

import org.jspecify.annotations.NullMarked;
