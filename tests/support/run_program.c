/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/tree.h"

#define DEFAULT_TIMEOUT_MS 20000
#define CAPTURE_MAX (16u << 20)

/* One end of the child's standard streams, as we see it. */
struct stream {
    int fd; /* ours; -1 when done */
    char *data;
    size_t size;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

static void stream_close(struct stream *stream)
{
    close_fd(stream->fd);
    stream->fd = -1;
}

static int stream_read(struct stream *stream)
{
    char chunk[4096], *data;
    ssize_t n = read(stream->fd, chunk, sizeof chunk);

    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    if (n == 0) {
        stream_close(stream);
        return 0;
    }
    if (stream->size + (size_t)n > CAPTURE_MAX)
        return -EFBIG;
    data = realloc(stream->data, stream->size + (size_t)n + 1);
    if (!data)
        return -ENOMEM;
    memcpy(data + stream->size, chunk, (size_t)n);
    stream->data = data;
    stream->size += (size_t)n;
    data[stream->size] = '\0';
    return 0;
}

/* The input lies in an unnamed file: it may be longer than a pipe holds, and nobody has to feed it. */
static int open_input(const char *input)
{
    size_t left;
    int fd;

    if (!input)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    fd = memfd_create("input", MFD_CLOEXEC);
    left = strlen(input);
    while (fd >= 0 && left > 0) {
        ssize_t n = write(fd, input, left);

        if (n <= 0)
            break;
        input += n;
        left -= (size_t)n;
    }
    if (fd >= 0)
        (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

static void child(const char *const argv[], const struct run_options *options, int in, int out, int err)
{
    (void)setpgid(0, 0);
    (void)signal(SIGPIPE, SIG_DFL);
    if (options && options->output_path)
        out = open(options->output_path, O_WRONLY | O_CLOEXEC);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(127);
    for (const char *const *e = options ? options->environment : NULL; e && *e; e++)
        if (putenv((char *)(uintptr_t)*e) != 0)
            _exit(127);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Reads both streams until they end. -ETIME when the deadline passes. */
static int collect(struct stream streams[2], int64_t deadline)
{
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd fds[2] = {{.fd = streams[0].fd, .events = POLLIN},
                                {.fd = streams[1].fd, .events = POLLIN}};
        int64_t left = deadline - now_ms();
        int r;

        if (left <= 0)
            return -ETIME;
        r = poll(fds, 2, (int)left);
        if (r < 0 && errno != EINTR)
            return -errno;
        for (int i = 0; r > 0 && i < 2; i++) {
            if (fds[i].revents == 0)
                continue;
            r = stream_read(&streams[i]);
            if (r < 0)
                return r;
            r = 1;
        }
    }
    return 0;
}

/* A child may close its streams and live on: its end is waited for with the same deadline. */
static int reap(pid_t pid, int64_t deadline, int *ret_wait)
{
    for (;;) {
        pid_t p = waitpid(pid, ret_wait, WNOHANG);

        if (p == pid)
            return 0;
        if (p < 0 && errno != EINTR)
            return -errno;
        if (now_ms() >= deadline)
            return -ETIME;
        (void)poll(NULL, 0, 2);
    }
}

static int follow(pid_t pid, struct stream streams[2], unsigned timeout_ms, struct run_result *ret)
{
    int64_t deadline = now_ms() + (timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS);
    int wait_status = 0, r;

    r = collect(streams, deadline);
    if (r == 0)
        r = reap(pid, deadline, &wait_status);
    if (r < 0) {
        (void)kill(-pid, SIGKILL);
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, &wait_status, 0);
        ret->timed_out = r == -ETIME;
        ret->status = -1;
        return r == -ETIME ? 0 : r;
    }
    ret->status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    return 0;
}

static int take(struct stream *stream, char **ret_text, size_t *ret_size)
{
    stream_close(stream);
    *ret_text = stream->data ? stream->data : strdup("");
    *ret_size = stream->size;
    return *ret_text ? 0 : -ENOMEM;
}

int run_program(const char *const argv[], const struct run_options *options, struct run_result *ret)
{
    struct stream streams[2] = {{.fd = -1}, {.fd = -1}};
    int out[2] = {-1, -1}, err[2] = {-1, -1}, in, r = 0;
    pid_t pid = -1;

    *ret = (struct run_result){.status = -1};
    in = open_input(options ? options->input : NULL);
    if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        r = -errno;
    if (r == 0) {
        pid = fork();
        if (pid == 0)
            child(argv, options, in, out[1], err[1]);
        if (pid < 0)
            r = -errno;
    }
    close_fd(in);
    close_fd(out[1]);
    close_fd(err[1]);
    streams[0].fd = out[0];
    streams[1].fd = err[0];
    if (r == 0)
        r = follow(pid, streams, options ? options->timeout_ms : 0, ret);
    if (take(&streams[0], &ret->out, &ret->out_size) < 0 || take(&streams[1], &ret->err, &ret->err_size) < 0)
        r = -ENOMEM;
    return r;
}

void run_result_clear(struct run_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct run_result){.status = -1};
}

bool run_result_is_one_line_error(const struct run_result *result, const char *program)
{
    size_t n = strlen(program);
    const char *end;

    if (!result->err || strncmp(result->err, program, n) != 0 || strncmp(result->err + n, ": ", 2) != 0)
        return false;
    end = strchr(result->err, '\n');
    return end && end[1] == '\0' && result->err_size == strlen(result->err);
}

const char *run_program_path(const char *name, char *buffer, size_t size)
{
    int n = snprintf(buffer, size, "%s/bin/%s", test_build_folder(), name);

    return n > 0 && (size_t)n < size ? buffer : "";
}
