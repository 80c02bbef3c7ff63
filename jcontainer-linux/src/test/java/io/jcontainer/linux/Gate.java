package io.jcontainer.linux;

import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/** A real kernel that holds launches which begin while the gate is shut: they are under way. */
final class Gate {
  private final Kernel real = new JnaKernel();
  private volatile CountDownLatch opened = new CountDownLatch(0);
  private volatile CountDownLatch reached = new CountDownLatch(1);

  /** The kernel. */
  Kernel kernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("spawn")) {
                reached.countDown();
                opened.await();
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Shuts it until what is returned is closed. */
  Shut shut() {
    reached = new CountDownLatch(1);
    opened = new CountDownLatch(1);
    return () -> opened.countDown();
  }

  /** Waits until a launch is held. */
  void awaitOne() throws InterruptedException {
    reached.await();
  }

  /** A gate that is shut. */
  interface Shut extends AutoCloseable {
    @Override
    void close();
  }
}
