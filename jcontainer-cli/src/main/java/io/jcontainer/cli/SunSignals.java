package io.jcontainer.cli;

import io.jcontainer.Signal;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * {@code sun.misc.Signal}, the JDK's only way to handle a signal. By reflection: a compiler warns
 * of it in a way that cannot be answered.
 */
final class SunSignals {
  private SunSignals() {}

  /** What handled a signal before. */
  interface Undo {
    void run();
  }

  /**
   * Lets an action handle a signal, in a thread of the JVM's.
   *
   * @return what takes that back
   */
  static Undo handle(Signal signal, Runnable action) {
    try {
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              handlerType.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, args) -> {
                if (method.getDeclaringClass() == handlerType) {
                  action.run();
                  return null;
                }
                return method.invoke(action, args); // equals, hashCode, toString
              });
      Class<?> signalType = Class.forName("sun.misc.Signal");
      String name = signal.toString().substring("SIG".length());
      Object named = signalType.getConstructor(String.class).newInstance(name);
      Method handle = signalType.getMethod("handle", signalType, handlerType);
      Object before = handle.invoke(null, named, handler);
      return () -> invoke(handle, named, before);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(signal + " cannot be handled in this JVM", e);
    }
  }

  private static void invoke(Method method, Object... args) {
    try {
      method.invoke(null, args);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(e);
    }
  }
}
