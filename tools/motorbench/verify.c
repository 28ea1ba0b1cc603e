/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench verify: a run of the daemon, or a bundle, which needs none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "motorbench/arguments.h"
#include "motorbench/record.h"
#include "record/bundle.h"
#include "record/seal.h"

static bool said(const json_t *result, const char *key)
{
    return json_is_true(json_object_get(json_object_get(result, key), "ok"));
}

static void print_seal(const json_t *seal, const char *kind)
{
    const json_t *trusted = json_object_get(seal, "trusted");
    const char *who = json_text_of(seal, "who");
    int64_t of = json_integer_value(json_object_get(seal, "of"));

    printf("%-12s %lld %s", kind, (long long)json_integer_value(json_object_get(seal, "number")),
           json_is_true(json_object_get(seal, "ok")) ? "ok" : "BAD");
    if (*json_text_of(seal, "signer"))
        printf(": %s%s%s%s%s, %s, certificate of %s, valid %.10s to %.10s", who, *who ? " (" : "",
               json_text_of(seal, "meaning"), *who ? ") " : "", json_text_of(seal, "when"),
               json_text_of(seal, "signer"), json_text_of(seal, "issuer"), json_text_of(seal, "from"),
               json_text_of(seal, "until"));
    if (of > 0)
        printf(", of signature %lld", (long long)of);
    if (json_is_boolean(trusted))
        printf(", %s", json_is_true(trusted) ? "trusted" : "NOT TRUSTED");
    printf("%s%s\n", *json_text_of(seal, "problem") ? ": " : "", json_text_of(seal, "problem"));
}

static void print_seals(const json_t *seals)
{
    json_t *seal;
    size_t i;

    json_array_foreach(json_object_get(seals, "signatures"), i, seal) print_seal(seal, "signature");
    json_array_foreach(json_object_get(seals, "timestamps"), i, seal) print_seal(seal, "time stamp");
}

static void print_verification(const json_t *result)
{
    const json_t *recomputed = json_object_get(result, "recomputed");
    json_t *problem;
    size_t i;

    printf("record       %s, %lld entries, head %s\n", json_text_of(result, "uuid"),
           (long long)json_integer_value(json_object_get(result, "entries")), json_text_of(result, "head"));
    printf("hash chain   %s\n", said(result, "chain") && said(result, "run") ? "ok" : "BROKEN");
    printf("frozen data  %s\n", said(result, "frozen") ? "ok" : "CHANGED");
    printf("recordings   %s\n", said(result, "waveforms") ? "ok" : "CHANGED");
    printf("recomputed   %s%s\n", said(result, "recomputed") ? "equal" : "DIFFERENT",
           json_is_true(json_object_get(recomputed, "same_build")) ? " bit for bit"
                                                                   : " (another build: to 1e-12)");
    print_seals(json_object_get(result, "seals"));
    json_array_foreach(json_object_get(result, "problems"), i, problem)
        printf("problem      %s\n", json_string_value(problem));
}

static int verify_file(const char *path, const char *authorities, json_t **ret)
{
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    char uuid[MB_UUID_SIZE];
    int r = mb_bundle_open(path, &store, uuid, &err);

    if (r >= 0)
        r = mb_store_verify_trust(store, uuid, authorities, ret, &err);
    (void)mb_store_close(store);
    return r < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text[0] ? err.text : strerror(-r)) : EXIT_DONE;
}

/* The authorities are the caller's: the run comes here as a bundle. */
static int verify_bundle_of(const char *word, const char *authorities, const struct options *options,
                            json_t **ret)
{
    const char *folder = getenv("TMPDIR");
    struct mb_error err = {""};
    struct report bundle;
    char path[PATH_MAX];
    int status, fd, n = snprintf(path, sizeof path, "%s/motorbench-XXXXXX", folder ? folder : "/tmp");

    if (n < 0 || (size_t)n >= sizeof path)
        return fail(EXIT_BAD_INPUT, "TMPDIR is too long");
    status = fetch_report(word, options, "bundle", &bundle);
    if (status != EXIT_DONE)
        return status;
    fd = mkstemp(path);
    if (fd < 0) {
        status = fail(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
    } else {
        (void)close(fd);
        status = mb_file_write(path, bundle.bytes, bundle.size, &err) < 0
                     ? fail(EXIT_BAD_INPUT, "%s", err.text)
                     : verify_file(path, authorities, ret);
        (void)unlink(path);
    }
    (void)munmap((void *)bundle.bytes, bundle.size);
    return status;
}

static int verify_run(const char *word, const struct options *options, json_t **ret)
{
    char path[CLIENT_PATH_MAX];
    sd_bus_message *reply = NULL;
    const char *text = NULL;
    sd_bus *bus = NULL;
    int status = open_record(word, options, &bus, path), ok;

    if (status == EXIT_DONE)
        status = client_call(bus, path, RECORD_INTERFACE, "Verify", &reply);
    if (status == EXIT_DONE &&
        (sd_bus_message_read(reply, "bs", &ok, &text) < 0 || !(*ret = json_loads(text, 0, NULL))))
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    sd_bus_message_unref(reply);
    sd_bus_flush_close_unref(bus);
    return status;
}

int verify_record(int argc, char **argv, const struct options *options)
{
    const char *authorities = NULL, *word;
    const struct argument table[] = {{"--ca", &authorities, NULL}, {.name = NULL}};
    json_t *result = NULL;
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    word = words.word[0];
    status = !names_run(word) ? verify_file(word, authorities, &result)
             : authorities    ? verify_bundle_of(word, authorities, options, &result)
                              : verify_run(word, options, &result);
    if (status != EXIT_DONE)
        return status;
    status = json_is_true(json_object_get(result, "ok")) ? EXIT_DONE : EXIT_INVALID;
    if (options->json)
        return (int)worse_status((enum exit_status)status, (enum exit_status)print_json(result));
    print_verification(result);
    json_decref(result);
    return status;
}
