/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/sim_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/run_program.h"

#define READY_MS 20000
#define STOP_MS 5000
#define ARGUMENTS_MAX 32

static void set_paths(struct sim_process *sim)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(sim->folder, sizeof sim->folder, "%.40s/mb-sim-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(sim->folder));
    (void)snprintf(sim->bench, sizeof sim->bench, "%s/bench.yaml", sim->folder);
    (void)snprintf(sim->motor, sizeof sim->motor, "%s/motor.yaml", sim->folder);
    (void)snprintf(sim->truth, sizeof sim->truth, "%s/truth.csv", sim->folder);
    (void)snprintf(sim->switching, sizeof sim->switching, "%s/switching.csv", sim->folder);
}

/* In the child: only what is allowed after fork, then the program. */
static void become(const struct sim_process *sim, const char *program, const char *const options[],
                   int ready_fd, pid_t parent)
{
    const char *argv[ARGUMENTS_MAX + 1] = {program,        "--write-bench", sim->bench, "--write-motor",
                                           sim->motor,     "--truth",       sim->truth, "--switching",
                                           sim->switching, "--ready-fd"};
    char number[16];
    int n = 10, null = open("/dev/null", O_RDWR);

    (void)snprintf(number, sizeof number, "%d", ready_fd);
    argv[n++] = number;
    for (size_t i = 0; options != NULL && options[i] != NULL && n < ARGUMENTS_MAX; i++)
        argv[n++] = options[i];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(126);
    (void)execv(program, (char *const *)argv);
    _exit(127);
}

void sim_process_start(struct sim_process *sim, const char *const options[])
{
    struct pollfd poll_fd = {.events = POLLIN};
    char program[256], word[8];
    pid_t parent = getpid();
    int fds[2];

    memset(sim, 0, sizeof *sim);
    set_paths(sim);
    (void)run_program_path("motorbench-sim", program, sizeof program);
    assert_int_equal(pipe(fds), 0);
    assert_true(fcntl(fds[0], F_SETFD, FD_CLOEXEC) == 0);
    sim->pid = fork();
    if (sim->pid == 0)
        become(sim, program, options, fds[1], parent);
    assert_true(sim->pid > 0);
    assert_int_equal(close(fds[1]), 0);
    poll_fd.fd = fds[0];
    assert_int_equal(poll(&poll_fd, 1, READY_MS), 1);
    assert_int_equal(read(fds[0], word, sizeof word), 6); /* "ready" and LF; 0 when it ended instead */
    assert_int_equal(close(fds[0]), 0);
}

int sim_process_stop(struct sim_process *sim)
{
    struct timespec ms = {.tv_nsec = 1000000};
    pid_t pid = sim->pid;
    int status;

    sim->pid = 0;
    if (pid <= 0)
        return -1;
    (void)kill(pid, SIGTERM);
    for (int i = 0; i < STOP_MS; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        (void)nanosleep(&ms, NULL);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return -1;
}

void sim_process_clear(struct sim_process *sim)
{
    if (sim->pid > 0)
        (void)sim_process_stop(sim);
    if (sim->folder[0] == '\0')
        return;
    (void)unlink(sim->bench);
    (void)unlink(sim->motor);
    (void)unlink(sim->truth);
    (void)unlink(sim->switching);
    (void)rmdir(sim->folder);
    sim->folder[0] = '\0';
}

uint16_t sim_process_port(const struct sim_process *sim, const char *name)
{
    char line[512], wanted[64];
    bool found = false;
    long port = 0;
    FILE *f = fopen(sim->bench, "re");

    assert_non_null(f);
    if (strcmp(name, "control") == 0)
        (void)snprintf(wanted, sizeof wanted, "# control: ");
    else
        (void)snprintf(wanted, sizeof wanted, "id: %s", name);
    /* The address stands in the same line, or in one of the next. */
    while (port == 0 && fgets(line, sizeof line, f) != NULL) {
        const char *address = strstr(line, "127.0.0.1:");

        found = found || strstr(line, wanted) != NULL;
        if (found && address != NULL)
            port = strtol(address + strlen("127.0.0.1:"), NULL, 10);
    }
    assert_int_equal(fclose(f), 0);
    assert_in_range(port, 1, 65535);
    return (uint16_t)port;
}

int sim_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void sim_say(int fd, const char *bytes)
{
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

ssize_t sim_hear(int fd, char *buffer, size_t size, unsigned timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    size_t n = 0;

    while (n + 1 < size) {
        ssize_t r;

        if (poll(&poll_fd, 1, (int)timeout_ms) != 1)
            return -ETIMEDOUT;
        r = recv(fd, buffer + n, 1, 0);
        if (r <= 0)
            return -ECONNRESET;
        if (buffer[n] == '\n')
            break;
        n += buffer[n] == '\r' ? 0 : 1;
    }
    buffer[n] = '\0';
    return (ssize_t)n;
}

const char *sim_ask(int fd, const char *bytes, char *buffer, size_t size)
{
    sim_say(fd, bytes);
    assert_true(sim_hear(fd, buffer, size, 5000) >= 0);
    return buffer;
}
