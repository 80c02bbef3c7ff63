package io.jcontainer.linux.launch;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.sys.Errno;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a command could not be executed. execve(2) has one errno for a program that is not there and
 * for one whose loader or interpreter is not there; looking at the file tells them apart.
 *
 * @param candidate which of the paths is to blame, or -1 if it is in none of several
 * @param hint what is wrong with it, or null if that could not be found out
 */
record Refusal(int candidate, Errno errno, @Nullable String hint) {

  /** How files are looked at; null where that is no longer possible. */
  interface Eyes {
    Inspection.@Nullable Seen look(String path);
  }

  /** execve(2) follows so many interpreters that are scripts themselves. */
  private static final int MOST_INTERPRETERS = 5;

  /**
   * Finds it out.
   *
   * @param paths what was tried, in this order
   * @param results what execve(2) said: 0 if it was not called, else a negative errno
   */
  static Refusal of(List<String> paths, List<Integer> results, Eyes eyes, Arch host) {
    // As execvp(3): what ended the search, then what is there but may not be executed.
    for (int i = 0; i < paths.size(); i++) {
      Errno errno = errno(results.get(i));
      if (errno != null
          && errno != Errno.ENOENT
          && errno != Errno.ENOTDIR
          && errno != Errno.EACCES) {
        return new Refusal(i, errno, new Reason(eyes, host).of(paths.get(i), errno, 0));
      }
    }
    for (int i = 0; i < paths.size(); i++) {
      if (errno(results.get(i)) == Errno.EACCES) {
        return new Refusal(
            i, Errno.EACCES, new Reason(eyes, host).of(paths.get(i), Errno.EACCES, 0));
      }
    }
    for (int i = 0; i < paths.size(); i++) {
      if (errno(results.get(i)) == Errno.ENOENT && isThere(eyes.look(paths.get(i)))) {
        return new Refusal(
            i, Errno.ENOENT, new Reason(eyes, host).of(paths.get(i), Errno.ENOENT, 0));
      }
    }
    if (paths.size() == 1) {
      Errno errno = errno(results.get(0));
      return new Refusal(0, errno == null ? Errno.ENOENT : errno, "The container has no such file");
    }
    return new Refusal(
        -1, Errno.ENOENT, "The container has it in no directory of PATH: " + directories(paths));
  }

  /**
   * What execve(2) would say to a file that the caller may execute.
   *
   * @return null if nothing is known to be in its way
   */
  static @Nullable Errno foresee(String path, Eyes eyes, Arch host) {
    String file = path;
    for (int depth = 0; depth <= MOST_INTERPRETERS; depth++) {
      Inspection.Seen seen = eyes.look(file);
      if (seen == null) {
        return null;
      }
      if (seen.error() == Errno.EISDIR) {
        return Errno.EACCES;
      }
      if (seen.head() instanceof FileHead.Script script) {
        if (!isThere(eyes.look(script.interpreter()))) {
          return Errno.ENOENT;
        }
        file = script.interpreter();
      } else {
        // What is built for another machine may have a handler: binfmt_misc.
        return seen.head() instanceof FileHead.Elf elf
                && elf.loader() != null
                && elf.machineName().equals(host.name().toLowerCase(Locale.ROOT))
                && !isThere(eyes.look(elf.loader()))
            ? Errno.ENOENT
            : null;
      }
    }
    return null;
  }

  private static @Nullable Errno errno(int result) {
    return result == 0 ? null : Errno.find(-result).orElse(Errno.EIO);
  }

  private static boolean isThere(Inspection.@Nullable Seen seen) {
    return seen != null && seen.error() != Errno.ENOENT && seen.error() != Errno.ENOTDIR;
  }

  private static String directories(List<String> paths) {
    return paths.stream()
        .map(path -> path.substring(0, path.lastIndexOf('/')))
        .map(directory -> directory.isEmpty() ? "/" : directory)
        .collect(Collectors.joining(", "));
  }

  /** What is wrong with one file. */
  private record Reason(Eyes eyes, Arch host) {

    @Nullable String of(String path, Errno errno, int depth) {
      if (errno != Errno.ENOENT && errno != Errno.EACCES && errno != Errno.ENOEXEC) {
        return null; // the table of hints says it
      }
      Inspection.Seen seen = eyes.look(path);
      if (seen == null) {
        return null;
      }
      if (seen.error() == Errno.EISDIR) {
        return "It is a directory";
      }
      if (seen.error() == Errno.EACCES) {
        return "This user may not read it, nor see what it needs";
      }
      FileHead head = seen.head();
      if (head == null) {
        return null;
      }
      if (head instanceof FileHead.Script script) {
        return script(script.interpreter(), errno, depth);
      }
      return switch (errno) {
        case ENOENT -> head instanceof FileHead.Elf elf ? missingLoader(elf) : null;
        case EACCES ->
            "It is not executable: see its mode (chmod +x), and whether its mount is noexec";
        default ->
            head instanceof FileHead.Elf elf ? foreign(elf) : noProgram((FileHead.Other) head);
      };
    }

    private @Nullable String script(String interpreter, Errno errno, int depth) {
      if (interpreter.isEmpty() || depth == MOST_INTERPRETERS) {
        return "Its first line, #!, names no interpreter";
      }
      String name = "Its interpreter " + shown(interpreter) + " (from #!)";
      if (!isThere(eyes.look(interpreter))) {
        return name
            + " is not in the container"
            + (interpreter.endsWith("\r") ? "; the line ends with CR LF, as on Windows" : "");
      }
      String reason = of(interpreter, errno, depth + 1);
      if (errno == Errno.EACCES) {
        return "It is not executable, or "
            + name.substring(0, 1).toLowerCase(Locale.ROOT)
            + name.substring(1)
            + " is not: see their modes (chmod +x), and whether a mount is noexec";
      }
      return reason == null ? null : name + " cannot be executed: " + reason;
    }

    private String missingLoader(FileHead.Elf elf) {
      return elf.loader() == null
          ? "It needs a loader that is not in the container"
          : "It needs the loader " + shown(elf.loader()) + ", which is not in the container";
    }

    private String foreign(FileHead.Elf elf) {
      String here = host.name().toLowerCase(Locale.ROOT);
      if (!elf.machineName().equals(here)) {
        return "It is built for " + elf.machineName() + ", and this host is " + here;
      }
      return elf.isProgram() ? "It is a damaged program" : "It is an ELF file, but no program";
    }

    private static String noProgram(FileHead.Other other) {
      if (other.empty()) {
        return "It is empty";
      }
      return other.text()
          ? "It is a script without #!, or no program at all"
          : "It is neither a program nor a script";
    }

    /** Without what could move a terminal's cursor. */
    private static String shown(String path) {
      return path.codePoints()
          .map(c -> Character.isISOControl(c) ? '?' : c)
          .limit(256)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();
    }
  }
}
