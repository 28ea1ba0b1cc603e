/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third line: nobody is asked, nothing is kept. */
#include "guard/now.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "bench/guard_message.h"
#include "core/file.h"
#include "guard/bench.h"

struct now {
    sd_event *event;
    struct guard_bench *benches[MB_GUARD_BENCHES_MAX];
    size_t count, pending;
    int error;
};

static int is_bench_file(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static int add_bench(struct now *n, const char *path, const char *profiles, struct mb_error *err)
{
    char *text = NULL;
    size_t size;
    int r = n->count < MB_GUARD_BENCHES_MAX
                ? mb_file_read(path, MB_GUARD_BENCH_FILE_MAX, &text, &size, err)
                : mb_error_set(err, -E2BIG, "%s: more than %d benches", path, MB_GUARD_BENCHES_MAX);

    if (r >= 0)
        r = guard_bench_new(n->event, path, text, size, profiles, &n->benches[n->count], err);
    free(text);
    if (r >= 0)
        n->count++;
    return r;
}

static void add_named(struct now *n, const char *directory, const char *leaf, const char *profiles)
{
    char path[PATH_MAX];
    struct mb_error err = {""};
    int length = snprintf(path, sizeof path, "%s/%s", directory, leaf), r = -ENAMETOOLONG;

    if (length > 0 && (size_t)length < sizeof path)
        r = add_bench(n, path, profiles, &err);
    if (r >= 0)
        return;
    n->error = -EIO;
    (void)fprintf(stderr, SD_CRIT "AN OUTPUT MAY BE LIVE: %s\n", err.text[0] ? err.text : strerror(-r));
}

static int add_benches(struct now *n, const char *directory, const char *profiles)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_bench_file, alphasort);

    if (count < 0 && errno == ENOENT)
        return 0; /* no benches, as for the daemon */
    if (count < 0) {
        (void)fprintf(stderr, SD_CRIT "%s: %s: nothing is switched off\n", directory, strerror(errno));
        return -EIO;
    }
    for (int i = 0; i < count; i++) {
        add_named(n, directory, entries[i]->d_name, profiles);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static void on_done(struct guard_bench *bench, int error, const char *text, void *userdata)
{
    struct now *n = userdata;

    if (error < 0) {
        n->error = -EIO;
        (void)fprintf(stderr, SD_CRIT "bench %s: AN OUTPUT MAY BE LIVE: %s\n", guard_bench_name(bench), text);
    } else {
        (void)fprintf(stderr, SD_NOTICE "bench %s: every output is confirmed off\n", guard_bench_name(bench));
    }
    if (--n->pending == 0)
        (void)sd_event_exit(n->event, 0);
}

/* The guard that runs beside has the line, and opens it by itself when the daemon ends. */
static void open_contactor(struct guard_bench *bench)
{
    struct mb_error err = {""};

    if (guard_bench_open_contactor(bench, &err) < 0)
        (void)fprintf(stderr, SD_WARNING "bench %s: the contactor is not opened here: %s\n",
                      guard_bench_name(bench), err.text);
}

int guard_now(sd_event *event, const char *directory, const char *profiles)
{
    struct now n = {.event = event};
    int r = add_benches(&n, directory, profiles);

    for (size_t i = 0; i < n.count; i++)
        open_contactor(n.benches[i]);
    n.pending = n.count + 1; /* held until all have begun */
    for (size_t i = 0; i < n.count; i++)
        guard_bench_act(n.benches[i], GUARD_ALL, on_done, &n);
    if (r == 0 && --n.pending > 0)
        r = sd_event_loop(event);
    for (size_t i = 0; i < n.count; i++)
        guard_bench_free(n.benches[i]);
    return r < 0 ? r : n.error;
}
