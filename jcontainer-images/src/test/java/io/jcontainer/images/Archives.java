package io.jcontainer.images;

import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Archives of all kinds, good and bad, put together by hand. */
final class Archives {
  static final byte[] LAYER = tar().file("etc/hello", "hello\n").file("bin/sh", "#!").bytes();
  static final byte[] UPPER = tar().file("etc/.wh.hello", "").bytes();
  static final ImageConfig CONFIG =
      ImageConfig.of(Samples.PLATFORM, ImageConfig.Execution.none().withCmd("sh"));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final TarWriter tar = new TarWriter(out);

  private Archives() {}

  static Archives tar() {
    return new Archives();
  }

  Archives put(TarEntry entry, byte[] content) {
    try {
      tar.put(entry, new ByteArrayInputStream(content));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return this;
  }

  Archives file(String name, byte[] content) {
    return put(TarEntry.file(name, content.length, 0644), content);
  }

  Archives file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  Archives link(String name, char type, String target) {
    return put(new TarEntry(name, type, 0, 0777, target), new byte[0]);
  }

  byte[] bytes() {
    try {
      tar.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  static byte[] config(byte[]... layers) {
    return CONFIG.withDiffIds(List.of(layers).stream().map(Digest::of).toList()).toBytes();
  }

  /** As Docker has made them before version 25. */
  static Archives oldDocker() {
    String id = "ab".repeat(32);
    return tar()
        .put(TarEntry.directory(id, 0755), new byte[0])
        .file(id + "/VERSION", "1.0")
        .file(id + "/json", "{\"id\":\"x\"}")
        .file(id + "/layer.tar", LAYER)
        .file("cd".repeat(32) + "/VERSION", "1.0")
        .link("cd".repeat(32) + "/layer.tar", TarEntry.SYMBOLIC_LINK, "../" + id + "/layer.tar")
        .file("config.json", config(LAYER, LAYER))
        .file("repositories", "{}");
  }

  static String oldManifest(String names) {
    return "[{\"Config\":\"config.json\",\"RepoTags\":%s,\"Layers\":[\"%s/layer.tar\",\"%s/layer.tar\"]}]"
        .formatted(names, "ab".repeat(32), "cd".repeat(32));
  }

  static String blob(byte[] content) {
    return "blobs/sha256/" + Digest.of(content).hex();
  }

  /** A manifest of one image, in OCI's layout. */
  static Manifest manifest(byte[] config, byte[]... layers) {
    return Manifest.of(
        Descriptor.of(MediaType.OCI_CONFIG, config),
        List.of(layers).stream().map(each -> Descriptor.of(MediaType.OCI_LAYER, each)).toList());
  }

  static Archives layout(byte[] index, byte[]... blobs) {
    Archives archive = tar().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    archive.file("index.json", index);
    for (byte[] blob : blobs) {
      archive.file(blob(blob), blob);
    }
    return archive;
  }

  /** Compresses by the JDK's or zstd's own stream. */
  @FunctionalInterface
  interface Compressor {
    OutputStream open(OutputStream out) throws IOException;
  }

  static byte[] compressed(byte[] bytes, Compressor compressor) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream stream = compressor.open(compressed)) {
      stream.write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return compressed.toByteArray();
  }
}
