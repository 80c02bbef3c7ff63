package io.jcontainer.images.registry;

import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.Index;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** An image of layers that are not compressed. */
final class FakeImage {
  static final Platform AMD64 = Platform.parse("linux/amd64");
  static final Platform ARM64 = Platform.parse("linux/arm64");

  private final List<byte[]> layers;
  private final byte[] config;
  private final byte[] manifest;

  private FakeImage(List<byte[]> layers, byte[] config, byte[] manifest) {
    this.layers = layers;
    this.config = config;
    this.manifest = manifest;
  }

  /** The tars, the lowest first. */
  List<byte[]> layers() {
    return layers;
  }

  byte[] config() {
    return config;
  }

  byte[] manifest() {
    return manifest;
  }

  static FakeImage of(Platform platform, byte[]... layers) {
    byte[] config =
        ImageConfig.of(platform, ImageConfig.Execution.none().withCmd("sh"))
            .withDiffIds(List.of(layers).stream().map(Digest::of).toList())
            .toBytes();
    Manifest manifest =
        Manifest.of(
            Descriptor.of(MediaType.OCI_CONFIG, config),
            List.of(layers).stream()
                .map(layer -> Descriptor.of(MediaType.OCI_LAYER, layer))
                .toList());
    return new FakeImage(List.of(layers), config, manifest.toBytes());
  }

  /** An image of so many layers of about so many bytes. */
  static FakeImage random(Platform platform, long seed, int layers, int size) {
    return of(
        platform,
        IntStream.range(0, layers)
            .mapToObj(i -> layer(seed * 100 + i, size))
            .toArray(byte[][]::new));
  }

  static byte[] layer(long seed, int size) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.put(TarEntry.file("file" + seed, size, 0644), new ByteArrayInputStream(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  Descriptor descriptor() {
    return Descriptor.of(MediaType.OCI_MANIFEST, manifest);
  }

  Descriptor layer(int index) {
    return Descriptor.of(MediaType.OCI_LAYER, layers.get(index));
  }

  static Descriptor put(
      FakeRegistry registry, String repository, String tag, MediaType type, byte[] document) {
    registry.manifest(repository, tag, type.value(), document);
    return Descriptor.of(type, document);
  }

  /** Puts it into a registry. */
  Descriptor putInto(FakeRegistry registry, String repository, String tag) {
    layers.forEach(registry::blob);
    registry.blob(config);
    return put(registry, repository, tag, MediaType.OCI_MANIFEST, manifest);
  }

  /** Puts an index of this for amd64 and another for arm64 into a registry. */
  Descriptor putWith(FakeImage arm64, FakeRegistry registry, String repository, String tag) {
    Descriptor here = putInto(registry, repository, "amd64").withPlatform(AMD64);
    Descriptor there = arm64.putInto(registry, repository, "arm64").withPlatform(ARM64);
    return put(
        registry, repository, tag, MediaType.OCI_INDEX, Index.of(List.of(there, here)).toBytes());
  }
}
