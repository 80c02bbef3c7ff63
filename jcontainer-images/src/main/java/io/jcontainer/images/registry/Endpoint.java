package io.jcontainer.images.registry;

import io.jcontainer.images.ImageReference;
import java.net.URI;
import java.util.Locale;

/**
 * A registry, or a mirror of one, as it is asked.
 *
 * @param host what it is called by users, and what its credentials are for
 * @param base its scheme, host and port
 * @param prefix what a mirror has before the names of repositories
 */
record Endpoint(String host, URI base, String prefix) {

  static Endpoint of(String host, String prefix, RegistryOptions options) {
    String scheme = options.plainHttp(host) ? "http" : "https";
    return new Endpoint(host, URI.create(scheme + "://" + Host.address(host)), prefix);
  }

  /** What a repository is called here. */
  String path(ImageReference name) {
    return prefix + name.path();
  }

  /** The address of something below {@code /v2/}, of which all characters may be in one. */
  URI uri(String path) {
    return URI.create(base + "/v2/" + path);
  }

  URI manifest(ImageReference name, String tagOrDigest) {
    return uri(path(name) + "/manifests/" + tagOrDigest);
  }

  URI blob(ImageReference name, String digest) {
    return uri(path(name) + "/blobs/" + digest);
  }

  String pullScope(ImageReference name) {
    return "repository:" + path(name) + ":pull";
  }

  String pushScope(ImageReference name) {
    return "repository:" + path(name) + ":pull,push";
  }

  boolean isPlain() {
    return base.getScheme().equals("http");
  }

  /** Whether an address is of this scheme, host and port: then it may see the credentials. */
  boolean owns(URI uri) {
    return origin(uri).equals(origin(base));
  }

  /** The scheme, host and port of an address. */
  static String origin(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
  }
}
