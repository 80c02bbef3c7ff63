package io.jcontainer.linux.sys.jna;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Extended attributes as tests set and see them, be they of a link: xattr(7). Names and values have
 * a character for each byte.
 */
public final class Xattrs {
  private static final int LARGEST = 64 << 10;

  static {
    Native.register(Xattrs.class, "c");
  }

  private Xattrs() {}

  private static native long llistxattr(byte[] path, byte[] list, long size)
      throws LastErrorException;

  private static native long lgetxattr(byte[] path, byte[] name, byte[] value, long size)
      throws LastErrorException;

  private static native int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags)
      throws LastErrorException;

  /** All that the kernel shows this process. */
  public static Map<String, String> of(Path file) {
    byte[] path = bytes(file.toString());
    byte[] list = new byte[LARGEST];
    int length = (int) llistxattr(path, list, list.length);
    Map<String, String> found = new TreeMap<>();
    String names = new String(list, 0, length, ISO_8859_1); // each ends with NUL
    for (int from = 0; from < length; ) {
      String name = names.substring(from, names.indexOf('\0', from));
      byte[] value = new byte[LARGEST];
      int size = (int) lgetxattr(path, bytes(name), value, value.length);
      found.put(name, new String(value, 0, size, ISO_8859_1));
      from += name.length() + 1;
    }
    return found;
  }

  public static void set(Path file, String name, String value) {
    byte[] bytes = value.getBytes(ISO_8859_1);
    lsetxattr(bytes(file.toString()), bytes(name), bytes, bytes.length, 0);
  }

  private static byte[] bytes(String latin1) {
    return (latin1 + "\0").getBytes(ISO_8859_1);
  }
}
