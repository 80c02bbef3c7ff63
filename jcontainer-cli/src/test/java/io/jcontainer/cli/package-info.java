@NullMarked
package io.jcontainer.cli;

import org.jspecify.annotations.NullMarked;
