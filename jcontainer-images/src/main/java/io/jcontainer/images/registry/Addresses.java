package io.jcontainer.images.registry;

import io.jcontainer.images.json.Text;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Where a registry may send the client: not to addresses at which this machine, or who runs it,
 * tells secrets to whoever asks from here.
 *
 * <p>Names are looked up here, and again when the connection is made; the JVM keeps the answer for
 * half a minute, so both get the same one.
 */
final class Addresses {
  /** Where clouds have metadata besides 169.254.169.254 and fe80::a9fe:a9fe. */
  private static final List<byte[]> METADATA =
      List.of(
          literal("100.100.100.200"), // Alibaba
          literal("168.63.129.16"), // Azure
          literal("192.0.0.192"), // Oracle
          literal("fd00:ec2::254"), // Amazon
          literal("fd00:ec2::23"), // Amazon, for what runs in its Kubernetes
          literal("fd20:ce::254")); // Google

  private Addresses() {}

  private static byte[] literal(String address) {
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  /** Parses what a registry gives as an address. */
  static URI parse(URI from, String text) {
    try {
      URI uri = from.resolve(new URI(text));
      if (uri.getHost() == null || uri.getUserInfo() != null) {
        throw new RegistryException(
            "%s leads to \"%s\", which is no address that is asked"
                .formatted(shown(from), Text.shown(text)),
            null);
      }
      return uri;
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new RegistryException(
          "%s leads to \"%s\", which is no address".formatted(shown(from), Text.shown(text)), e);
    }
  }

  /** An address as messages show it: what is asked may be a secret. */
  static String shown(URI uri) {
    String query = uri.getRawQuery() == null ? "" : "?...";
    return Text.shown(Endpoint.origin(uri).replaceFirst(":(?:80|443)$", ""))
        + Text.shown(String.valueOf(uri.getRawPath()))
        + query;
  }

  /**
   * Fails if a registry may not make the client ask there.
   *
   * @param from who wants it
   * @param target what it wants
   * @param plain whether plain HTTP may be used there
   */
  static void check(Endpoint from, URI target, boolean plain) {
    if (from.owns(target)) {
      return;
    }
    String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !(scheme.equals("http") && plain)) {
      throw refused(from, target, "only https is followed");
    }
    forbidden(from, target)
        .ifPresent(
            reason -> {
              throw refused(from, target, reason);
            });
  }

  private static RegistryException refused(Endpoint from, URI target, String reason) {
    return new RegistryException(
        "%s leads to %s, which is not followed: %s".formatted(from.host(), shown(target), reason),
        null);
  }

  private static Optional<String> forbidden(Endpoint from, URI target) {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(target.getHost());
    } catch (UnknownHostException e) {
      return Optional.empty(); // so nothing can be asked, but by a proxy that knows it
    }
    boolean local = Host.isLoopback(from.host());
    return Arrays.stream(addresses)
        .filter(address -> isForbidden(address) || (address.isLoopbackAddress() && !local))
        .findFirst()
        .map(
            address ->
                address.getHostAddress()
                    + (address.isLoopbackAddress()
                        ? " is this machine"
                        : " is an address of its network or cloud itself"));
  }

  static boolean isForbidden(InetAddress address) {
    return address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || tellsSecrets(address)
        || embedded(address.getAddress()).anyMatch(Addresses::tellsSecrets);
  }

  private static boolean tellsSecrets(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address.isLinkLocalAddress()
        || METADATA.stream().anyMatch(each -> Arrays.equals(each, bytes));
  }

  /**
   * The addresses of IPv4 that may be in one of NAT64's: in 64:ff9b::/96 there is one (RFC 6052);
   * in 64:ff9b:1::/48 (RFC 8215) it is behind 48, 56, 64 or 96 bits, which only the network knows.
   */
  private static Stream<InetAddress> embedded(byte[] bytes) {
    if (startsWith(bytes, 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0)) {
      return Stream.of(address(bytes, 12, 13, 14, 15));
    }
    if (startsWith(bytes, 0, 0x64, 0xff, 0x9b, 0, 1)) {
      // Byte 8 is not part of an address.
      return Stream.of(
          address(bytes, 6, 7, 9, 10),
          address(bytes, 7, 9, 10, 11),
          address(bytes, 9, 10, 11, 12),
          address(bytes, 12, 13, 14, 15));
    }
    return Stream.empty();
  }

  private static boolean startsWith(byte[] bytes, int... prefix) {
    return bytes.length == 16
        && IntStream.range(0, prefix.length).allMatch(i -> bytes[i] == (byte) prefix[i]);
  }

  private static InetAddress address(byte[] from, int a, int b, int c, int d) {
    try {
      return InetAddress.getByAddress(new byte[] {from[a], from[b], from[c], from[d]});
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e); // four bytes are always an address
    }
  }
}
