/**
 * Registries: images are pulled from them and pushed to them by OCI's distribution specification
 * 1.1, over {@link java.net.http}.
 *
 * <p>A registry is a stranger. Nothing that it says is believed before it is verified, it gets
 * credentials only if they are for it, and it cannot make the client talk to whom it likes. See
 * {@link io.jcontainer.images.registry.Registry}.
 */
@NullMarked
package io.jcontainer.images.registry;

import org.jspecify.annotations.NullMarked;
