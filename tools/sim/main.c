/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/bench.h"

enum { EXIT_USAGE = 2, EXIT_FAULT = 4 };

static int announce(int fd)
{
    static const char ready[] = "ready\n";

    if (printf("%s", ready) < 0 || fflush(stdout) != 0)
        return -EIO;
    if (fd < 0)
        return 0;
    if (write(fd, ready, sizeof ready - 1) < 0)
        return -errno;
    return close(fd) < 0 ? -errno : 0;
}

static int start_loop(sd_event **ret)
{
    sigset_t signals;
    sd_event *event = NULL;
    int r = sd_event_new(&event);

    if (r < 0)
        return r;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        r = -errno;
    if (r >= 0)
        r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
    if (r >= 0)
        r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
    if (r < 0)
        (void)sd_event_unref(event);
    else
        *ret = event;
    return r < 0 ? r : 0;
}

static int run(const struct sim_options *options, struct mb_error *err)
{
    struct sim_bench *bench = NULL;
    sd_event *event = NULL;
    int r = start_loop(&event);

    if (r < 0)
        return mb_error_set(err, r, "cannot start the event loop: %s", strerror(-r));
    r = sim_bench_new(event, options, &bench, err);
    if (r == 0 && options->write_bench != NULL)
        r = sim_write_bench(bench, options->write_bench, err);
    if (r == 0 && options->write_motor != NULL)
        r = sim_write_motor(bench, options->write_motor, err);
    if (r == 0 && (r = announce(options->ready_fd)) < 0)
        r = mb_error_set(err, r, "cannot say that it is ready: %s", strerror(-r));
    if (r == 0 && (r = sd_event_loop(event)) < 0)
        r = mb_error_set(err, r, "the event loop ended: %s", strerror(-r));
    bench = sim_bench_free(bench);
    (void)sd_event_unref(event);
    return r;
}

/* Files named on the command line that cannot be read, written or understood. */
static bool bad_file(int error)
{
    return error == -EINVAL || error == -ENOENT || error == -EACCES || error == -ENOTDIR || error == -EISDIR;
}

int main(int argc, char *argv[])
{
    struct sim_options options;
    struct mb_error err = {""};
    int r = sim_options_parse(argc, argv, &options, &err);

    if (r == SIM_OPTIONS_DONE)
        return EXIT_SUCCESS;
    if (r < 0) {
        (void)fprintf(stderr, "motorbench-sim: %s\n", err.text);
        return EXIT_USAGE;
    }
    r = run(&options, &err);
    if (r < 0)
        (void)fprintf(stderr, "motorbench-sim: %s\n", err.text);
    return r == 0 ? EXIT_SUCCESS : bad_file(r) ? EXIT_USAGE : EXIT_FAULT;
}
