package io.jcontainer.linux.plan;

import java.util.Locale;

/** The system calls that plans are made of: only those that both architectures have. */
public enum Sys {
  CAPSET(126, 91),
  CHDIR(80, 49),
  CLOCK_GETTIME(228, 113),
  CLONE(56, 220),
  CLONE3(435, 435),
  CLOSE(3, 57),
  CLOSE_RANGE(436, 436),
  COPY_FILE_RANGE(326, 285),
  DUP3(292, 24),
  EXECVE(59, 221),
  FACCESSAT2(439, 439),
  FCHDIR(81, 50),
  FCHMOD(91, 52),
  FCHMODAT(268, 53),
  FCHOWN(93, 55),
  FCHOWNAT(260, 54),
  FCNTL(72, 25),
  FSCONFIG(431, 431),
  FSETXATTR(190, 7),
  FSMOUNT(432, 432),
  FSOPEN(430, 430),
  FSTATFS(138, 44),
  FTRUNCATE(77, 46),
  GETCWD(79, 17),
  GETDENTS64(217, 61),
  IOCTL(16, 29),
  KEYCTL(250, 219),
  LGETXATTR(192, 9),
  LINKAT(265, 37),
  LLISTXATTR(195, 12),
  LSEEK(8, 62),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  MOUNT(165, 40),
  MOUNT_SETATTR(442, 442),
  MOVE_MOUNT(429, 429),
  OPENAT(257, 56),
  OPENAT2(437, 437),
  OPEN_TREE(428, 428),
  PIPE2(293, 59),
  PIVOT_ROOT(155, 41),
  PRCTL(157, 167),
  PRLIMIT64(302, 261),
  READ(0, 63),
  READLINKAT(267, 78),
  RECVFROM(45, 207),
  RECVMSG(47, 212),
  RENAMEAT(264, 38),
  RT_SIGACTION(13, 134),
  RT_SIGPROCMASK(14, 135),
  SCHED_SETSCHEDULER(144, 119),
  SECCOMP(317, 277),
  SENDFILE(40, 71),
  SENDMSG(46, 211),
  SENDTO(44, 206),
  SETDOMAINNAME(171, 162),
  SETFSGID(123, 152),
  SETFSUID(122, 151),
  SETGROUPS(116, 159),
  SETHOSTNAME(170, 161),
  SETNS(308, 268),
  SETPRIORITY(141, 140),
  SETRESGID(119, 149),
  SETRESUID(117, 147),
  SETSID(112, 157),
  SOCKET(41, 198),
  STATX(332, 291),
  SYMLINKAT(266, 36),
  UMASK(95, 166),
  UMOUNT2(166, 39),
  UNLINKAT(263, 35),
  UNSHARE(272, 97),
  UTIMENSAT(280, 88),
  WRITE(1, 64);

  private final int x86;
  private final int arm;

  Sys(int x86, int arm) {
    this.x86 = x86;
    this.arm = arm;
  }

  /** The number of the call. */
  public int number(Arch arch) {
    return arch == Arch.X86_64 ? x86 : arm;
  }

  /** The name as in the manual. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
