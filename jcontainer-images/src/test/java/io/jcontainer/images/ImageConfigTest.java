package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageConfigTest {
  private static final String DIFF_ID = "sha256:" + "0123456789abcdef".repeat(4);
  private static final String ROOTFS =
      "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}".formatted(DIFF_ID);

  /** As Docker writes it, with what only Docker has. */
  private static final String DOCKER =
      """
      {"architecture":"amd64","os":"linux","docker_version":"20.10.23",
       "created":"2024-01-27T00:30:48.624602109Z","container":"abc",
       "container_config":{"Hostname":"x","Cmd":["/bin/sh","-c","#(nop) "],"Volumes":null},
       "config":{"Hostname":"","User":"1000:users","AttachStdin":false,"Tty":false,
         "ExposedPorts":{"80/tcp":{},"443/tcp":{}},
         "Env":["PATH=/usr/bin","EMPTY="],"Cmd":["/bin/sh"],"Image":"sha256:x","Volumes":{"/data":{}},
         "WorkingDir":"/srv","Entrypoint":["/entry","a"],"OnBuild":null,"Labels":{"k":"v"},
         "StopSignal":"SIGQUIT","Healthcheck":{"Test":["CMD","x"],"Interval":1000000000}},
       "history":[{"created":"2024-01-27T00:30:48.5Z","created_by":"ADD x"},
                  {"created_by":"CMD","comment":"c","author":"a","empty_layer":true}],
      """
          + ROOTFS
          + "}";

  private static ImageConfig parse(String json) {
    return ImageConfig.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void docker_s_configuration_is_read() {
    ImageConfig config = parse(DOCKER);

    assertThat(config.platform()).hasToString("linux/amd64");
    assertThat(config.created()).contains(Instant.parse("2024-01-27T00:30:48.624602109Z"));
    assertThat(config.diffIds()).containsExactly(Digest.parse(DIFF_ID));
    assertThat(config.execution())
        .isEqualTo(
            new ImageConfig.Execution(
                "1000:users",
                List.of("PATH=/usr/bin", "EMPTY="),
                List.of("/entry", "a"),
                List.of("/bin/sh"),
                "/srv",
                Set.of("80/tcp", "443/tcp"),
                Set.of("/data"),
                Map.of("k", "v"),
                Optional.of("SIGQUIT")));
    assertThat(config.history())
        .containsExactly(
            new ImageConfig.History(
                Optional.of(Instant.parse("2024-01-27T00:30:48.5Z")),
                Optional.of("ADD x"),
                Optional.empty(),
                Optional.empty(),
                false),
            new ImageConfig.History(
                Optional.empty(), Optional.of("CMD"), Optional.of("a"), Optional.of("c"), true));
  }

  @Test
  void what_is_written_is_read_as_the_same() {
    ImageConfig config = parse(DOCKER);

    assertThat(ImageConfig.parse(config.toBytes())).isEqualTo(config);
    assertThat(config.toBytes()).isEqualTo(parse(DOCKER).toBytes());
  }

  @Test
  void null_is_what_is_not_there() {
    ImageConfig config =
        parse(
            "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":null,\"Env\":null,"
                + "\"Volumes\":null,\"Labels\":null},\"history\":null,\"created\":null,"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}");

    assertThat(config)
        .isEqualTo(ImageConfig.of(Platform.parse("linux/amd64"), ImageConfig.Execution.none()));
  }

  @Test
  void a_time_may_have_an_offset() {
    assertThat(parse(DOCKER.replace("624602109Z", "5+02:00")).created())
        .contains(Instant.parse("2024-01-26T22:30:48.5Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\"}",
        "{\"os\":\"linux\",ROOTFS}",
        "{\"architecture\":\"amd64\",ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"squashfs\"}}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[]}}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"layers\":[],ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"yesterday\",ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":\"sh\"},ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[7]},ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=\\u0000\"]},ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"User\":7},ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Volumes\":[\"/a\"]},ROOTFS}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[],\"cmd\":[]},ROOTFS}"
      })
  void what_is_missing_or_of_another_kind_is_refused(String json) {
    assertThatThrownBy(() -> parse(json.replace("ROOTFS", ROOTFS)))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageStartingWith("config: ");
  }

  @Test
  void a_chain_id_stands_for_a_layer_and_all_below() {
    Digest a = Digest.parse(DIFF_ID);
    Digest b = Digest.of(new byte[] {1});
    Digest c = Digest.of(new byte[] {2});
    Digest ab = Digest.of((a + " " + b).getBytes(StandardCharsets.UTF_8));
    Digest abc = Digest.of((ab + " " + c).getBytes(StandardCharsets.UTF_8));

    assertThat(parse(DOCKER).withDiffIds(List.of(a, b, c)).chainIds()).containsExactly(a, ab, abc);
    assertThat(parse(DOCKER).withDiffIds(List.of()).chainIds()).isEmpty();
  }

  @Test
  void a_command_and_variables_can_be_given() {
    ImageConfig.Execution execution =
        ImageConfig.Execution.none().withCmd("sh", "-c", "true").withEnv("A=b");

    assertThat(execution.cmd()).containsExactly("sh", "-c", "true");
    assertThat(execution.env()).containsExactly("A=b");
  }
}
