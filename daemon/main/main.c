/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "core/log.h"
#include "main/daemon.h"

static const char usage[] =
    "Usage: motorbenchd [OPTION...]\n"
    "The motorbench daemon: owns the instruments, runs inspections, keeps the records.\n\n"
    "  --config FILE   configuration, default /etc/motorbench/motorbenchd.yaml\n"
    "  --state DIR     where the records lie, default as configured\n"
    "  --bus ADDRESS   message bus, default the system bus\n"
    "  --guard SOCKET  of motorbench-guard, default /run/motorbench-guard/socket\n"
    "  --debug         debug lines on standard error\n"
    "  --help, --version\n";

static void log_to_stderr(int priority, const char *text)
{
    (void)fprintf(stderr, "<%d>%s\n", priority, text);
}

static int run(const struct mb_daemon_options *options)
{
    struct mb_error err = {""};
    struct mb_daemon *daemon = NULL;
    int r = mb_daemon_new(options, &daemon, &err);

    if (r == 0)
        r = mb_daemon_run(daemon, &err);
    mb_daemon_free(daemon);
    if (r < 0)
        (void)fprintf(stderr, SD_ERR "motorbenchd: %s\n", err.text[0] ? err.text : strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"state", required_argument, NULL, 's'},
        {"bus", required_argument, NULL, 'b'},    {"guard", required_argument, NULL, 'g'},
        {"debug", no_argument, NULL, 'd'},        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {0},
    };
    struct mb_daemon_options daemon_options = {0};
    int c;

    (void)setlocale(LC_CTYPE, "");
    while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (c == 'c')
            daemon_options.configuration = optarg;
        else if (c == 's')
            daemon_options.state_directory = optarg;
        else if (c == 'b')
            daemon_options.bus_address = optarg;
        else if (c == 'g')
            daemon_options.guard_socket = optarg;
        else if (c == 'd')
            mb_log_set(log_to_stderr);
        else if (c == 'h' || c == 'v')
            return printf("%s", c == 'h' ? usage : "motorbenchd " MB_VERSION "\n") < 0;
        else
            return 2;
    }
    if (optind < argc) {
        (void)fprintf(stderr, "motorbenchd: unexpected word '%s'\n", argv[optind]);
        return 2;
    }
    return run(&daemon_options);
}
