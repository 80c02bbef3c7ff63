package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.PullPolicy;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import java.nio.file.Path;

/** An image is loaded from an archive, and a container started of it. */
public final class RunImage {
  private RunImage() {}

  /**
   * Prints what the image's command says, and what it says with other arguments.
   *
   * @param args the image directory, the archive, the image's name in it, and the arguments
   */
  public static void main(String... args) {
    Path images = Path.of(args[0]).toAbsolutePath();
    Path archive = Path.of(args[1]);
    String name = args[2];
    ImageStore store = ImageStore.open(ImageDirectory.store(images));
    store.load(ImageSource.archive(archive));
    RuntimeOptions options = RuntimeOptions.defaults().withImageDirectory(images);
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      Image image = runtime.image(name, PullPolicy.NEVER);
      ContainerSpec spec = ContainerSpec.from(image).build();
      print(runtime, spec);
      print(runtime, spec.toBuilder().command(args[3]).build());
    }
  }

  private static void print(ContainerRuntime runtime, ContainerSpec spec) {
    try (Container container = runtime.start(spec)) {
      System.out.print(container.stdout().readText());
    }
  }
}
