package io.jcontainer.linux.plan;

import io.jcontainer.Rlimit;
import io.jcontainer.Scheduling;
import io.jcontainer.linux.plan.Step.Call;
import io.jcontainer.linux.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The system calls of plans with their operands, as the manual names them. */
public final class Calls {
  private static final Arg PR_SET_PDEATHSIG = Arg.named("PR_SET_PDEATHSIG", 1);
  private static final Arg PR_SET_DUMPABLE = Arg.named("PR_SET_DUMPABLE", 4);
  private static final Arg PR_SET_KEEPCAPS = Arg.named("PR_SET_KEEPCAPS", 8);
  private static final Arg PR_CAPBSET_DROP = Arg.named("PR_CAPBSET_DROP", 24);
  private static final Arg PR_SET_CHILD_SUBREAPER = Arg.named("PR_SET_CHILD_SUBREAPER", 36);
  private static final Arg PR_SET_SECUREBITS = Arg.named("PR_SET_SECUREBITS", 28);
  private static final Arg PR_SET_NO_NEW_PRIVS = Arg.named("PR_SET_NO_NEW_PRIVS", 38);
  private static final Arg PR_CAP_AMBIENT = Arg.named("PR_CAP_AMBIENT", 47);
  private static final Arg MSG_NOSIGNAL = Arg.named("MSG_NOSIGNAL", 0x4000);
  private static final Arg STATX_ALL = Arg.named("STATX_BASIC_STATS|STATX_MNT_ID", 0x7ff | 0x1000);
  private static final Arg EMPTY = Arg.of("");
  private static final Arg ZERO = Arg.of(0);

  private Calls() {}

  // Files.

  /** openat(2) of a path from the working directory. */
  public static Call open(String path, Flag... flags) {
    return Call.of(Sys.OPENAT, Arg.AT_FDCWD, Arg.of(path), Arg.flags(flags));
  }

  /** openat(2) that creates. */
  public static Call create(String path, int mode, Flag... flags) {
    return Call.of(Sys.OPENAT, Arg.AT_FDCWD, Arg.of(path), Arg.flags(flags), Arg.mode(mode));
  }

  /** openat2(2) from the working directory; it resolves in ways that openat(2) cannot promise. */
  public static Call openat2(String path, List<Flag> flags, List<Flag> resolve) {
    Arg how = Arg.struct64(new Arg.Bits(flags), ZERO, new Arg.Bits(resolve));
    // With ".." in the walk, any rename anywhere on the host at this moment is EAGAIN.
    return Call.of(Sys.OPENAT2, Arg.AT_FDCWD, Arg.of(path), how, Arg.of(24)).retry(Errno.EAGAIN);
  }

  /**
   * openat2(2) with O_PATH of a path that is resolved as if this directory were the root: no link
   * leads out of it, and none of /proc is followed.
   */
  public static Call openInRoot(Slot root, String path, Flag... flags) {
    List<Flag> all = new ArrayList<>(List.of(Flag.Open.O_PATH, Flag.Open.O_CLOEXEC));
    all.addAll(List.of(flags));
    Arg how =
        Arg.struct64(
            new Arg.Bits(all),
            ZERO,
            Arg.flags(Flag.Resolve.RESOLVE_IN_ROOT, Flag.Resolve.RESOLVE_NO_MAGICLINKS));
    // With ".." in the walk, any rename anywhere on the host at this moment is EAGAIN.
    return Call.of(Sys.OPENAT2, Arg.of(root), Arg.of(path), how, Arg.of(24)).retry(Errno.EAGAIN);
  }

  /** close(2). */
  public static Call close(Slot fd) {
    return close(Arg.of(fd));
  }

  /** close(2). */
  public static Call close(Arg fd) {
    return Call.of(Sys.CLOSE, fd);
  }

  /** fcntl(2), F_DUPFD_CLOEXEC: another descriptor for the same, with at least this number. */
  public static Call duplicate(Arg fd, int atLeast) {
    return Call.of(Sys.FCNTL, fd, Arg.named("F_DUPFD_CLOEXEC", 1030), Arg.of(atLeast));
  }

  /** dup3(2): takes this number for the same; without O_CLOEXEC, execve(2) leaves it open. */
  public static Call dup3(Slot fd, int number, Flag... flags) {
    return Call.of(Sys.DUP3, Arg.of(fd), Arg.of(number), Arg.flags(flags));
  }

  /** dup3(2) of a known number. */
  public static Call dup3(int fd, int number) {
    return Call.of(Sys.DUP3, Arg.of(fd), Arg.of(number), Arg.flags());
  }

  /** close_range(2) of this number and all above. */
  public static Call closeFrom(int first) {
    return Call.of(Sys.CLOSE_RANGE, Arg.of(first), Arg.named("~0U", 0xFFFF_FFFFL), ZERO);
  }

  /** close_range(2) that marks instead of closing. */
  public static Call closeOnExecFrom(int first) {
    return Call.of(
        Sys.CLOSE_RANGE,
        Arg.of(first),
        Arg.named("~0U", 0xFFFF_FFFFL),
        Arg.named("CLOSE_RANGE_CLOEXEC", 4));
  }

  /** openat(2) of a name in a directory. */
  public static Call openIn(Slot directory, String name, Flag... flags) {
    return openIn(Arg.of(directory), name, flags);
  }

  /** The same. */
  public static Call openIn(Arg directory, String name, Flag... flags) {
    return Call.of(Sys.OPENAT, directory, Arg.of(name), Arg.flags(flags));
  }

  /** pipe2(2): the reading end, then the writing end, each a 32-bit word. */
  public static Call pipe(Memory ends) {
    return Call.of(Sys.PIPE2, Arg.of(ends), Arg.flags(Flag.Open.O_CLOEXEC));
  }

  /** write(2) of a text. */
  public static Call write(Slot fd, String text) {
    return write(Arg.of(fd), text);
  }

  /** The same. */
  public static Call write(Arg fd, String text) {
    int length = text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    return Call.of(Sys.WRITE, fd, Arg.of(text), Arg.of(length));
  }

  /** write(2) of bytes. */
  public static Call write(Slot fd, byte[] bytes) {
    return Call.of(Sys.WRITE, Arg.of(fd), new Arg.Data(bytes), Arg.of(bytes.length));
  }

  /** read(2). */
  public static Call read(int fd, Memory target) {
    return read(Arg.of(fd), target, Arg.of(target.size()));
  }

  /** read(2). */
  public static Call read(Arg fd, Memory target, Arg size) {
    return Call.of(Sys.READ, fd, Arg.of(target), size);
  }

  /** recvfrom(2) of as many bytes as the memory has, or until the end of file. */
  public static Call receive(int fd, Memory target) {
    Arg waitall = Arg.named("MSG_WAITALL", 0x100);
    return Call.of(
        Sys.RECVFROM,
        Arg.of(fd),
        Arg.of(target),
        Arg.of(target.size()),
        waitall,
        Arg.NULL,
        Arg.NULL);
  }

  /** statx(2) of type and size. */
  public static Call statx(Arg fd, Memory target) {
    return Call.of(
        Sys.STATX,
        fd,
        EMPTY,
        Arg.flags(Flag.Open.AT_EMPTY_PATH),
        Arg.named("STATX_TYPE|STATX_SIZE", 0x201),
        Arg.of(target));
  }

  /** sendto(2) to the other end of a socket; a closed one is EPIPE, and no signal. */
  public static Call send(int fd, Memory message) {
    return send(fd, message, Arg.of(message.size()));
  }

  /** The same of the first bytes of memory. */
  public static Call send(int fd, Memory message, Arg size) {
    return Call.of(Sys.SENDTO, Arg.of(fd), Arg.of(message), size, MSG_NOSIGNAL, Arg.NULL, ZERO);
  }

  /**
   * sendmsg(2) with a control message, cmsg(3), of this many bytes at most; as {@link #send}
   * otherwise.
   */
  public static Call sendmsg(int fd, Memory message, Memory control) {
    return Call.of(Sys.SENDMSG, Arg.of(fd), header(message, control), MSG_NOSIGNAL);
  }

  /** recvmsg(2) with a control message; descriptors that come with it are close-on-exec. */
  public static Call recvmsg(int fd, Memory message, Memory control) {
    Arg cloexec = Arg.named("MSG_CMSG_CLOEXEC", 0x4000_0000);
    return Call.of(Sys.RECVMSG, Arg.of(fd), header(message, control), cloexec);
  }

  private static Arg header(Memory message, Memory control) {
    Arg vector = Arg.struct64(Arg.of(message), Arg.of(message.size()));
    return Arg.struct64(
        Arg.NULL, ZERO, vector, Arg.of(1), Arg.of(control), Arg.of(control.size()), ZERO);
  }

  /** The same for a part of it. */
  public static Call send(int fd, Arg message, Arg length) {
    return Call.of(Sys.SENDTO, Arg.of(fd), message, length, MSG_NOSIGNAL, Arg.NULL, ZERO);
  }

  /** mkdirat(2) from the working directory. */
  public static Call mkdir(String path, int mode) {
    return Call.of(Sys.MKDIRAT, Arg.AT_FDCWD, Arg.of(path), Arg.mode(mode));
  }

  /** unlinkat(2) of an empty directory. */
  public static Call rmdir(String path) {
    return Call.of(Sys.UNLINKAT, Arg.AT_FDCWD, Arg.of(path), Arg.named("AT_REMOVEDIR", 0x200));
  }

  /** mkdirat(2). */
  public static Call mkdir(Slot directory, String name, int mode) {
    return Call.of(Sys.MKDIRAT, Arg.of(directory), Arg.of(name), Arg.mode(mode));
  }

  /** mknodat(2) of an empty regular file from the working directory. */
  public static Call mkfile(String path) {
    Arg mode = Arg.named("S_IFREG|0644", 0100644);
    return Call.of(Sys.MKNODAT, Arg.AT_FDCWD, Arg.of(path), mode, ZERO);
  }

  /** mknodat(2) of an empty regular file. */
  public static Call mkfile(Slot directory, String name) {
    Arg mode = Arg.named("S_IFREG|0644", 0100644);
    return Call.of(Sys.MKNODAT, Arg.of(directory), Arg.of(name), mode, ZERO);
  }

  /** statx(2) of all that there is to know of what a descriptor is open for. */
  public static Call statxAll(Slot fd, Memory target) {
    return Call.of(
        Sys.STATX,
        Arg.of(fd),
        EMPTY,
        Arg.flags(Flag.Open.AT_EMPTY_PATH),
        STATX_ALL,
        Arg.of(target));
  }

  /** The same of a path from a directory. */
  public static Call statxAll(Slot directory, String path, Memory target) {
    return Call.of(Sys.STATX, Arg.of(directory), Arg.of(path), ZERO, STATX_ALL, Arg.of(target));
  }

  /** fstatfs(2). */
  public static Call fstatfs(Slot fd, Memory target) {
    return Call.of(Sys.FSTATFS, Arg.of(fd), Arg.of(target));
  }

  /** symlinkat(2) from the working directory. */
  public static Call symlink(String target, String path) {
    return Call.of(Sys.SYMLINKAT, Arg.of(target), Arg.AT_FDCWD, Arg.of(path));
  }

  /** fchmod(2). */
  public static Call fchmod(int fd, int mode) {
    return Call.of(Sys.FCHMOD, Arg.of(fd), Arg.mode(mode));
  }

  /** fchown(2) that leaves the group as it is. */
  public static Call fchown(Slot fd, Arg uid) {
    return Call.of(Sys.FCHOWN, Arg.of(fd), uid, Arg.of(-1));
  }

  /** fchown(2). */
  public static Call fchown(int fd, long uid, long gid) {
    return Call.of(Sys.FCHOWN, Arg.of(fd), Arg.of(uid), Arg.of(gid));
  }

  /** chmod(2). */
  public static Call chmod(String path, int mode) {
    return Call.of(Sys.FCHMODAT, Arg.AT_FDCWD, Arg.of(path), Arg.mode(mode));
  }

  /** chown(2). */
  public static Call chown(String path, long uid, long gid) {
    return Call.of(Sys.FCHOWNAT, Arg.AT_FDCWD, Arg.of(path), Arg.of(uid), Arg.of(gid), Arg.of(0));
  }

  /** chdir(2). */
  public static Call chdir(String path) {
    return Call.of(Sys.CHDIR, Arg.of(path));
  }

  /** fchdir(2). */
  public static Call fchdir(Slot fd) {
    return fchdir(Arg.of(fd));
  }

  /** fchdir(2). */
  public static Call fchdir(Arg fd) {
    return Call.of(Sys.FCHDIR, fd);
  }

  /** getcwd(2). */
  public static Call getcwd(Memory target) {
    return Call.of(Sys.GETCWD, Arg.of(target), Arg.of(target.size()));
  }

  // Time.

  /** clock_gettime(2) of the clock that System.nanoTime() reads, too; a struct timespec. */
  public static Call clock(Arg.Address target) {
    return Call.of(Sys.CLOCK_GETTIME, Arg.named("CLOCK_MONOTONIC", 1), target);
  }

  // Mounts.

  /** mount(2) of a new file system. */
  public static Call mount(String type, String target, @Nullable String data, Flag... flags) {
    return Call.of(
        Sys.MOUNT,
        Arg.of(type),
        Arg.of(target),
        Arg.of(type),
        Arg.flags(flags),
        data == null ? Arg.NULL : Arg.of(data));
  }

  /** mount(2) of what is elsewhere already. */
  public static Call bind(String source, String target, Flag... flags) {
    return Call.of(Sys.MOUNT, Arg.of(source), Arg.of(target), Arg.NULL, Arg.flags(flags), Arg.NULL);
  }

  /** mount(2) that changes how something is mounted. */
  public static Call remount(String target, Flag... flags) {
    return Call.of(Sys.MOUNT, Arg.NULL, Arg.of(target), Arg.NULL, Arg.flags(flags), Arg.NULL);
  }

  /** open_tree(2): a copy of a mount that is not attached anywhere. */
  public static Call openTree(String path, Flag... flags) {
    return Call.of(Sys.OPEN_TREE, Arg.AT_FDCWD, Arg.of(path), Arg.flags(flags));
  }

  /** open_tree(2): the same of a path from a directory. */
  public static Call openTree(Slot directory, String path, Flag... flags) {
    return Call.of(Sys.OPEN_TREE, Arg.of(directory), Arg.of(path), Arg.flags(flags));
  }

  /** fsopen(2): a file system to come. */
  public static Call fsopen(String type) {
    return Call.of(Sys.FSOPEN, Arg.of(type), Arg.named("FSOPEN_CLOEXEC", 1));
  }

  /** fsconfig(2): one of its options. */
  public static Call fsconfig(Slot context, String option, String value) {
    return Call.of(
        Sys.FSCONFIG,
        Arg.of(context),
        Arg.named("FSCONFIG_SET_STRING", 1),
        Arg.of(option),
        Arg.of(value),
        ZERO);
  }

  /** fsconfig(2): makes it. */
  public static Call fsconfigCreate(Slot context) {
    return Call.of(
        Sys.FSCONFIG,
        Arg.of(context),
        Arg.named("FSCONFIG_CMD_CREATE", 6),
        Arg.NULL,
        Arg.NULL,
        ZERO);
  }

  /** fsmount(2): a mount of it, not attached anywhere. */
  public static Call fsmount(Slot context, Flag... attributes) {
    return Call.of(
        Sys.FSMOUNT, Arg.of(context), Arg.named("FSMOUNT_CLOEXEC", 1), Arg.flags(attributes));
  }

  /** mount_setattr(2) of a copy; {@code userNamespace} is the descriptor for MOUNT_ATTR_IDMAP. */
  public static Call mountSetattr(
      Slot tree, Arg userNamespace, List<Flag> how, Flag... attributes) {
    return mountSetattr(tree, userNamespace, how, List.of(attributes), ZERO);
  }

  /** The same with a propagation: MS_PRIVATE or MS_SLAVE. */
  public static Call mountSetattr(
      Slot tree, Arg userNamespace, List<Flag> how, List<Flag> attributes, Arg propagation) {
    Arg attr = Arg.struct64(new Arg.Bits(attributes), ZERO, propagation, userNamespace);
    return Call.of(Sys.MOUNT_SETATTR, Arg.of(tree), EMPTY, new Arg.Bits(how), attr, Arg.of(32));
  }

  /** mount_setattr(2) of a copy, which also takes attributes away. */
  public static Call mountSetattr(Slot tree, List<Flag> how, List<Flag> set, List<Flag> clear) {
    Arg attr = Arg.struct64(new Arg.Bits(set), new Arg.Bits(clear), ZERO, ZERO);
    return Call.of(Sys.MOUNT_SETATTR, Arg.of(tree), EMPTY, new Arg.Bits(how), attr, Arg.of(32));
  }

  /** mount_setattr(2) of the mount at a path. */
  public static Call mountSetattr(String path, Flag... attributes) {
    Arg attr = Arg.struct64(Arg.flags(attributes), ZERO, ZERO, ZERO);
    return Call.of(Sys.MOUNT_SETATTR, Arg.AT_FDCWD, Arg.of(path), ZERO, attr, Arg.of(32));
  }

  /** mount_setattr(2) of a mount and all mounts below it. */
  public static Call mountSetattrBelow(String path, Flag... attributes) {
    Arg attr = Arg.struct64(Arg.flags(attributes), ZERO, ZERO, ZERO);
    return Call.of(
        Sys.MOUNT_SETATTR,
        Arg.AT_FDCWD,
        Arg.of(path),
        Arg.flags(Flag.Open.AT_RECURSIVE),
        attr,
        Arg.of(32));
  }

  /** move_mount(2) of a copy to a path from the working directory. */
  public static Call moveMount(Slot tree, String target) {
    return Call.of(
        Sys.MOVE_MOUNT,
        Arg.of(tree),
        EMPTY,
        Arg.AT_FDCWD,
        Arg.of(target),
        Arg.flags(Flag.MountAttr.MOVE_MOUNT_F_EMPTY_PATH));
  }

  /** move_mount(2) of what is mounted at a path, to an open mount point. */
  public static Call moveMount(String source, Slot target) {
    return Call.of(
        Sys.MOVE_MOUNT,
        Arg.AT_FDCWD,
        Arg.of(source),
        Arg.of(target),
        EMPTY,
        Arg.flags(Flag.MountAttr.MOVE_MOUNT_T_EMPTY_PATH));
  }

  /** move_mount(2) of a copy to what a descriptor is open for. */
  public static Call moveMount(Slot tree, Slot target) {
    return Call.of(
        Sys.MOVE_MOUNT,
        Arg.of(tree),
        EMPTY,
        Arg.of(target),
        EMPTY,
        Arg.flags(Flag.MountAttr.MOVE_MOUNT_F_EMPTY_PATH, Flag.MountAttr.MOVE_MOUNT_T_EMPTY_PATH));
  }

  /** pivot_root(2) to the working directory, with the old root on top of it. */
  public static Call pivotRoot() {
    return Call.of(Sys.PIVOT_ROOT, Arg.of("."), Arg.of("."));
  }

  /** umount2(2). */
  public static Call umount(String target, Flag... flags) {
    return Call.of(Sys.UMOUNT2, Arg.of(target), Arg.flags(flags));
  }

  // Namespaces.

  /**
   * clone(2) on the caller's own stack. The last two operands, which aarch64 takes the other way
   * round, are not used.
   *
   * @param parentTid where CLONE_PARENT_SETTID writes the number, or null
   */
  public static Call clone(List<Flag> flags, Arg parentTid) {
    return Call.of(Sys.CLONE, new Arg.Bits(flags), Arg.NULL, parentTid, Arg.NULL, Arg.NULL);
  }

  /**
   * clone3(2) with CLONE_INTO_CGROUP, on the caller's own stack. With CLONE_PARENT the signal of
   * the child's end is the caller's, and another one would be EINVAL.
   *
   * @param flags without a signal
   * @param parentTid where CLONE_PARENT_SETTID writes the number
   * @param cgroup a descriptor of its directory
   */
  public static Call cloneInto(List<Flag> flags, Arg parentTid, int cgroup) {
    List<Flag> all = new ArrayList<>(flags);
    all.add(Flag.Clone.CLONE_INTO_CGROUP);
    // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
    // set_tid, set_tid_size, cgroup.
    Arg arguments =
        Arg.struct64(
            new Arg.Bits(all),
            ZERO,
            ZERO,
            parentTid,
            ZERO,
            ZERO,
            ZERO,
            ZERO,
            ZERO,
            ZERO,
            Arg.of(cgroup));
    return Call.of(Sys.CLONE3, arguments, Arg.of(88));
  }

  /**
   * clone(2) for {@link Step.Aside}: shares memory and descriptors, has a stack of its own, is a
   * child of the JVM, and has the kernel tell of its end.
   */
  public static Call cloneAside() {
    return cloneAside(Flag.Clone.CLONE_VM, Flag.Clone.CLONE_FILES);
  }

  /** The same with descriptors of its own: each process may close what the other one has open. */
  public static Call cloneAsideWithOwnDescriptors() {
    return cloneAside(Flag.Clone.CLONE_VM);
  }

  private static Call cloneAside(Flag... shared) {
    List<Flag> flags = new ArrayList<>(List.of(shared));
    flags.add(Flag.Clone.CLONE_PARENT);
    flags.add(Flag.Clone.CLONE_PARENT_SETTID);
    flags.add(Flag.Clone.CLONE_CHILD_CLEARTID);
    flags.add(Flag.Clone.SIGCHLD);
    return Call.of(Sys.CLONE, new Arg.Bits(flags));
  }

  /** unshare(2). */
  public static Call unshare(Flag... flags) {
    return Call.of(Sys.UNSHARE, Arg.flags(flags));
  }

  /** setns(2): of a namespace its kind, of a pidfd all kinds that are meant. */
  public static Call setns(Arg fd, Flag... kinds) {
    return Call.of(Sys.SETNS, fd, Arg.flags(kinds));
  }

  /** sethostname(2). */
  public static Call sethostname(String name) {
    return Call.of(Sys.SETHOSTNAME, Arg.of(name), Arg.of(name.length()));
  }

  /** setdomainname(2). */
  public static Call setdomainname(String name) {
    return Call.of(Sys.SETDOMAINNAME, Arg.of(name), Arg.of(name.length()));
  }

  // Identity and privileges.

  /** setfsuid(2): never fails, its result is the old id. */
  public static Call setfsuid(long uid) {
    return Call.of(Sys.SETFSUID, Arg.of(uid));
  }

  /** setfsgid(2): never fails, its result is the old id. */
  public static Call setfsgid(long gid) {
    return Call.of(Sys.SETFSGID, Arg.of(gid));
  }

  /** prctl(2): whether a change of ids leaves the capabilities as they are. */
  public static Call keepCapabilities(boolean yes) {
    Arg bits = yes ? Arg.named("SECBIT_NO_SETUID_FIXUP", 4) : ZERO;
    return Call.of(Sys.PRCTL, PR_SET_SECUREBITS, bits, ZERO, ZERO, ZERO);
  }

  /** setgroups(2). */
  public static Call setgroups(List<Long> gids) {
    return gids.isEmpty()
        ? setgroups(ZERO, Arg.NULL)
        : setgroups(
            Arg.of(gids.size()), Arg.struct32(gids.stream().map(Arg::of).toArray(Arg[]::new)));
  }

  /** setgroups(2) of so many 32-bit words in memory. */
  public static Call setgroups(Arg count, Arg gids) {
    return Call.of(Sys.SETGROUPS, count, gids);
  }

  /** setresgid(2), all three. */
  public static Call setresgid(Arg gid) {
    return Call.of(Sys.SETRESGID, gid, gid, gid);
  }

  /** setresuid(2), all three. */
  public static Call setresuid(Arg uid) {
    return Call.of(Sys.SETRESUID, uid, uid, uid);
  }

  /** setresuid(2) of the real one: nothing that is allowed or owned depends on it. */
  public static Call setRealUid(Arg uid) {
    Arg unchanged = Arg.of(-1);
    return Call.of(Sys.SETRESUID, uid, unchanged, unchanged);
  }

  /** prctl(2): take a capability out of the bounding set. */
  public static Call capbsetDrop(String name, int number) {
    return Call.of(Sys.PRCTL, PR_CAPBSET_DROP, Arg.named(name, number), ZERO, ZERO, ZERO);
  }

  /**
   * capset(2) of the caller.
   *
   * @param sets effective, permitted and inheritable of the low numbers, then of the high ones
   */
  public static Call capset(Arg sets) {
    Arg header = Arg.struct32(Arg.named("_LINUX_CAPABILITY_VERSION_3", 0x20080522), ZERO);
    return Call.of(Sys.CAPSET, header, sets);
  }

  /** prctl(2): a change from root to another user leaves the permitted set as it is. */
  public static Call keepCapabilities() {
    return Call.of(Sys.PRCTL, PR_SET_KEEPCAPS, Arg.of(1), ZERO, ZERO, ZERO);
  }

  /** prctl(2): adds a capability to the ambient set. */
  public static Call raiseAmbient(String name, int number) {
    return Call.of(
        Sys.PRCTL,
        PR_CAP_AMBIENT,
        Arg.named("PR_CAP_AMBIENT_RAISE", 2),
        Arg.named(name, number),
        ZERO,
        ZERO);
  }

  /** prctl(2): nothing that is executed gets more privileges than its caller. */
  public static Call noNewPrivs() {
    return Call.of(Sys.PRCTL, PR_SET_NO_NEW_PRIVS, Arg.of(1), ZERO, ZERO, ZERO);
  }

  /** prctl(2): whether others may trace, and look into /proc/PID. */
  public static Call dumpable(boolean yes) {
    return Call.of(Sys.PRCTL, PR_SET_DUMPABLE, Arg.of(yes ? 1 : 0), ZERO, ZERO, ZERO);
  }

  /** prctl(2): SIGKILL when the thread that is the parent ends. */
  public static Call dieWithParent() {
    return Call.of(Sys.PRCTL, PR_SET_PDEATHSIG, Arg.named("SIGKILL", 9), ZERO, ZERO, ZERO);
  }

  /** keyctl(2): a new, empty session keyring, instead of the one that was inherited. */
  public static Call newSessionKeyring() {
    return Call.of(Sys.KEYCTL, Arg.named("KEYCTL_JOIN_SESSION_KEYRING", 1), Arg.NULL);
  }

  /** prctl(2): the name of the calling thread, at most 15 bytes. */
  public static Call setName(String name) {
    return Call.of(Sys.PRCTL, Arg.named("PR_SET_NAME", 15), Arg.of(name), ZERO, ZERO, ZERO);
  }

  /** prctl(2): orphans among the caller's descendants become its children. */
  public static Call childSubreaper() {
    return Call.of(Sys.PRCTL, PR_SET_CHILD_SUBREAPER, Arg.of(1), ZERO, ZERO, ZERO);
  }

  /** rt_sigaction(2) of a signal to its default action. */
  public static Call defaultAction(int signal) {
    Arg action = Arg.struct64(Arg.named("SIG_DFL", 0), ZERO, ZERO, ZERO);
    return Call.of(Sys.RT_SIGACTION, Arg.of(signal), action, Arg.NULL, Arg.of(8));
  }

  /** rt_sigprocmask(2): blocks exactly these signals, a bit each. */
  public static Call blockOnly(String name, long signals) {
    return Call.of(
        Sys.RT_SIGPROCMASK,
        Arg.named("SIG_SETMASK", 2),
        Arg.struct64(Arg.named(name, signals)),
        Arg.NULL,
        Arg.of(8));
  }

  /** prlimit64(2) of the caller. */
  public static Call prlimit(Rlimit limit) {
    return Call.of(
        Sys.PRLIMIT64,
        ZERO,
        Arg.named("RLIMIT_" + limit.resource().name(), limit.resource().number()),
        Arg.struct64(limit(limit.soft()), limit(limit.hard())),
        Arg.NULL);
  }

  private static Arg limit(long value) {
    return value == Rlimit.UNLIMITED ? Arg.named("RLIM_INFINITY", value) : Arg.of(value);
  }

  /** setpriority(2) of the caller. */
  public static Call setpriority(int nice) {
    return Call.of(Sys.SETPRIORITY, Arg.named("PRIO_PROCESS", 0), ZERO, Arg.of(nice));
  }

  /** sched_setscheduler(2) of the caller. */
  public static Call schedSetscheduler(Scheduling scheduling) {
    int number =
        switch (scheduling.policy()) {
          case OTHER -> 0;
          case FIFO -> 1;
          case RR -> 2;
          case BATCH -> 3;
          case IDLE -> 5;
        };
    return Call.of(
        Sys.SCHED_SETSCHEDULER,
        ZERO,
        Arg.named(scheduling.policy().toString(), number),
        Arg.struct32(Arg.of(scheduling.priority())));
  }

  /** umask(2): never fails, its result is the old one. */
  public static Call umask(int mask) {
    return Call.of(Sys.UMASK, Arg.mode(mask));
  }

  /** setsid(2). */
  public static Call setsid() {
    return Call.of(Sys.SETSID);
  }

  /** faccessat2(2): whether the caller may execute a file, by its effective ids. */
  public static Call mayExecute(String path) {
    return Call.of(
        Sys.FACCESSAT2,
        Arg.AT_FDCWD,
        Arg.of(path),
        Arg.named("X_OK", 1),
        Arg.named("AT_EACCESS", 0x200));
  }

  /** execve(2). */
  public static Call execve(String path, Arg argv, Arg environment) {
    return Call.of(Sys.EXECVE, Arg.of(path), argv, environment);
  }
}
