package io.jcontainer.linux.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Writes archives as nobody should: whatever is said, in the order in which it is said. */
final class RawTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final String placeholder;
  private final String replacement;

  RawTar() {
    this("", "");
  }

  /** Puts something else into the targets of links. */
  RawTar(String placeholder, String replacement) {
    this.placeholder = placeholder;
    this.replacement = replacement;
  }

  /** An entry, whose fields can be changed before the next one is added. */
  final class Entry {
    private final String name;
    private final char type;
    private int mode = 0644;
    private long uid;
    private long gid;
    private long time = 1_000_000_000;
    private String link = "";
    private byte[] content = {};
    private int major;
    private int minor;
    private final StringBuilder pax = new StringBuilder();

    private Entry(String name, char type) {
      this.name = name;
      this.type = type;
    }

    Entry mode(int value) {
      mode = value;
      return this;
    }

    Entry owner(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    Entry time(long seconds) {
      time = seconds;
      return this;
    }

    Entry device(int deviceMajor, int deviceMinor) {
      major = deviceMajor;
      minor = deviceMinor;
      return this;
    }

    Entry content(String latin1) {
      content = latin1.getBytes(ISO_8859_1);
      return this;
    }

    Entry xattr(String key, String latin1) {
      return pax("SCHILY.xattr." + key, latin1);
    }

    Entry pax(String key, String latin1) {
      int rest = key.length() + latin1.length() + 3;
      int length = rest + Integer.toString(rest).length();
      length = rest + Integer.toString(length).length();
      pax.append(length).append(' ').append(key).append('=').append(latin1).append('\n');
      return this;
    }

    /** Ends it as a link to this. */
    RawTar endAt(String target) {
      link = placeholder.isEmpty() ? target : target.replace(placeholder, replacement);
      return end();
    }

    RawTar end() {
      if (name.length() > 100) {
        pax("path", name);
      }
      if (link.length() > 100) {
        pax("linkpath", link);
      }
      if (uid > 07777777) {
        pax("uid", Long.toString(uid));
      }
      if (gid > 07777777) {
        pax("gid", Long.toString(gid));
      }
      if (!pax.isEmpty()) {
        byte[] records = pax.toString().getBytes(ISO_8859_1);
        header("pax", 'x', records.length, 0644, 0, 0, 0, "", 0, 0);
        block(records);
      }
      header(
          name,
          type,
          content.length,
          mode,
          uid & 07777777,
          gid & 07777777,
          time,
          link,
          major,
          minor);
      block(content);
      return RawTar.this;
    }
  }

  Entry entry(String name, char type) {
    return new Entry(name, type);
  }

  RawTar file(String name, String content) {
    return entry(name, '0').content(content).end();
  }

  RawTar directory(String name) {
    return entry(name, '5').mode(0755).end();
  }

  RawTar link(String name, String target) {
    return link(name, '2', target);
  }

  RawTar hardLink(String name, String target) {
    return link(name, '1', target);
  }

  private RawTar link(String name, char type, String target) {
    return entry(name, type).mode(0777).endAt(target);
  }

  private void header(
      String name,
      char type,
      long size,
      int mode,
      long uid,
      long gid,
      long time,
      String link,
      int major,
      int minor) {
    byte[] block = new byte[512];
    put(block, 0, name.substring(0, Math.min(100, name.length())));
    put(block, 100, "%07o".formatted(mode));
    put(block, 108, "%07o".formatted(uid));
    put(block, 116, "%07o".formatted(gid));
    put(block, 124, "%011o".formatted(size));
    put(block, 136, "%011o".formatted(time));
    block[156] = (byte) type;
    put(block, 157, link.substring(0, Math.min(100, link.length())));
    put(block, 257, "ustar\00000");
    put(block, 329, "%07o".formatted(major));
    put(block, 337, "%07o".formatted(minor));
    put(block, 148, "        ");
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    put(block, 148, "%06o\0".formatted(sum));
    out.writeBytes(block);
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private void block(byte[] bytes) {
    out.writeBytes(Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512));
  }

  /** All of it, with its end. */
  byte[] bytes() {
    byte[] bytes = out.toByteArray();
    return Arrays.copyOf(bytes, bytes.length + 1024);
  }
}
