package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.Mount;
import io.jcontainer.Propagation;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class MountTextTest {
  private static final Mount.Bind DATA = Mount.bind(Path.of("/srv/data"), "/data");

  @Test
  void a_volume_is_writable_as_with_docker_unless_it_is_said_otherwise() {
    assertThat(MountText.volume("/srv/data:/data")).isEqualTo(DATA.writable());
    assertThat(MountText.volume("/srv/data:/data:rw")).isEqualTo(DATA.writable());
    assertThat(MountText.volume("/srv/data:/data:ro")).isEqualTo(DATA);
    assertThat(MountText.volume("/srv/data:/data:ro,noexec,rslave,idmap"))
        .isEqualTo(DATA.noexec().propagation(Propagation.SLAVE).idmapped());
  }

  @Test
  void a_relative_source_is_the_callers() {
    assertThat(MountText.volume("./x:/data:ro"))
        .isEqualTo(Mount.bind(Path.of("x").toAbsolutePath(), "/data"));
  }

  @Test
  void a_tmpfs_has_a_size_and_a_mode() {
    assertThat(MountText.tmpfs("/scratch")).isEqualTo(Mount.tmpfs("/scratch"));
    assertThat(MountText.tmpfs("/scratch:size=1m,mode=700,exec,nosuid"))
        .isEqualTo(Mount.tmpfs("/scratch").size(ByteSize.ofMebibytes(1)).mode(0700).exec());
  }

  @Test
  void the_longer_form_says_the_same() {
    assertThat(MountText.mount("type=bind,source=/srv/data,target=/data"))
        .isEqualTo(DATA.writable());
    assertThat(MountText.mount("src=/srv/data,dst=/data,readonly,bind-propagation=rslave"))
        .isEqualTo(DATA.propagation(Propagation.SLAVE));
    assertThat(MountText.mount("type=tmpfs,destination=/scratch,tmpfs-size=1m,tmpfs-mode=1770"))
        .isEqualTo(Mount.tmpfs("/scratch").size(ByteSize.ofMebibytes(1)).mode(01770));
  }

  @Test
  void a_device_has_the_same_path_inside_unless_another_is_said() {
    assertThat(MountText.device("/dev/fuse")).isEqualTo(Mount.device(Path.of("/dev/fuse")));
    assertThat(MountText.device("/dev/fuse:/dev/f"))
        .isEqualTo(Mount.device(Path.of("/dev/fuse"), "/dev/f"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/srv/data | SOURCE:TARGET",
        "/a:/b:ro:x | SOURCE:TARGET",
        "data:/data | no named volumes",
        "/a:/b:huge | 'huge' is no option",
        "/a:/b:rshared | never mounts on the host",
      })
  void a_volume_that_is_none_is_told(String text, String why) {
    assertThatThrownBy(() -> MountText.volume(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining(text)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=bind;source=/a | target=PATH is missing",
        "type=bind;target=/a | source=PATH is missing",
        "type=nfs;target=/a | bind or tmpfs",
        "type=bind;source=/a;target=/b;readonly=maybe | takes no value",
        "type=tmpfs;target=/b;tmpfs-mode=9 | no octal mode",
      })
  void a_mount_that_is_none_is_told(String text, String why) {
    assertThatThrownBy(() -> MountText.mount(text.replace(';', ',')))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining(why);
  }
}
