/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument replay: a transcript as an instrument on a loopback port, until SIGTERM or SIGINT. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "instrument/commands.h"
#include "instrument/replay_server.h"
#include "motorbench/arguments.h"

static void on_unknown(const char *text, const char *why, void *userdata)
{
    (void)userdata;
    (void)fail(EXIT_ITEM_FAILS, "'%s' %s", text, why);
}

static int say_address(const char *address, const char *file, const struct options *options)
{
    if (options->json)
        return print_json(json_pack("{s:s, s:s}", "address", address, "file", file));
    return printf("%s\n", address) < 0 || fflush(stdout) != 0 ? EXIT_BENCH_FAULT : EXIT_DONE;
}

/* How much of the recording was asked for; on standard error, as standard output has one document. */
static int say_end(const struct replay_server *s, const struct options *options)
{
    unsigned unknown = replay_server_unknown(s);
    const char *first;
    size_t unheard = replay_server_unheard(s, &first);

    if (!options->quiet)
        (void)fprintf(stderr, "%u commands heard, %u of them unknown, %zu of the recording not asked for\n",
                      replay_server_heard(s), unknown, unheard);
    return unknown > 0 ? EXIT_ITEM_FAILS : EXIT_DONE;
}

static int add_signals(sd_event *event)
{
    const int ends[] = {SIGINT, SIGTERM};
    sigset_t set;
    int r = 0;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        (void)sigaddset(&set, ends[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    for (size_t i = 0; r >= 0 && i < sizeof ends / sizeof *ends; i++)
        r = sd_event_add_signal(event, NULL, ends[i], NULL, NULL); /* no handler: ends the loop */
    return r;
}

static int serve(const char *file, const struct replay_options *replay, const struct options *options)
{
    struct mb_transcript *t = NULL;
    struct replay_server *server = NULL;
    struct mb_error err = {""};
    sd_event *event = NULL;
    int status, r;

    if (mb_transcript_load(file, &t, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    r = sd_event_new(&event);
    if (r >= 0)
        r = add_signals(event);
    if (r >= 0)
        r = replay_server_new(event, t, replay, &server, &err);
    (void)mb_transcript_free(t);
    if (r < 0) {
        sd_event_unref(event);
        return fail(r == -EINVAL ? EXIT_BAD_INPUT : EXIT_BENCH_FAULT, "%s: %s", file,
                    err.text[0] ? err.text : strerror(-r));
    }
    status = say_address(replay_server_address(server), file, options);
    if (status == EXIT_DONE && sd_event_loop(event) < 0)
        status = fail(EXIT_BENCH_FAULT, "the event loop failed");
    if (status == EXIT_DONE)
        status = say_end(server, options);
    (void)replay_server_free(server);
    sd_event_unref(event);
    return status;
}

int replay_command(int argc, char **argv, const struct options *options)
{
    struct replay_options replay = {.unknown = on_unknown};
    const char *port_text = NULL;
    const struct argument table[] = {{.name = "--port", .value = &port_text},
                                     {.name = "--in-order", .flag = &replay.in_order},
                                     {.name = "--delays", .flag = &replay.delays},
                                     {.name = NULL}};
    struct words words;
    double port = 0;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE && port_text)
        status = parse_number(argv[0], "--port", port_text, 0, 65535, &port);
    replay.port = (uint16_t)port;
    return status == EXIT_DONE ? serve(words.word[0], &replay, options) : status;
}
