/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "bench/guard_message.h"
#include "core/log.h"
#include "core/paths.h"
#include "guard/now.h"
#include "guard/server.h"

enum { EXIT_USAGE = 2, EXIT_FAULT = 4 };

static const char usage[] =
    "Usage: motorbench-guard [--socket PATH] [--debug]\n"
    "       motorbench-guard --now BENCH_DIR [--profiles DIR] [--debug]\n"
    "Brings every output to its safe state when the motorbench daemon dies or hangs.\n\n"
    "  --socket PATH    where the daemon registers, default " MB_GUARD_SOCKET "\n"
    "  --now BENCH_DIR  switch off what the bench files in this folder have, read back, and end\n"
    "  --profiles DIR   with --now: the laboratory's own profiles, default BENCH_DIR/../profiles\n"
    "  --debug          debug lines on standard error\n"
    "  --help, --version\n";

struct options {
    const char *socket, *now, *profiles;
};

static void log_to_stderr(int priority, const char *text)
{
    (void)fprintf(stderr, "<%d>%s\n", priority, text);
}

/* SIGTERM and SIGINT end the loop. */
static int start_loop(sd_event **ret)
{
    sigset_t set;
    sd_event *event = NULL;
    int r = sd_event_default(&event);

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGPIPE);
    if (r >= 0 && sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        r = -1;
    if (r >= 0)
        r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
    if (r >= 0)
        r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
    if (r >= 0)
        *ret = event;
    else
        sd_event_unref(event);
    return r < 0 ? r : 0;
}

static int run_now(sd_event *event, const struct options *o)
{
    char shipped[PATH_MAX], profiles[3 * PATH_MAX];
    int r = mb_data_path("profiles", shipped, sizeof shipped), n;

    if (r < 0)
        return r;
    n = o->profiles ? snprintf(profiles, sizeof profiles, "%s:%s", o->profiles, shipped)
                    : snprintf(profiles, sizeof profiles, "%s/../profiles:%s", o->now, shipped);
    return n < 0 || (size_t)n >= sizeof profiles ? -1 : guard_now(event, o->now, profiles);
}

static int serve(sd_event *event, const struct options *o)
{
    struct guard_server *server = NULL;
    struct mb_error err = {""};
    int r = guard_server_new(event, o->socket, &server, &err);

    if (r == 0)
        r = sd_event_set_watchdog(event, 1);
    if (r >= 0) {
        (void)sd_notify(0, "READY=1");
        r = sd_event_loop(event);
    }
    guard_server_free(server);
    if (r < 0)
        (void)fprintf(stderr, SD_ERR "motorbench-guard: %s\n", err.text[0] ? err.text : strerror(-r));
    return r;
}

static int run(const struct options *o)
{
    sd_event *event = NULL;
    int r = start_loop(&event);

    if (r >= 0)
        r = o->now ? run_now(event, o) : serve(event, o);
    sd_event_unref(event);
    return r < 0 ? EXIT_FAULT : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"socket", required_argument, NULL, 's'},
        {"now", required_argument, NULL, 'n'},
        {"profiles", required_argument, NULL, 'p'},
        {"debug", no_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {0},
    };
    struct options o = {.socket = MB_GUARD_SOCKET};
    int c;

    (void)setlocale(LC_CTYPE, "");
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
        if (c == 's')
            o.socket = optarg;
        else if (c == 'n')
            o.now = optarg;
        else if (c == 'p')
            o.profiles = optarg;
        else if (c == 'd')
            mb_log_set(log_to_stderr);
        else if (c == 'h' || c == 'v')
            return printf("%s", c == 'h' ? usage : "motorbench-guard " MB_VERSION "\n") < 0;
        else
            return EXIT_USAGE;
    }
    if (optind < argc) {
        (void)fprintf(stderr, "motorbench-guard: unexpected word '%s'\n", argv[optind]);
        return EXIT_USAGE;
    }
    return run(&o);
}
