package io.jcontainer.images.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Certificate authorities besides the JVM's. */
final class Authorities {
  private Authorities() {}

  /** What TLS goes by. */
  static SSLContext context(List<Path> files) {
    try {
      KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
      all.load(null, null);
      int count = 0;
      for (X509Certificate usual : usual()) {
        all.setCertificateEntry(Integer.toString(count++), usual);
      }
      for (Path file : files) {
        for (Certificate own : read(file)) {
          all.setCertificateEntry(Integer.toString(count++), own);
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(all), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new RegistryException("this JVM cannot do TLS: " + e, e);
    }
  }

  private static TrustManager[] managers(@Nullable KeyStore trusted)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory.getTrustManagers();
  }

  private static List<X509Certificate> usual() throws GeneralSecurityException {
    for (TrustManager manager : managers(null)) {
      if (manager instanceof X509TrustManager x509) {
        return List.of(x509.getAcceptedIssuers());
      }
    }
    return List.of();
  }

  private static Collection<? extends Certificate> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new RegistryException(file + " has no certificate in PEM", null);
      }
      return found;
    } catch (IOException | GeneralSecurityException e) {
      throw new RegistryException("cannot read certificates from %s: %s".formatted(file, e), e);
    }
  }
}
