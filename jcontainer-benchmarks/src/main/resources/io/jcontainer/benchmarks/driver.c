// Starts programs and times them from start to exit, for StartBench: what it costs a JVM to start a
// process is not the peers' fault.
//
//   driver STDERR-FILE
//
// Requests on standard input, a line each:
//   add COUNT   followed by COUNT lines, a program's path and its arguments; it gets the next index
//   run INDEX   answered by "NANOSECONDS STATUS" on standard output, the status as wait(2) gives it
//   many INDEX COUNT AT-ONCE   the same for COUNT runs together, AT-ONCE at a time; a status that is
//               not 0 is that of any that failed
// Programs find /dev/null as their standard input and output. An argument that ends with "-00" ends
// with another number for each that runs at the same time.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 64, MAX_AT_ONCE = 99, REQUESTS = 100, ANSWERS = 101 };

extern char **environ;
static char **commands[MAX_COMMANDS];
static char *places[MAX_COMMANDS]; // where the number goes, or NULL
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
  for (int i = 0; i < words; i++) {
    size_t length = argv[i] ? strlen(argv[i]) : 0;
    if (length > 3 && !strcmp(argv[i] + length - 3, "-00"))
      places[count] = argv[i] + length - 2;
  }
  commands[count++] = argv;
}

// The child shares our memory until its execve, as in posix_spawn(3): it may only call and leave.
static pid_t start(int index, int number) {
  if (index < 0 || index >= count)
    exit(2);
  char **argv = commands[index];
  if (places[index]) {
    places[index][0] = '0' + number / 10;
    places[index][1] = '0' + number % 10;
  }
  pid_t pid = vfork();
  if (pid < 0)
    die("vfork");
  if (pid == 0) {
    execve(argv[0], argv, environ);
    _exit(127);
  }
  return pid;
}

static pid_t end(pid_t which, int *status) {
  pid_t pid;
  while ((pid = waitpid(which, status, 0)) < 0)
    if (errno != EINTR)
      die("waitpid");
  return pid;
}

static void run(int index) {
  int status;
  long long begin = now();
  end(start(index, 0), &status);
  dprintf(ANSWERS, "%lld %d\n", now() - begin, status);
}

static void many(int index, int runs, int at_once) {
  if (at_once < 1 || at_once > MAX_AT_ONCE)
    exit(2);
  pid_t running[MAX_AT_ONCE] = {0};
  int started = 0, ended = 0, failed = 0;
  long long begin = now();
  for (int i = 0; i < at_once && started < runs; i++, started++)
    running[i] = start(index, i);
  while (ended < runs) {
    int status;
    pid_t pid = end(-1, &status);
    ended++;
    if (status)
      failed = status;
    for (int i = 0; i < at_once; i++)
      if (running[i] == pid && started < runs) {
        running[i] = start(index, i);
        started++;
        break;
      }
  }
  dprintf(ANSWERS, "%lld %d\n", now() - begin, failed);
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
    int index, runs, at_once;
    if (!strncmp(request, "add ", 4))
      add(in, atoi(request + 4));
    else if (!strncmp(request, "run ", 4))
      run(atoi(request + 4));
    else if (sscanf(request, "many %d %d %d", &index, &runs, &at_once) == 3)
      many(index, runs, at_once);
    else
      return 2;
  }
  return 0;
}
