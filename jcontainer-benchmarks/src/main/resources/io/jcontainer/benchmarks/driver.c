// Starts programs and times them from start to exit, for StartBench: what it costs a JVM to start a
// process is not the peers' fault.
//
//   driver STDERR-FILE
//
// Requests on standard input, a line each:
//   add COUNT   followed by COUNT lines, a program's path and its arguments; it gets the next index
//   run INDEX   answered by "NANOSECONDS STATUS" on standard output, the status as wait(2) gives it
// Programs find /dev/null as their standard input and output.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 64, REQUESTS = 100, ANSWERS = 101 };

extern char **environ;
static char **commands[MAX_COMMANDS];
static int count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// A line without its end, or NULL at the end of the input.
static char *line(FILE *in) {
  char *text = NULL;
  size_t size = 0;
  ssize_t length = getline(&text, &size, in);
  if (length < 0)
    return NULL;
  if (length > 0 && text[length - 1] == '\n')
    text[length - 1] = 0;
  return text;
}

static void add(FILE *in, int words) {
  if (count == MAX_COMMANDS || words < 1)
    exit(2);
  char **argv = calloc(words + 1, sizeof *argv);
  for (int i = 0; i < words; i++)
    argv[i] = line(in);
  commands[count++] = argv;
}

// The child shares our memory until its execve, as in posix_spawn(3): it may only call and leave.
static void run(int index) {
  if (index < 0 || index >= count)
    exit(2);
  char **argv = commands[index];
  int status;
  long long start = now();
  pid_t pid = vfork();
  if (pid < 0)
    die("vfork");
  if (pid == 0) {
    execve(argv[0], argv, environ);
    _exit(127);
  }
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      die("waitpid");
  dprintf(ANSWERS, "%lld %d\n", now() - start, status);
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  if (dup3(0, REQUESTS, O_CLOEXEC) < 0 || dup3(1, ANSWERS, O_CLOEXEC) < 0)
    die("dup3");
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int errors = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (null < 0 || errors < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(errors, 2) < 0)
    die("descriptors");
  FILE *in = fdopen(REQUESTS, "r");
  if (!in)
    die("fdopen");
  for (char *request; (request = line(in)); free(request)) {
    if (!strncmp(request, "add ", 4))
      add(in, atoi(request + 4));
    else if (!strncmp(request, "run ", 4))
      run(atoi(request + 4));
    else
      return 2;
  }
  return 0;
}
