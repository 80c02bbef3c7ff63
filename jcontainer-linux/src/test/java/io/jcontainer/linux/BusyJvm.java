package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.Container;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.ProcessSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.JvmFork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Semaphore;

/**
 * A JVM that has many containers and is never done with them: two threads start, join, fill and
 * close them at random, some out of a pool. Whatever fails is its end.
 */
final class BusyJvm implements AutoCloseable {
  /** How many containers it has, once it is ready. */
  static final int ALIVE = 50;

  /** What the image is called. */
  static final String IMAGE = "busy:1";

  /** In each command line of its containers, and in its own. */
  private final String mark;

  private final JvmFork jvm;
  private final Writer questions;

  private BusyJvm(String mark, JvmFork jvm) {
    this.mark = mark;
    this.jvm = jvm;
    this.questions = jvm.process().outputWriter(UTF_8);
  }

  /**
   * Starts one.
   *
   * @param state the state directory
   * @param root a root directory with the program /wait, and a file to copy
   * @param images the image directory, with an image of that root
   */
  static BusyJvm start(Path state, Path root, Path images, String mark, long seed) {
    return new BusyJvm(
        mark,
        JvmFork.start(
            Main.class,
            state.toString(),
            root.toString(),
            mark,
            Long.toString(seed),
            images.toString()));
  }

  String mark() {
    return mark;
  }

  JvmFork jvm() {
    return jvm;
  }

  void awaitReady(Duration patience) {
    if (!jvm.readLine(patience).equals("ready")) {
      throw new AssertionError(jvm.stderr());
    }
  }

  /** Waits until it has done something more. */
  void awaitProgress(Duration patience) throws IOException {
    questions.write("go on\n");
    questions.flush();
    String answer = jvm.readLine(patience);
    while (answer.equals("ready")) { // which nobody has waited for
      answer = jvm.readLine(patience);
    }
    if (!answer.equals("went on")) {
      throw new AssertionError(answer + jvm.stderr());
    }
  }

  @Override
  public void close() {
    jvm.close();
  }

  /** What it runs. */
  static final class Main {
    private final ContainerRuntime runtime;
    private final ContainerSpec silent;
    private final ContainerSpec usual;
    private final ContainerSpec inspectable;
    private final ContainerSpec image;
    private final ProcessSpec further;
    private final Path file;

    /** Where copies go: the test's, and removed with it. */
    private final Path place;

    private final ContainerPool pool;
    private final Semaphore progress = new Semaphore(0);

    private Main(Path state, Path root, Path images, String mark) {
      runtime =
          ContainerRuntime.create(
              RuntimeOptions.defaults().withStateDirectory(state).withImageDirectory(images));
      usual =
          ContainerSpec.builder()
              .rootfs(LayeredRootfs.directory(root))
              .command("/wait", mark)
              .build();
      silent = usual.toBuilder().stdin(Stdio.NULL).stdout(Stdio.NULL).stderr(Stdio.NULL).build();
      inspectable = silent.toBuilder().rootfs(LayeredRootfs.directory(root).inspectable()).build();
      image = silent.toBuilder().rootfs(LayeredRootfs.image(IMAGE).inspectable()).build();
      pool = runtime.pool(usual);
      further = ProcessSpec.of("/wait", mark);
      file = root.resolve("file");
      place = Objects.requireNonNull(root.getParent());
    }

    public static void main(String[] arguments) throws IOException {
      Main main =
          new Main(
              Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[4]), arguments[2]);
      long seed = Long.parseLong(arguments[3]);
      for (int i = 0; i < 2; i++) {
        Worker worker = main.new Worker("busy-" + ProcessHandle.current().pid() + "-" + i + "-");
        Random random = new Random(seed + i);
        worker.fill(random);
        new Thread(() -> worker.run(random)).start();
      }
      System.out.println("ready");
      BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      while (questions.readLine() != null) {
        main.progress.drainPermits();
        main.progress.acquireUninterruptibly(3);
        System.out.println("went on");
      }
    }

    /** Half of the containers, for one thread. */
    private final class Worker {
      private final String name;
      private final Deque<Container> containers = new ArrayDeque<>();
      private int started;

      Worker(String name) {
        this.name = name;
      }

      void fill(Random random) {
        while (containers.size() < ALIVE / 2) {
          start(random);
        }
      }

      void run(Random random) {
        try {
          while (true) {
            act(random);
            progress.release();
          }
        } catch (IOException | RuntimeException | Error e) {
          e.printStackTrace();
          Runtime.getRuntime().halt(3);
        }
      }

      private void act(Random random) throws IOException {
        switch (random.nextInt(7)) {
          case 0 -> {
            try (ContainerProcess process = containers.getLast().exec(further)) {
              alive(process.isAlive());
            }
          }
          case 1 -> containers.getLast().copyTo(file, "/copied-" + started);
          case 2 -> {
            Path target = Files.createTempDirectory(place, "busy-").resolve("file");
            try {
              containers.getLast().copyFrom("/file", target);
            } finally {
              Files.deleteIfExists(target);
              Files.delete(target.getParent());
            }
          }
          case 3 -> alive(runtime.containers().size() >= ALIVE / 2);
          case 4 -> {
            try (Container container = runtime.start(random.nextBoolean() ? inspectable : image)) {
              container.copyTo(file, "/changed");
              alive(container.changes().size() == 1);
            }
          }
          default -> {
            try (Container oldest = containers.removeFirst()) {
              alive(oldest.isAlive());
            }
            start(random);
          }
        }
      }

      private void start(Random random) {
        containers.addLast(
            switch (random.nextInt(7)) {
              case 0 -> runtime.start(usual);
              case 1 -> runtime.start(usual.toBuilder().init(true).build());
              case 2 -> pool.start();
              case 4 -> runtime.start(inspectable);
              case 5 -> runtime.start(image);
              case 3 -> runtime.start(silent.toBuilder().name(name + started).build());
              default -> runtime.start(silent);
            });
        started++;
      }
    }

    private static void alive(boolean is) {
      if (!is) {
        throw new IllegalStateException("something has ended that nobody has ended");
      }
    }
  }
}
