/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench pause, continue, abort, repeat, answer */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/number.h"
#include "motorbench/answer.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"

int send_answer(sd_bus *bus, const char *path, const char *item, const char *value, int photo)
{
    sd_bus_message *m = NULL;
    double number;
    int status = client_message(bus, path, RUN_INTERFACE, "Answer", &m), r;

    if (status != EXIT_DONE)
        return status;
    r = sd_bus_message_append(m, "s", item);
    if (r >= 0 && mb_number_parse(value, strlen(value), &number) == 0)
        r = sd_bus_message_append(m, "v", "d", number);
    else if (r >= 0)
        r = sd_bus_message_append(m, "v", "s", value);
    if (r >= 0)
        r = photo < 0 ? sd_bus_message_append(m, "a{sv}", 0)
                      : sd_bus_message_append(m, "a{sv}", 1, "photo", "h", photo);
    return r < 0 ? fail(EXIT_BAD_INPUT, "the answer cannot be sent: %s", strerror(-r))
                 : client_send(bus, m, NULL);
}

/* why: the member takes {"reason": s} */
static int send_control(sd_bus *bus, const char *path, const char *member, bool has_why, const char *why)
{
    sd_bus_message *m = NULL;
    int status = client_message(bus, path, RUN_INTERFACE, member, &m), r = 0;

    if (status != EXIT_DONE)
        return status;
    if (has_why)
        r = why ? sd_bus_message_append(m, "a{sv}", 1, "reason", "s", why)
                : sd_bus_message_append(m, "a{sv}", 0);
    return r < 0 ? fail(EXIT_BAD_INPUT, "the reason cannot be sent: %s", strerror(-r))
                 : client_send(bus, m, NULL);
}

static int on_run(int argc, char **argv, const struct options *options, const char *member, bool has_why)
{
    const char *why = NULL;
    const struct argument with_why[] = {{"--why", &why, NULL}, {.name = NULL}}, none[] = {{.name = NULL}};
    char path[CLIENT_PATH_MAX], uuid[40];
    struct words words;
    sd_bus *bus = NULL;
    int status = parse_arguments(argc, argv, has_why ? with_why : none, 1, 1, &words);

    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = client_uuid(bus, words.word[0], uuid);
    if (status == EXIT_DONE)
        status = client_path("run", uuid, path);
    if (status == EXIT_DONE)
        status = send_control(bus, path, member, has_why, why);
    sd_bus_flush_close_unref(bus);
    return status == EXIT_DONE && options->json
               ? print_json(json_pack("{s:s, s:s}", "run", uuid, "done", member))
               : status;
}

static int pause_run(int argc, char **argv, const struct options *options)
{
    return on_run(argc, argv, options, "Pause", true);
}

static int continue_run(int argc, char **argv, const struct options *options)
{
    return on_run(argc, argv, options, "Continue", true);
}

static int abort_run(int argc, char **argv, const struct options *options)
{
    return on_run(argc, argv, options, "Abort", false);
}

static int answer(int argc, char **argv, const struct options *options)
{
    const char *photo = NULL;
    const struct argument table[] = {{"--photo", &photo, NULL}, {.name = NULL}};
    char path[CLIENT_PATH_MAX], uuid[40];
    struct words words;
    sd_bus *bus = NULL;
    int status = parse_arguments(argc, argv, table, 3, 3, &words), fd = -1;

    if (status == EXIT_DONE && photo) {
        fd = open(photo, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            status = fail(EXIT_BAD_INPUT, "%s: %s", photo, strerror(errno));
    }
    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = client_uuid(bus, words.word[0], uuid);
    if (status == EXIT_DONE)
        status = client_path("run", uuid, path);
    if (status == EXIT_DONE)
        status = send_answer(bus, path, words.word[1], words.word[2], fd);
    sd_bus_flush_close_unref(bus);
    if (fd >= 0)
        (void)close(fd);
    return status == EXIT_DONE && options->json
               ? print_json(json_pack("{s:s, s:s}", "run", uuid, "answered", words.word[1]))
               : status;
}

static int repeat(int argc, char **argv, const struct options *options)
{
    static const struct argument none[] = {{.name = NULL}};
    char path[CLIENT_PATH_MAX], uuid[40];
    sd_bus_message *m = NULL;
    struct words words;
    sd_bus *bus = NULL;
    int status = parse_arguments(argc, argv, none, 2, 2, &words);

    if (status == EXIT_DONE)
        status = client_open(options, &bus);
    if (status == EXIT_DONE)
        status = client_uuid(bus, words.word[0], uuid);
    if (status == EXIT_DONE)
        status = client_path("run", uuid, path);
    if (status == EXIT_DONE)
        status = client_message(bus, path, RUN_INTERFACE, "Repeat", &m);
    if (status == EXIT_DONE)
        status = sd_bus_message_append(m, "s", words.word[1]) < 0
                     ? fail(EXIT_BAD_INPUT, "the item cannot be sent")
                     : client_send(bus, m, NULL);
    sd_bus_flush_close_unref(bus);
    return status == EXIT_DONE && options->json
               ? print_json(json_pack("{s:s, s:s}", "run", uuid, "repeated", words.word[1]))
               : status;
}

const struct command control_commands[] = {
    {"pause", "pause RUN [--why TEXT]", "Switches the outputs off; the run waits.", pause_run},
    {"continue", "continue RUN [--why TEXT]", "Goes on from where the interrupted step begins.",
     continue_run},
    {"abort", "abort RUN", "Switches the outputs off and ends the run as aborted.", abort_run},
    {"repeat", "repeat RUN ITEM", "Does an item of a run once more.", repeat},
    {"answer", "answer RUN ITEM VALUE [--photo F]", "Answers what the run asks of the operator.", answer},
    {.name = NULL},
};
