/**
 * The Linux backend of jcontainer; one public type, which {@link java.util.ServiceLoader} finds.
 */
@NullMarked
package io.jcontainer.linux;

import org.jspecify.annotations.NullMarked;
