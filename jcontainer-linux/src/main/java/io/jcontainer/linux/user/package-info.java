/** As whom a process runs: names and numbers of users and groups, and the change to them. */
@NullMarked
package io.jcontainer.linux.user;

import org.jspecify.annotations.NullMarked;
