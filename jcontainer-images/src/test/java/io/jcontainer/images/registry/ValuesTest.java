package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts, addresses, challenges and options. */
class ValuesTest {
  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "localhost:5000, true",
    "LOCALHOST:1, true",
    "127.0.0.1, true",
    "127.1.2.3:80, true",
    "'[::1]:5000', true",
    "localhost.example.org, false",
    "127.0.0.1.example.org, false",
    "example.org, false",
    "10.0.0.1, false"
  })
  void only_what_is_written_as_a_loopback_address_is_one(String host, boolean loopback) {
    assertThat(Host.isLoopback(host)).isEqualTo(loopback);
    assertThat(RegistryOptions.defaults().plainHttp(host.toLowerCase(Locale.ROOT)))
        .isEqualTo(loopback);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, docker.io",
    "index.docker.io, docker.io",
    "registry-1.docker.io, docker.io",
    "Example.org:5000, example.org:5000",
    "word, word"
  })
  void hosts_have_one_name(String text, String host) {
    assertThat(Host.parse(text)).isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "https://example.org", "a b", "user@host", "host:port", "-x"})
  void what_is_no_host_is_refused(String text) {
    assertThatThrownBy(() -> RegistryOptions.defaults().withPlainHttp(text))
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> RegistryOptions.defaults().withMirror("docker.io", text + "//"))
        .isInstanceOf(InvalidSpecException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.0.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::6464:64c8",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:1a9:fe:a9fe::",
        "64:ff9b:1:1:a9:fea9:fe00:0",
        "64:ff9b:1:6464:64:c800::",
        "64:ff9b:1:64:64:64c8::",
        "64:ff9b:1:0:64:6464:c800:0",
        "fd00:ec2::23",
        "fd20:ce::254"
      })
  void addresses_to_which_nobody_may_lead(String address) throws Exception {
    assertThat(Addresses.isForbidden(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1",
        "10.0.0.1",
        "2001:db8::1",
        "fd00::1",
        "64:ff9b::808:808",
        "64:ff9b:1::808:808"
      })
  void addresses_like_any_other(String address) throws Exception {
    assertThat(Addresses.isForbidden(InetAddress.getByName(address))).isFalse();
  }

  @Test
  void a_registry_elsewhere_may_not_lead_to_this_machine() {
    Endpoint there = Endpoint.of("example.org", "", RegistryOptions.defaults());
    assertThatThrownBy(() -> Client.leadsTo(there, there.base(), "https://127.0.0.1:8443/x"))
        .hasMessageContaining("is this machine");
    assertThatThrownBy(() -> Client.leadsTo(there, there.base(), "http://192.0.2.1/x"))
        .hasMessageContaining("only https is followed");
    assertThat(Client.leadsTo(there, there.base(), "https://192.0.2.1/x")).hasHost("192.0.2.1");
    assertThat(Client.leadsTo(there, there.base(), "/y?z=1")).hasHost("example.org");
  }

  @Test
  void what_is_asked_is_not_shown() {
    assertThat(Addresses.shown(URI.create("https://example.org:443/a?signature=secret")))
        .isEqualTo("https://example.org/a?...");
  }

  @Test
  void challenges_are_read() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Negotiate, Basic realm=\"a \\\"b\\\", c\", charset=UTF-8",
                    "BEARER Realm = \"https://x/y?z=1,2\" ,service=s,scope=\"a b\"")))
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "a \"b\", c", "charset", "UTF-8")),
            new Challenge(
                "bearer", Map.of("realm", "https://x/y?z=1,2", "service", "s", "scope", "a b")));
  }

  @Test
  void of_two_parameters_of_one_name_the_first_counts_and_a_challenge_without_end_is_none() {
    assertThat(Challenge.parse(List.of("Bearer realm=a, realm=b")))
        .containsExactly(new Challenge("bearer", Map.of("realm", "a")));
    assertThat(Challenge.parse(List.of("Basic realm=a" + ",".repeat(10_000)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ",,,", "=", "\"", "Bearer realm=\"", "a=b", "\u00e4\u00f6", "Bearer realm"})
  void challenges_that_are_none_are_read_to_their_end(String text) {
    assertThat(Challenge.parse(List.of(text, "x".repeat(10_000))))
        .allMatch(
            challenge -> challenge.parameter("realm").filter(realm -> !realm.isEmpty()).isEmpty());
  }

  @Test
  void options_out_of_range_are_refused() {
    RegistryOptions options = RegistryOptions.defaults();
    assertThatThrownBy(() -> options.withParallel(0)).isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> options.withParallel(33)).isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> options.withTimeouts(Duration.ZERO, Duration.ZERO))
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> options.withAttempts(0, Duration.ZERO, Duration.ZERO))
        .isInstanceOf(InvalidSpecException.class);
    for (Duration[] each :
        new Duration[][] {
          {Duration.ZERO, Duration.ofSeconds(1)}, {Duration.ofSeconds(1), Duration.ZERO}
        }) {
      assertThatThrownBy(() -> options.withTimeouts(each[0], each[1]))
          .isInstanceOf(InvalidSpecException.class);
    }
    for (Duration[] each :
        new Duration[][] {
          {Duration.ZERO, Duration.ofSeconds(-1)}, {Duration.ofSeconds(-1), Duration.ZERO}
        }) {
      assertThatThrownBy(() -> options.withAttempts(1, each[0], each[1]))
          .isInstanceOf(InvalidSpecException.class);
    }
    assertThatThrownBy(() -> Credentials.identityToken(""))
        .isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(() -> Credentials.of("", "x")).isInstanceOf(InvalidSpecException.class);
    assertThatThrownBy(
            () -> Registry.create(options.withCertificateAuthorities(Path.of("/dev/null"))))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("has no certificate");
  }
}
