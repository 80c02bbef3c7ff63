package io.jcontainer.linux.plan;

/**
 * A named bit, or several, of a system call's operand. Its {@code toString} is the kernel's name.
 */
public interface Flag {

  /** The value on this architecture. */
  long bits(Arch arch);

  /** openat(2), openat2(2), open_tree(2). */
  enum Open implements Flag {
    O_RDONLY(0),
    O_WRONLY(1),
    O_RDWR(2),
    O_CREAT(0x40),
    O_EXCL(0x80),
    O_NOCTTY(0x100),
    O_NONBLOCK(0x800),
    O_DIRECTORY(0x10000, 0x4000),
    O_NOFOLLOW(0x20000, 0x8000),
    O_CLOEXEC(0x80000),
    O_PATH(0x200000),
    OPEN_TREE_CLONE(1),
    AT_SYMLINK_NOFOLLOW(0x100),
    AT_EMPTY_PATH(0x1000),
    AT_RECURSIVE(0x8000);

    private final long x86;
    private final long arm;

    Open(long bits) {
      this(bits, bits);
    }

    Open(long x86, long arm) {
      this.x86 = x86;
      this.arm = arm;
    }

    @Override
    public long bits(Arch arch) {
      return arch == Arch.X86_64 ? x86 : arm;
    }
  }

  /** openat2(2), how a path is resolved. */
  enum Resolve implements Flag {
    RESOLVE_NO_XDEV(1),
    RESOLVE_NO_MAGICLINKS(2),
    RESOLVE_NO_SYMLINKS(4),
    RESOLVE_BENEATH(8),
    RESOLVE_IN_ROOT(0x10);

    private final long bits;

    Resolve(long bits) {
      this.bits = bits;
    }

    @Override
    public long bits(Arch arch) {
      return bits;
    }
  }

  /** mount(2), umount2(2). */
  enum Mount implements Flag {
    MS_RDONLY(1),
    MS_NOSUID(2),
    MS_NODEV(4),
    MS_NOEXEC(8),
    MS_REMOUNT(0x20),
    MS_BIND(0x1000),
    MS_REC(0x4000),
    MS_PRIVATE(0x40000),
    MS_SLAVE(0x80000),
    MNT_DETACH(2);

    private final long bits;

    Mount(long bits) {
      this.bits = bits;
    }

    @Override
    public long bits(Arch arch) {
      return bits;
    }
  }

  /** mount_setattr(2), move_mount(2). */
  enum MountAttr implements Flag {
    MOUNT_ATTR_RDONLY(1),
    MOUNT_ATTR_NOSUID(2),
    MOUNT_ATTR_NODEV(4),
    MOUNT_ATTR_NOEXEC(8),
    MOUNT_ATTR_IDMAP(0x100000),
    MOVE_MOUNT_F_EMPTY_PATH(4),
    MOVE_MOUNT_T_EMPTY_PATH(0x40);

    private final long bits;

    MountAttr(long bits) {
      this.bits = bits;
    }

    @Override
    public long bits(Arch arch) {
      return bits;
    }
  }

  /** clone(2), clone3(2), unshare(2), setns(2). */
  enum Clone implements Flag {
    CLONE_NEWTIME(0x80),
    CLONE_VM(0x100),
    CLONE_FILES(0x400),
    CLONE_VFORK(0x4000),
    CLONE_PARENT(0x8000),
    CLONE_NEWNS(0x20000),
    CLONE_PARENT_SETTID(0x100000),
    CLONE_CHILD_CLEARTID(0x200000),
    CLONE_NEWCGROUP(0x2000000),
    CLONE_NEWUTS(0x4000000),
    CLONE_NEWIPC(0x8000000),
    CLONE_NEWUSER(0x10000000),
    CLONE_NEWPID(0x20000000),
    CLONE_NEWNET(0x40000000),
    CLONE_INTO_CGROUP(0x2_0000_0000L),
    SIGCHLD(17);

    private final long bits;

    Clone(long bits) {
      this.bits = bits;
    }

    @Override
    public long bits(Arch arch) {
      return bits;
    }
  }
}
