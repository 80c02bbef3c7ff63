package io.jcontainer.benchmarks;

import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * An image of one layer in all the forms that somebody reads.
 *
 * @param name what it is called
 * @param gzip its layer
 * @param layout it as an OCI layout
 * @param archive it as docker-save(1) writes it
 * @param place a directory of images, as the command takes it, with nothing else in it
 * @param store it in a store there
 * @param stored what it is in there
 */
record BenchImages(
    String name,
    Path gzip,
    Path layout,
    Path archive,
    Path place,
    ImageStore store,
    StoredImage stored) {
  private static final int FILES = 12_000;
  private static final int FILES_IN_DIRECTORY = 50;
  private static final int MEAN_SIZE = 4_000;
  private static final long ROOT_BYTES = 300_000_000;

  /** 12,000 files of 4 KB on average, a quarter of which cannot be compressed. */
  static BenchImages files(Path place) throws IOException, InterruptedException {
    Path tree = place.resolve("files.tree");
    Random random = new Random(7);
    for (int i = 0; i < FILES; i++) {
      Path directory = tree.resolve("usr/share/package" + i / FILES_IN_DIRECTORY);
      Files.createDirectories(directory);
      int size = (int) (-Math.log(1 - random.nextDouble()) * MEAN_SIZE);
      byte[] content = new byte[size];
      random.nextBytes(content);
      if (random.nextInt(4) > 0) {
        for (int at = 0; at < size; at++) {
          content[at] = (byte) "etaoin shrdlu\n".charAt((content[at] & 0xff) * 14 / 256);
        }
      }
      Files.write(directory.resolve("file" + i), content);
    }
    Programs.run("tar", "-C", tree.toString(), "-cf", place.resolve("files.tar").toString(), ".");
    return of(place, "files");
  }

  /** A Debian system, as a tar that is there. */
  static BenchImages debian(Path place, Path tar) throws IOException, InterruptedException {
    Files.createSymbolicLink(place.resolve("debian.tar"), tar.toAbsolutePath());
    return of(place, "debian");
  }

  /** The first 300 MB of the programs and libraries of this host. */
  static BenchImages root(Path place) throws IOException, InterruptedException {
    String script =
        "cd / && find usr/bin usr/sbin usr/lib/*-linux-gnu -xdev \\( -type f -o -type l -o -type d \\)"
            + " -printf '%s %p\\n' | sort -k2 | awk '{s+=$1; if (s<"
            + ROOT_BYTES
            + ") print substr($0,index($0,\" \")+1)}'"
            + " | tar -c --no-recursion --files-from=- -f \"$1\"";
    Programs.run("sh", "-ec", script, "sh", place.resolve("root.tar").toString());
    return of(place, "root");
  }

  private static BenchImages of(Path place, String name) throws IOException, InterruptedException {
    Path tar = place.resolve(name + ".tar");
    Path gzip = place.resolve(name + ".tar.gz");
    Programs.run("sh", "-ec", "gzip -6 -c \"$1\" > \"$2\"", "sh", tar.toString(), gzip.toString());
    Path images = Files.createDirectory(place.resolve(name + ".images"));
    ImageStore store = ImageStore.open(ImageDirectory.store(images));
    StoredImage stored =
        store.load(
            ImageSource.rootfs(
                gzip, ImageConfig.of(Platform.current(), ImageConfig.Execution.none())),
            ImageReference.parse("bench/" + name + ":1"));
    Path layout = place.resolve(name + ".layout");
    Path archive = place.resolve(name + ".archive.tar");
    store.save(ImageTarget.layout(layout), stored);
    store.save(ImageTarget.archive(archive), stored);
    return new BenchImages(name, gzip, layout, archive, images, store, stored);
  }
}
