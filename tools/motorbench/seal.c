/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench sign, timestamp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "motorbench/approve.h"
#include "motorbench/arguments.h"
#include "motorbench/client.h"
#include "motorbench/record.h"
#include "record/paper.h"

static int write_file(const char *file, const void *bytes, size_t size)
{
    struct mb_error err = {""};

    return mb_file_write(file, bytes, size, &err) < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text) : EXIT_DONE;
}

/* Exactly one of the ways is wanted. */
static int one_way(const char *command, const char *a, const char *b, const char *c, const char *allowed)
{
    return (a != NULL) + (b != NULL) + (c != NULL) == 1
               ? EXIT_DONE
               : fail(EXIT_BAD_INPUT, "%s: one of %s is needed", command, allowed);
}

static int get_statement(sd_bus *bus, const char *path, const char *who, const char *meaning, char **ret)
{
    sd_bus_message *m = NULL, *reply = NULL;
    const char *text;
    int status = client_message(bus, path, RECORD_INTERFACE, "GetStatement", &m);

    if (status == EXIT_DONE && sd_bus_message_append(m, "ss", who, meaning) < 0)
        status = fail(EXIT_BAD_INPUT, "--name and --meaning must be UTF-8 text");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && (sd_bus_message_read(reply, "s", &text) < 0 || !(*ret = strdup(text))))
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    return status;
}

/* Hands bytes over; prints the number of the seal that they have become. */
static int send_bytes(sd_bus *bus, const char *path, const char *member, const void *bytes, size_t size,
                      const struct options *options)
{
    sd_bus_message *m = NULL, *reply = NULL;
    uint64_t number = 0;
    int status = client_message(bus, path, RECORD_INTERFACE, member, &m);

    if (status == EXIT_DONE && sd_bus_message_append_array(m, 'y', bytes, size) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && sd_bus_message_read(reply, "t", &number) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    if (status != EXIT_DONE)
        return status;
    if (options->json)
        return print_json(json_pack("{s:I}", "seal", (json_int_t)number));
    printf("seal %llu\n", (unsigned long long)number);
    return EXIT_DONE;
}

static int attach(sd_bus *bus, const char *path, const char *member, const char *file,
                  const struct options *options)
{
    struct mb_error err = {""};
    char *bytes = NULL;
    size_t size;
    int status;

    if (mb_file_read(file, MB_PAPER_MAX, &bytes, &size, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    status = send_bytes(bus, path, member, bytes, size, options);
    free(bytes);
    return status;
}

struct sign_words {
    const char *key, *certificate, *request, *attach, *name, *meaning;
};

static int sign_here(sd_bus *bus, const char *path, const struct sign_words *w, const struct options *options)
{
    char *statement = NULL, owner[128] = "";
    unsigned char *der = NULL;
    struct mb_error err = {""};
    size_t size;
    int status = EXIT_DONE;

    if (!w->name && certificate_owner(w->certificate, owner, sizeof owner, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    status = get_statement(bus, path, w->name ? w->name : owner, w->meaning, &statement);
    if (status == EXIT_DONE && approve(statement, w->key, w->certificate, &der, &size, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    if (status == EXIT_DONE)
        status = send_bytes(bus, path, "Sign", der, size, options);
    free(der);
    free(statement);
    return status;
}

static int request_signature(sd_bus *bus, const char *path, const struct sign_words *w)
{
    char *statement = NULL;
    int status = w->name ? EXIT_DONE : fail(EXIT_BAD_INPUT, "sign: --request needs --name, who will sign");

    if (status == EXIT_DONE)
        status = get_statement(bus, path, w->name, w->meaning, &statement);
    if (status == EXIT_DONE)
        status = write_file(w->request, statement, strlen(statement));
    free(statement);
    return status;
}

static int sign(int argc, char **argv, const struct options *options)
{
    struct sign_words w = {.key = NULL};
    const struct argument table[] = {{"--key", &w.key, NULL},
                                     {"--cert", &w.certificate, NULL},
                                     {"--request", &w.request, NULL},
                                     {"--attach", &w.attach, NULL},
                                     {"--name", &w.name, NULL},
                                     {"--meaning", &w.meaning, NULL},
                                     {.name = NULL}};
    char path[CLIENT_PATH_MAX];
    struct words words;
    sd_bus *bus = NULL;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (!w.meaning)
        w.meaning = "approved";
    if (status == EXIT_DONE)
        status = one_way("sign", w.key, w.request, w.attach, "--key, --request, --attach");
    if (status == EXIT_DONE && w.key && !w.certificate)
        status = fail(EXIT_BAD_INPUT, "sign: --key needs --cert, its certificate");
    if (status == EXIT_DONE)
        status = open_record(words.word[0], options, &bus, path);
    if (status == EXIT_DONE)
        status = w.key       ? sign_here(bus, path, &w, options)
                 : w.request ? request_signature(bus, path, &w)
                             : attach(bus, path, "Sign", w.attach, options);
    sd_bus_flush_close_unref(bus);
    return status;
}

static int request_stamp(sd_bus *bus, const char *path, const char *file, uint64_t of)
{
    sd_bus_message *m = NULL, *reply = NULL;
    const void *bytes;
    size_t size;
    int status = client_message(bus, path, RECORD_INTERFACE, "RequestTimestamp", &m);

    if (status == EXIT_DONE && sd_bus_message_append(m, "t", of) < 0)
        status = fail(EXIT_NO_DAEMON, "not enough memory");
    if (status == EXIT_DONE)
        status = client_send(bus, m, &reply);
    if (status == EXIT_DONE && sd_bus_message_read_array(reply, 'y', &bytes, &size) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    if (status == EXIT_DONE)
        status = write_file(file, bytes, size);
    sd_bus_message_unref(reply);
    return status;
}

static int timestamp(int argc, char **argv, const struct options *options)
{
    const char *request = NULL, *answer = NULL, *signature = NULL;
    const struct argument table[] = {{"--request", &request, NULL},
                                     {"--attach", &answer, NULL},
                                     {"--signature", &signature, NULL},
                                     {.name = NULL}};
    char path[CLIENT_PATH_MAX];
    struct words words;
    sd_bus *bus = NULL;
    double of = 0;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status == EXIT_DONE)
        status = one_way("timestamp", request, answer, NULL, "--request, --attach");
    if (status == EXIT_DONE && signature)
        status = parse_number("timestamp", "--signature", signature, 1, 1e6, &of);
    if (status == EXIT_DONE)
        status = open_record(words.word[0], options, &bus, path);
    if (status == EXIT_DONE)
        status = request ? request_stamp(bus, path, request, (uint64_t)of)
                         : attach(bus, path, "AttachTimestamp", answer, options);
    sd_bus_flush_close_unref(bus);
    return status;
}

const struct command seal_commands[] = {
    {"sign",
     "sign RUN --key FILE --cert FILE [--name TEXT] [--meaning TEXT] | --request FILE --name TEXT | --attach "
     "FILE",
     "Signs a run's record, or takes a signature made elsewhere.", sign},
    {"timestamp", "timestamp RUN --request FILE.tsq [--signature N] | --attach FILE.tsr",
     "Writes a request for a time stamp, or takes the answer.", timestamp},
    {.name = NULL},
};
