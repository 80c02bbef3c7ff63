package io.jcontainer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an image says about how a program is to be started in it. {@link ContainerSpec#from} makes a
 * container of it. An image can ask for no more than this: no mounts from the host, no rights, no
 * namespaces. Source: the OCI image specification, config.md.
 *
 * @param name what it is called in full, such as {@code docker.io/library/alpine:3.20}; empty if it
 *     has no name
 * @param digest of its manifest, or of its index if it is for several platforms: {@code sha256:}
 *     and 64 hexadecimal digits, or {@code sha512:} and 128. It says exactly which image this is,
 *     wherever the name may lead later
 * @param environment variables, in the image's order; of those of one name the last
 * @param entrypoint the first words of the command; may be empty
 * @param command the words behind them, which whoever starts it can replace; may be empty
 * @param user who runs the first process, by the names and numbers of the image; root if it says
 *     nothing
 * @param workingDirectory where the first process starts: an absolute path; {@code /} if it says
 *     nothing
 * @param exposedPorts at which it listens, such as {@code 80/tcp}: for people, nothing follows from
 *     them
 * @param volumes directories that a container writes in, see {@link
 *     ContainerSpec.Builder#volumes(String...)}
 * @param stopSignal what asks it to end; empty if it says nothing
 * @param labels what is said about it
 * @since 0.1.0
 */
public record Image(
    Optional<String> name,
    String digest,
    Map<String, String> environment,
    List<String> entrypoint,
    List<String> command,
    User user,
    String workingDirectory,
    Set<String> exposedPorts,
    Set<String> volumes,
    Optional<Signal> stopSignal,
    Map<String, String> labels) {

  /**
   * Copies the collections, and refuses what no container could be given.
   *
   * @param name what it is called
   * @param digest exactly which it is
   * @param environment variables
   * @param entrypoint the first words of the command
   * @param command the words behind them
   * @param user who runs it
   * @param workingDirectory where it starts
   * @param exposedPorts at which it listens
   * @param volumes directories that a container writes in
   * @param stopSignal what asks it to end
   * @param labels what is said about it
   * @throws InvalidSpecException if a text has a NUL in it, a variable no name, the working
   *     directory is relative, or a volume is where nothing can be mounted, such as {@code /proc};
   *     it names the field
   */
  public Image {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    exposedPorts = Collections.unmodifiableSet(new TreeSet<>(exposedPorts));
    volumes = Collections.unmodifiableSet(new TreeSet<>(volumes));
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    LayeredRootfs.checkDigest(digest);
    ProcessRules.environment(environment);
    entrypoint.forEach(word -> ProcessRules.encodable("entrypoint", word));
    command.forEach(word -> ProcessRules.encodable("command", word));
    ProcessRules.cwd(workingDirectory);
    MountRules.volumes(volumes);
  }

  /** What it is called, or else its digest. */
  @Override
  public String toString() {
    return name.map(known -> known + " (" + digest + ")").orElse(digest);
  }
}
