package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Single requests: no redirect is followed, no challenge answered, nothing repeated. HTTP/2 where
 * TLS has agreed on it.
 *
 * <p>The JDK's client has one thread of its own, which ends when this is closed; before JDK 21 only
 * when the client has been collected as garbage.
 */
final class Http implements AutoCloseable {
  /** Its tasks are short, and wait for nothing but a disk. */
  private static final int THREADS = 4;

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final RegistryOptions options;
  private final ThreadPoolExecutor threads;
  private volatile @Nullable HttpClient client;

  Http(RegistryOptions options) {
    this.options = options;
    this.threads =
        new ThreadPoolExecutor(
            THREADS, THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Http::thread);
    threads.allowCoreThreadTimeOut(true);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .executor(threads)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(options.connectTimeout());
    if (!options.certificateAuthorities().isEmpty()) {
      builder.sslContext(Authorities.context(options.certificateAuthorities()));
    }
    this.client = builder.build();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "jcontainer-registry-" + COUNT.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Makes a request, and waits for the begin of the answer. */
  Reply exchange(String method, URI uri, Map<String, String> headers, @Nullable SentBody body)
      throws IOException {
    Duration patience = options.stallTimeout();
    return exchange(method, uri, headers, body, patience, () -> new BodyInput(patience));
  }

  /** The same for an answer that is short: each half of the exchange has this time in all. */
  Reply exchange(
      String method,
      URI uri,
      Map<String, String> headers,
      @Nullable SentBody body,
      Duration patience)
      throws IOException {
    return exchange(
        method, uri, headers, body, patience, () -> new BodyInput(patience, Long.MAX_VALUE));
  }

  private Reply exchange(
      String method,
      URI uri,
      Map<String, String> headers,
      @Nullable SentBody body,
      Duration patience,
      Supplier<BodyInput> input)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, body == null ? BodyPublishers.noBody() : body.publisher())
            // In plain HTTP the JDK would ask for an upgrade to HTTP/2, which hardly anybody knows.
            .version(
                uri.getScheme().equals("http")
                    ? HttpClient.Version.HTTP_1_1
                    : HttpClient.Version.HTTP_2)
            .setHeader("User-Agent", "jcontainer");
    headers.forEach(request::setHeader);
    HttpClient open = client;
    if (open == null) {
      throw new IllegalStateException("the registry client is closed");
    }
    CompletableFuture<HttpResponse<BodyInput>> answer =
        open.sendAsync(request.build(), info -> input.get());
    HttpResponse<BodyInput> response = await(answer, body, patience);
    return new Reply(
        method + " " + Addresses.shown(uri),
        uri,
        response.statusCode(),
        response.headers(),
        response.body());
  }

  private HttpResponse<BodyInput> await(
      CompletableFuture<HttpResponse<BodyInput>> answer, @Nullable SentBody body, Duration patience)
      throws IOException {
    try {
      while (true) {
        long before = body == null ? 0 : body.sent();
        try {
          return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (body == null || body.sent() == before) {
            throw new HttpTimeoutException("no answer in %d s".formatted(patience.toSeconds()));
          }
        }
      }
    } catch (ExecutionException e) {
      if (body != null && body.failure().isPresent()) {
        throw body.failure().get();
      }
      Throwable cause = e.getCause();
      throw cause instanceof IOException failure ? failure : new IOException(cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an answer");
    } finally {
      answer.cancel(true); // ends the exchange, if it has not come to its answer
    }
  }

  /** Whether there was no connection, so that to try again at once is of little use. */
  static boolean isUnreachable(IOException failure) {
    return failure instanceof ConnectException
        || failure instanceof HttpConnectTimeoutException
        || failure instanceof SSLHandshakeException;
  }

  /** What to throw for a request that has failed. */
  static RuntimeException failure(String request, IOException cause) {
    if (cause instanceof InterruptedIOException && Thread.currentThread().isInterrupted()) {
      InterruptedException interruption = new InterruptedException();
      interruption.initCause(cause);
      return new ContainerInterruptedException("interrupted: " + request, interruption);
    }
    if (cause instanceof PassingException passing) {
      return passing.failure();
    }
    return new RegistryException("%s: %s%s".formatted(request, text(cause), hint(cause)), cause);
  }

  private static String text(IOException cause) {
    if (cause instanceof HttpConnectTimeoutException) {
      return "no connection in time";
    }
    if (cause instanceof ConnectException) {
      Throwable below = cause.getCause();
      return below != null && below.getClass().getSimpleName().equals("UnresolvedAddressException")
          ? "no such host"
          : "no connection: " + cause.getMessage();
    }
    return String.valueOf(cause.getMessage());
  }

  private static String hint(IOException cause) {
    if (cause instanceof SSLHandshakeException) {
      return "; own authorities are named by RegistryOptions.withCertificateAuthorities";
    }
    return cause instanceof SSLException
            && String.valueOf(cause.getMessage()).contains("unrecognized SSL message")
        ? "; if the registry has no TLS, say so: RegistryOptions.withPlainHttp"
        : "";
  }

  @Override
  public void close() {
    HttpClient last = client;
    client = null;
    if ((Object) last instanceof AutoCloseable) {
      try {
        // shutdownNow() of JDK 21, since close() would wait for what nobody reads any more
        HttpClient.class.getMethod("shutdownNow").invoke(last);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("HttpClient without shutdownNow()", e);
      }
    }
    threads.shutdown();
  }
}
