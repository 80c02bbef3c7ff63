package io.jcontainer.linux.probe;

import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** newuidmap(1) and newgidmap(1): set-user-id programs that grant what /etc/subuid allows. */
final class IdMapTool {
  private IdMapTool() {}

  static void run(String tool, int pid, List<Range> ranges) throws IOException {
    List<String> command = new ArrayList<>(List.of(tool, Integer.toString(pid)));
    for (Range range : ranges) {
      command.addAll(List.of(range.toString().split(" ")));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (var output = process.getInputStream()) {
      String said = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + tool + " ran");
    }
  }
}
