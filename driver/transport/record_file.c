/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/record_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "transport/transcript.h"
#include "transport/transport.h"

struct mb_record_file {
    pthread_mutex_t mutex;
    unsigned references;
    FILE *file;       /* NULL: ended early */
    uint64_t last_ns; /* of the last line written */
};

static void stop(struct mb_record_file *f)
{
    if (f->file)
        (void)fclose(f->file); /* every line was flushed and checked */
    f->file = NULL;
}

static void end_early(struct mb_record_file *f)
{
    stop(f);
    mb_debug("the recording cannot be written, it ends here");
}

void mb_record_file_put(struct mb_record_file *f, bool to_instrument, uint64_t at_ns, const uint8_t *data,
                        size_t n)
{
    if (!f)
        return;
    (void)pthread_mutex_lock(&f->mutex);
    if (f->file) {
        const double delay_s = f->last_ns ? (double)(at_ns - f->last_ns) * 1e-9 : 0;

        f->last_ns = at_ns;
        if (mb_transcript_print_line(f->file, to_instrument, delay_s, data, n) < 0 || fflush(f->file) != 0)
            end_early(f);
    }
    (void)pthread_mutex_unlock(&f->mutex);
}

void mb_record_file_comment(struct mb_record_file *f, const char *text)
{
    if (!f)
        return;
    (void)pthread_mutex_lock(&f->mutex);
    if (f->file && (fprintf(f->file, "# %.*s\n", (int)strcspn(text, "\n"), text) < 0 || fflush(f->file) != 0))
        end_early(f);
    (void)pthread_mutex_unlock(&f->mutex);
}

void mb_record_file_stop(struct mb_record_file *f)
{
    if (!f)
        return;
    (void)pthread_mutex_lock(&f->mutex);
    end_early(f);
    (void)pthread_mutex_unlock(&f->mutex);
}

struct mb_record_file *mb_record_file_ref(struct mb_record_file *f)
{
    if (f) {
        (void)pthread_mutex_lock(&f->mutex);
        f->references++;
        (void)pthread_mutex_unlock(&f->mutex);
    }
    return f;
}

struct mb_record_file *mb_record_file_unref(struct mb_record_file *f)
{
    bool last;

    if (!f)
        return NULL;
    (void)pthread_mutex_lock(&f->mutex);
    last = --f->references == 0;
    (void)pthread_mutex_unlock(&f->mutex);
    if (!last)
        return NULL;
    stop(f);
    (void)pthread_mutex_destroy(&f->mutex);
    free(f);
    return NULL;
}

static int print_head(FILE *file, const char *address, const char *link)
{
    struct mb_transcript head = {0};
    char date[40];
    int r = -ENOMEM;

    mb_wall_clock_iso8601(date, sizeof date);
    if (mb_transcript_set(&head, MB_TRANSCRIPT_DATE, date) == 0 &&
        mb_transcript_set(&head, MB_TRANSCRIPT_ORIGIN, "recorded") == 0 &&
        mb_transcript_set(&head, MB_TRANSCRIPT_SOURCE, address) == 0 &&
        mb_transcript_set(&head, MB_TRANSCRIPT_LINK, link) == 0)
        r = mb_transcript_print_head(file, head.head);
    if (r == 0 && fflush(file) != 0)
        r = -errno;
    for (size_t i = 0; i < MB_TRANSCRIPT_KEY_COUNT; i++)
        free(head.head[i]);
    return r;
}

static int begin(struct mb_record_file *f, const char *path, const char *address, const char *link,
                 struct mb_error *err)
{
    int r;

    f->file = fopen(path, "we");
    r = f->file ? print_head(f->file, address, link) : -errno;
    return r < 0 ? mb_error_set(err, r, "%s: %s", path, strerror(-r)) : 0;
}

int mb_record_file_address(const char *rest, const char **ret, struct mb_error *err)
{
    const char *colon = strchr(rest, ':');

    if (!colon || colon == rest || mb_transport_bare_address(colon + 1) != colon + 1)
        return mb_error_set(err, -EINVAL,
                            "address record:%s: allowed is record:FILE:ADDRESS, no colon in FILE", rest);
    *ret = colon + 1;
    return 0;
}

int mb_record_file_new(const char *rest, const char *link, struct mb_record_file **ret, struct mb_error *err)
{
    struct mb_record_file *f;
    const char *address;
    char *path;
    int r = mb_record_file_address(rest, &address, err);

    if (r < 0)
        return r;
    path = strndup(rest, (size_t)(address - rest - 1));
    f = calloc(1, sizeof *f);
    if (!path || !f) {
        free(path);
        free(f);
        return mb_error_set(err, -ENOMEM, "record:%s: out of memory", rest);
    }
    f->references = 1;
    (void)pthread_mutex_init(&f->mutex, NULL);
    r = begin(f, path, address, link, err);
    free(path);
    if (r < 0)
        (void)mb_record_file_unref(f);
    else
        *ret = f;
    return r;
}
