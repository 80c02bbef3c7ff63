package io.jcontainer.linux.image;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.linux.run.UnpackingUser;
import io.jcontainer.linux.sys.DirectoryCalls;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import io.jcontainer.linux.sys.jna.Xattrs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** An image store, a store of layers, and images of a few entries. */
final class UnpackingFixture implements AutoCloseable {
  final Path parent;
  final ImageStore images;
  final Path directory;
  final UnpackingUser user;
  final LayerStore layers;
  private int count;

  UnpackingFixture(Path parent) {
    this.parent = parent;
    this.images = ImageStore.open(parent.resolve("images"));
    this.directory = parent.resolve("layers");
    this.user = new UnpackingUser(parent.resolve("state"));
    this.layers = user.store(directory);
  }

  /** Has JNA make what it keeps, before anybody counts descriptors. */
  static void load() {
    Kernel kernel = new JnaKernel();
    try (DirectoryCalls calls = kernel.directories();
        Fd root = kernel.open("/", 0)) {
      calls.stat(root);
    }
  }

  /** Stores an image of these layers. */
  Manifest image(byte[]... tars) {
    try (Lease lease = images.lease()) {
      List<Descriptor> descriptors = new ArrayList<>();
      for (byte[] tar : tars) {
        Descriptor descriptor = Descriptor.of(MediaType.OCI_LAYER, tar);
        lease.write(descriptor, new ByteArrayInputStream(tar));
        descriptors.add(descriptor);
      }
      ImageConfig config =
          ImageConfig.of(Platform.current(), ImageConfig.Execution.none())
              .withDiffIds(descriptors.stream().map(Descriptor::digest).toList());
      Descriptor written = lease.write(MediaType.OCI_CONFIG, config.toBytes());
      Manifest manifest = Manifest.of(written, descriptors);
      images.tag(
          ImageReference.parse("image:" + count++),
          lease.write(MediaType.OCI_MANIFEST, manifest.toBytes()));
      return manifest;
    }
  }

  UnpackedImage unpack(Manifest manifest) {
    return layers.unpack(images, manifest, images.config(manifest), ImageLimits.defaults());
  }

  UnpackedImage unpack(RawTar... tars) {
    return unpack(image(Stream.of(tars).map(RawTar::bytes).toArray(byte[][]::new)));
  }

  /** Where the layers lie, which is in a directory of their ids for an ordinary user. */
  List<String> places() {
    try (Stream<Path> paths = Files.walk(directory, user.isRoot() ? 1 : 2)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals("layers") && !name.startsWith("ids-"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that is in a directory: paths, with type, mode, owners, time, and what is in it. */
  static Map<String, String> tree(Path root) {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        found.put(root.relativize(path).toString(), describe(path));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** The names of extended attributes, sorted. */
  static List<String> xattrs(Path path) {
    return List.copyOf(Xattrs.of(path).keySet());
  }

  static String describe(Path path) throws IOException {
    Map<String, Object> all =
        Files.readAttributes(
            path, "unix:mode,uid,gid,lastModifiedTime,rdev,nlink", LinkOption.NOFOLLOW_LINKS);
    String content = "";
    if (Files.isSymbolicLink(path)) {
      content = " -> " + Files.readSymbolicLink(path);
    } else if (Files.isRegularFile(path)) {
      content = " \"" + Files.readString(path, StandardCharsets.ISO_8859_1) + '"';
    }
    return "%s %s:%s %s %s%s"
        .formatted(
            Integer.toOctalString((Integer) Objects.requireNonNull(all.get("mode"))),
            all.get("uid"),
            all.get("gid"),
            all.get("lastModifiedTime"),
            all.get("rdev"),
            content);
  }

  @Override
  public void close() {
    user.close();
  }
}
