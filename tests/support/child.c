/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/eventually.h"

/* In the child: its own group, so that nothing it starts outlives it unnoticed, and the end of the test is
 * its own. */
static void become(const char *const argv[], const char *const environment[], int output, pid_t parent)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        _exit(126);
    for (const char *const *e = environment; e && *e; e++)
        if (putenv((char *)(uintptr_t)*e) != 0)
            _exit(126);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

void child_start(struct child *child, const char *const argv[], const char *const environment[],
                 const char *output)
{
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    pid_t parent = getpid();

    assert_true(fd >= 0);
    *child = (struct child){.status = -1};
    child->pid = fork();
    if (child->pid == 0)
        become(argv, environment, fd, parent);
    assert_int_equal(close(fd), 0);
    assert_true(child->pid > 0);
}

bool child_ended(struct child *child)
{
    int status;

    if (child->pid <= 0)
        return true;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    child->pid = 0;
    child->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

static bool has_ended(void *child)
{
    return child_ended(child);
}

bool child_wait(struct child *child, unsigned timeout_ms)
{
    return eventually(has_ended, child, timeout_ms);
}

int child_stop(struct child *child, int signal, unsigned timeout_ms)
{
    if (child_ended(child))
        return child->status;
    if (signal)
        (void)kill(child->pid, signal);
    if (!child_wait(child, timeout_ms)) {
        (void)kill(child->pid, SIGKILL);
        (void)waitpid(child->pid, NULL, 0);
        *child = (struct child){.status = -1};
    }
    return child->status;
}
