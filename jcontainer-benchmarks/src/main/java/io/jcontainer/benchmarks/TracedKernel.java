package io.jcontainer.benchmarks;

import io.jcontainer.linux.sys.Kernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** Takes the time of each system call that the JVM makes. */
final class TracedKernel {
  private final Kernel real;
  private final List<Event> events = new ArrayList<>();

  TracedKernel(Kernel real) {
    this.real = real;
  }

  /** What makes the calls. */
  Kernel kernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    long begin = System.nanoTime();
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      long end = System.nanoTime();
      // What the watcher waits for began long before: what counts is when it knows.
      boolean waits = method.getName().equals("await");
      Event event = new Event(thread(), method.getName() + "()", waits ? end : begin, end);
      synchronized (events) {
        events.add(event);
      }
    }
  }

  private static String thread() {
    String name = Thread.currentThread().getName();
    return name.startsWith("jcontainer-")
        ? "jvm " + name.substring("jcontainer-".length()).replaceFirst("-[0-9]+$", "")
        : "jvm caller";
  }

  /** All since the last call of this, as they began. */
  List<Event> take() {
    synchronized (events) {
      List<Event> taken = new ArrayList<>(events);
      events.clear();
      return taken;
    }
  }
}
