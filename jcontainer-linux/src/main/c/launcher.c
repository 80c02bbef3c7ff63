/*
 * The launcher: an interpreter of system calls, and nothing else.
 *
 * The JVM starts it by posix_spawn and sends it a program image on descriptor 3, a Unix stream
 * socket. The image lies at a fixed address, so it holds absolute pointers, and nothing is relocated
 * here. Operations run in order; a result that is an error, and not a tolerated one, is reported on
 * the same socket, and ends the process. What needs thought is thought in Java, which writes the
 * operations: see ImageWriter.java for the other side of these structures.
 *
 * No libc, no policy, no parsing, no loops over what a container could have a hand in.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum { CONTROL = 3, SLOTS = 255, CAPACITY = 8 << 20, SIGCHLD = 17 };

/* Kinds of operations. */
enum {
    CALL,  /* a system call */
    LEAVE, /* a clone(2) after which only the child goes on, on the same stack and memory */
    ASIDE, /* a clone(2) whose child takes the next `length` operations and ends, on a stack of its own */
    AWAIT, /* wait for the end of that child */
    CHECK, /* compare a result or memory, and fail with args[4] where it does not fit */
    STORE, /* write args[2] to the memory at args[0], args[1] bytes of it */
    LOAD,  /* read the memory at args[0], args[1] bytes of it, as a result */
    MOVE,  /* the socket to the JVM is the descriptor args[0] from here on */
    INIT,  /* a clone(2) as vfork does it: the child goes on, we become the init that reaps and forwards */
    MORE,  /* read another image, and go on with its first operation */
};

struct operation {
    u32 kind;
    u32 step;       /* the plan's step, named in a report */
    u64 number;     /* of the system call */
    u64 args[6];    /* immediate, or ... */
    u8 slots[6];    /* ... 1 + the slot that holds it; 0: immediate */
    u8 save;        /* 1 + the slot for the result; 0: none */
    u8 length;      /* of ASIDE: how many operations are its child's */
    u16 tolerate[4];/* errnos that are no failure; 0: none */
    u16 retry;      /* the errno after which to try again; 0: none */
    u16 tries;      /* how often at most */
    u32 otherwise;  /* after any other error: 0: fail; else 1 + how many operations to leave out */
};

struct image {
    u32 size;       /* of all, in bytes */
    u32 count;      /* of operations */
    struct operation operations[];
};

struct report {
    u32 kind;       /* 1 ready (written by a CALL), 2 failed, 3 running, 4 exited (both by INIT) */
    u32 step;
    u32 error;      /* of failed: the errno; of exited: the status as wait(2) has it */
    u32 pid;        /* of ready: the container's first process, as the JVM sees it */
};

/*
 * At the address that the linker is told, the same as in ImageWriter.java. What follows the section's
 * name says that it takes no space in the file, and hides what the compiler would say instead.
 */
#if defined(__aarch64__)
#define IMAGE_SECTION ".image,\"aw\",@nobits//"
#else
#define IMAGE_SECTION ".image,\"aw\",@nobits#"
#endif
__attribute__((section(IMAGE_SECTION))) static union {
    struct image image;
    u8 bytes[CAPACITY];
} memory;

static u64 slots[SLOTS];

/* The descriptor of the socket to the JVM. */
static u32 control;

/* The child of ASIDE. The kernel writes its number here, and clears it and wakes us at its end. */
static struct {
    u32 tid;
    u32 done;       /* whether it has got to its end without a failure */
    u64 stack[512] __attribute__((aligned(16)));
} aside;

__attribute__((noreturn)) void run_aside(const struct operation *op, u64 count);
__attribute__((noreturn)) void run_init(u64 child);

#if defined(__x86_64__)

enum {
    READ = 0, WRITE = 1, WAIT4 = 61, KILL = 62, RT_SIGTIMEDWAIT = 128, FUTEX = 202, EXIT_GROUP = 231,
    CLOSE_RANGE = 436
};

static inline __attribute__((always_inline)) long call(u64 n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    register u64 r10 __asm__("r10") = d;
    register u64 r8 __asm__("r8") = e;
    register u64 r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* In the parent nothing may touch memory after the clone: the child has gone on with the stack. */
static inline __attribute__((always_inline)) long leave(u64 n, u64 a, u64 b, u64 c, u64 d, u64 e) {
    register u64 r10 __asm__("r10") = d;
    register u64 r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jle 1f\n\t"
                     "xor %%edi, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall\n"
                     "1:"
                     : "=a"(result), "+D"(a)
                     : "0"(n), "S"(b), "d"(c), "r"(r10), "r"(r8), [exit] "i"(EXIT_GROUP)
                     : "rcx", "r11", "memory");
    return result;
}

/* The child starts on a stack that holds the operands of run_aside. */
static inline __attribute__((always_inline)) long branch(u64 n, u64 flags, u64 *stack, u32 *tid) {
    register u64 r10 __asm__("r10") = (u64)tid;
    register u64 r8 __asm__("r8") = 0;
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "pop %%rdi\n\t"
                     "pop %%rsi\n\t"
                     "call run_aside\n"
                     "1:"
                     : "=a"(result)
                     : "0"(n), "D"(flags), "S"(stack), "d"(tid), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

/*
 * The parent waits for the child's execve(2) or end, as with vfork(2): until then both are on the one
 * stack. Whatever the child has left there, the parent goes on with another.
 */
static inline __attribute__((always_inline)) long split(u64 n, u64 flags, u64 *stack) {
    register u64 r10 __asm__("r10") = 0;
    register u64 r8 __asm__("r8") = 0;
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jle 1f\n\t"
                     "mov %[stack], %%rsp\n\t"
                     "mov %%rax, %%rdi\n\t"
                     "call run_init\n"
                     "1:"
                     : "=a"(result), "+D"(flags)
                     : "0"(n), "S"(0UL), "d"(0UL), "r"(r10), "r"(r8), [stack] "r"(stack)
                     : "rcx", "r11", "memory");
    return result;
}

/* The kernel leaves argc at the top of the stack. */
__asm__(".globl _start\n"
        "_start:\n\t"
        "xor %ebp, %ebp\n\t"
        "mov %rsp, %rdi\n\t"
        "and $-16, %rsp\n\t"
        "call start\n\t"
        "hlt\n");

#elif defined(__aarch64__)

enum {
    READ = 63, WRITE = 64, EXIT_GROUP = 94, FUTEX = 98, KILL = 129, RT_SIGTIMEDWAIT = 137, WAIT4 = 260,
    CLOSE_RANGE = 436
};

static inline __attribute__((always_inline)) long call(u64 n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    register u64 x8 __asm__("x8") = n;
    register u64 x0 __asm__("x0") = a;
    register u64 x1 __asm__("x1") = b;
    register u64 x2 __asm__("x2") = c;
    register u64 x3 __asm__("x3") = d;
    register u64 x4 __asm__("x4") = e;
    register u64 x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return (long)x0;
}

static inline __attribute__((always_inline)) long leave(u64 n, u64 a, u64 b, u64 c, u64 d, u64 e) {
    register u64 x8 __asm__("x8") = n;
    register u64 x0 __asm__("x0") = a;
    register u64 x1 __asm__("x1") = b;
    register u64 x2 __asm__("x2") = c;
    register u64 x3 __asm__("x3") = d;
    register u64 x4 __asm__("x4") = e;
    __asm__ volatile("svc #0\n\t"
                     "cmp x0, #0\n\t"
                     "b.le 1f\n\t"
                     "mov x0, #0\n\t"
                     "mov x8, %[exit]\n\t"
                     "svc #0\n"
                     "1:"
                     : "+r"(x0), "+r"(x8)
                     : "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit] "i"(EXIT_GROUP)
                     : "cc", "memory");
    return (long)x0;
}

static inline __attribute__((always_inline)) long branch(u64 n, u64 flags, u64 *stack, u32 *tid) {
    register u64 x8 __asm__("x8") = n;
    register u64 x0 __asm__("x0") = flags;
    register u64 x1 __asm__("x1") = (u64)stack;
    register u64 x2 __asm__("x2") = (u64)tid;
    register u64 x3 __asm__("x3") = 0; /* here the last two operands are the other way round */
    register u64 x4 __asm__("x4") = (u64)tid;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "ldp x0, x1, [sp], #16\n\t"
                     "bl run_aside\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "x30", "memory");
    return (long)x0;
}

static inline __attribute__((always_inline)) long split(u64 n, u64 flags, u64 *stack) {
    register u64 x8 __asm__("x8") = n;
    register u64 x0 __asm__("x0") = flags;
    register u64 x1 __asm__("x1") = 0;
    register u64 x2 __asm__("x2") = 0;
    register u64 x3 __asm__("x3") = 0;
    register u64 x4 __asm__("x4") = 0;
    __asm__ volatile("svc #0\n\t"
                     "cmp x0, #0\n\t"
                     "b.le 1f\n\t"
                     "mov sp, %[stack]\n\t"
                     "bl run_init\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [stack] "r"(stack)
                     : "x30", "cc", "memory");
    return (long)x0;
}

__asm__(".globl _start\n"
        "_start:\n\t"
        "mov x29, #0\n\t"
        "mov x30, #0\n\t"
        "mov x0, sp\n\t"
        "bl start\n\t"
        "brk #1\n");

#else
#error "this architecture has no launcher"
#endif

static __attribute__((noreturn)) void end(int status) {
    for (;;)
        call(EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

static void tell(u32 kind, u32 step, u32 error) {
    struct report report = {kind, step, error, 0};
    call(WRITE, control, (u64)&report, sizeof report, 0, 0, 0);
}

static __attribute__((noreturn)) void fail(const struct operation *op, u32 error) {
    tell(2, op->step, error);
    end(1);
}

static int tolerated(const struct operation *op, u32 error) {
    for (int i = 0; i < 4; i++)
        if (op->tolerate[i] == error && error)
            return 1;
    return 0;
}

static u64 load(u64 address, u64 bytes) {
    switch (bytes) {
    case 0: return address;
    case 1: return *(const u8 *)address;
    case 4: return *(const u32 *)address;
    default: return *(const u64 *)address;
    }
}

static void store(u64 address, u64 bytes, u64 value) {
    if (bytes == 4)
        *(u32 *)address = value;
    else
        *(u64 *)address = value;
}

static void check(const struct operation *op, const u64 *args) {
    u64 value = load(args[0], args[1]);
    if (((value & args[2]) == args[3]) == (args[5] != 0))
        fail(op, args[4]);
}

static void run(const struct operation *op, const struct operation *last);

void run_aside(const struct operation *op, u64 count) {
    run(op, op + count);
    __atomic_store_n(&aside.done, 1, __ATOMIC_RELEASE);
    end(0);
}

static u64 *top_of_aside_stack(void) {
    return aside.stack + sizeof aside.stack / sizeof *aside.stack;
}

static void begin_aside(const struct operation *op) {
    u64 *stack = top_of_aside_stack();
    *--stack = op->length;
    *--stack = (u64)(op + 1);
    long pid = branch(op->number, op->args[0], stack, &aside.tid);
    if (pid < 0)
        fail(op, -pid);
}

static void await_aside(void) {
    u32 tid;
    while ((tid = __atomic_load_n(&aside.tid, __ATOMIC_ACQUIRE)))
        call(FUTEX, (u64)&aside.tid, 0, tid, 0, 0, 0);
    if (!__atomic_load_n(&aside.done, __ATOMIC_ACQUIRE))
        end(1); /* it has told why */
}

/*
 * The tiny init: takes the end of every orphan that is given to us, hands on every signal, and ends
 * with the child. All signals are blocked (by a CALL before): a blocked one waits, also for process 1,
 * which the kernel spares those that it has no handler for.
 */
void run_init(u64 child) {
    /* Nobody must wait for an end of file because of us. */
    if (control)
        call(CLOSE_RANGE, 0, control - 1, 0, 0, 0, 0);
    call(CLOSE_RANGE, control + 1, ~0U, 0, 0, 0, 0);
    tell(3, 0, 0);
    for (;;) {
        u64 all = ~0UL;
        long signal = call(RT_SIGTIMEDWAIT, (u64)&all, 0, 0, sizeof all, 0, 0);
        if (signal > 0 && signal != SIGCHLD)
            call(KILL, child, signal, 0, 0, 0, 0);
        u32 status, last = 0;
        int over = 0;
        long ended;
        while ((ended = call(WAIT4, -1UL, (u64)&status, 0x40000001 /* __WALL|WNOHANG */, 0, 0, 0)) > 0)
            if ((u64)ended == child) {
                over = 1;
                last = status;
            }
        if (over) { /* and all that has ended with it has been taken */
            tell(4, 0, last);
            end(last & 0x7f ? 128 + (last & 0x7f) : last >> 8 & 0xff);
        }
    }
}

/* Reads one image, and nothing of another that may lie behind it. */
static void read_image(void) {
    u64 have = 0;
    u64 wanted = sizeof memory.image;
    do {
        long got = call(READ, control, (u64)memory.bytes + have, wanted - have, 0, 0, 0);
        if (got <= 0)
            end(1);
        have += got;
        if (have == sizeof memory.image)
            wanted = memory.image.size;
    } while (have < wanted);
}

static void run(const struct operation *op, const struct operation *last) {
    for (; op < last; op++) {
        u64 args[6];
        for (int i = 0; i < 6; i++)
            args[i] = op->slots[i] ? slots[op->slots[i] - 1] : op->args[i];
        switch (op->kind) {
        case CHECK: check(op, args); continue;
        case STORE: store(args[0], args[1], args[2]); continue;
        case LOAD: slots[op->save - 1] = load(args[0], args[1]); continue;
        case MOVE: control = args[0]; continue;
        case AWAIT: await_aside(); continue;
        case ASIDE:
            begin_aside(op);
            op += op->length;
            continue;
        case MORE:
            read_image();
            op = memory.image.operations - 1;
            last = memory.image.operations + memory.image.count;
            continue;
        }
        long result;
        u32 tries = op->tries;
        do {
            if (op->kind == LEAVE)
                result = leave(op->number, args[0], args[1], args[2], args[3], args[4]);
            else if (op->kind == INIT)
                result = split(op->number, args[0], top_of_aside_stack());
            else
                result = call(op->number, args[0], args[1], args[2], args[3], args[4], args[5]);
        } while (op->retry && result == -(long)op->retry && tries-- > 0);
        if (op->save)
            slots[op->save - 1] = result;
        if (result < 0 && result > -4096 && !tolerated(op, -result)) {
            if (!op->otherwise)
                fail(op, -result);
            op += op->otherwise - 1;
        }
    }
}

__attribute__((noreturn, used)) static void start(u64 *stack) {
    /*
     * First of all, let go of what another thread of the JVM has open at this moment: a process that
     * it starts would hang on a pipe that we hold. The first byte of argv[1] is the first number to
     * close; below it lie the descriptors that the JVM meant for us.
     */
    u8 keep = *(const u8 *)stack[2];
    call(CLOSE_RANGE, keep, ~0U, 0, 0, 0, 0);

    control = CONTROL;
    read_image();
    run(memory.image.operations, memory.image.operations + memory.image.count);
    end(0);
}
