package io.jcontainer;

/**
 * What the unpacked layers of images need on disk. A layer that several images share counts once.
 *
 * @param layers how many there are
 * @param held how many of them somebody uses: containers of any JVM, and for five seconds more the
 *     runtime that had one
 * @param images how many names in the store are of images whose topmost layer is held
 * @param size how much room the layers take, with those that are being unpacked
 * @param reclaimable how much of it {@link ContainerRuntime#pruneLayers} would give back now
 * @since 0.1.0
 */
public record LayerUsage(int layers, int held, int images, ByteSize size, ByteSize reclaimable) {}
