package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OldSettingsTest {
  @TempDir Path directory;

  /** What is to be written again, as FILE=VALUE, where a file says this now. */
  private List<String> old(Controller controller, String file, String value, String now)
      throws IOException {
    Files.writeString(directory.resolve(file.startsWith("devices.") ? "devices.list" : file), now);
    Setting setting = new Setting(controller, file, value, "limits.some");
    return OldSettings.of(setting, directory).stream()
        .peek(each -> assertThat(each.controller()).isEqualTo(controller))
        .peek(each -> assertThat(each.limit()).isEqualTo("limits.some"))
        .map(each -> each.file() + "=" + each.value())
        .toList();
  }

  @Test
  void one_value_is_written_as_it_is() throws IOException {
    assertThat(old(Controller.MEMORY, "memory.max", "4096", "max\n"))
        .containsExactly("memory.max=max");
    assertThat(old(Controller.CPU, "cpu.max", "50000 100000", "max 100000\n"))
        .containsExactly("cpu.max=max 100000");
  }

  /** Nothing written is no write at all; a newline is one of nothing. */
  @Test
  void an_empty_list_is_a_newline() throws IOException {
    assertThat(old(Controller.CPUSET, "cpuset.cpus", "0", "\n")).containsExactly("cpuset.cpus=\n");
  }

  @Test
  void a_file_that_is_not_there_needs_nothing() {
    Setting setting = new Setting(Controller.MEMORY, "memory.high", "1", "limits.memoryHigh");
    assertThat(OldSettings.of(setting, directory)).isEmpty();
  }

  /** The first line counts for all devices. */
  @Test
  void of_weights_with_devices_it_is_the_default() throws IOException {
    assertThat(old(Controller.IO, "io.weight", "50", "default 100\n8:0 200\n"))
        .containsExactly("io.weight=default 100");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "io.max                           | 8:0 rbps=1 | 8:0 rbps=max wbps=max riops=max wiops=max",
        "io.bfq.weight                    | 8:0 50     | 8:0 default",
        "blkio.throttle.read_bps_device   | 8:0 1      | 8:0 0",
      })
  void a_device_without_a_line_has_no_limit(String file, String value, String none)
      throws IOException {
    assertThat(old(Controller.IO, file, value, "8:16 7\n")).containsExactly(file + "=" + none);
  }

  @Test
  void a_device_with_a_line_has_that() throws IOException {
    String now = "8:16 rbps=5\n8:0 rbps=7 wbps=max\n";
    assertThat(old(Controller.IO, "io.max", "8:0 rbps=1", now))
        .containsExactly("io.max=8:0 rbps=7 wbps=max");
  }

  @Test
  void devices_of_v1_are_all_denied_and_what_was_allowed_is_again() throws IOException {
    assertThat(old(Controller.DEVICES, "devices.deny", "c 1:3 w", "c 1:3 rwm\nc 5:* r\n"))
        .containsExactly("devices.deny=a", "devices.allow=c 1:3 rwm", "devices.allow=c 5:* r");
    assertThat(old(Controller.DEVICES, "devices.allow", "c 1:3 w", "a *:* rwm\n"))
        .containsExactly("devices.deny=a", "devices.allow=a *:* rwm");
  }
}
