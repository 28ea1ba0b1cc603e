/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a record bundle: refused with one line, or opened and verified to a document; and the same
 * bytes as a signature and as the answer of a time-stamp authority. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/bundle.h"
#include "record/paper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A name, as SQLite opens names; one for the life of the process. */
static const char *bundle_path(void)
{
    static char path[64];

    if (!path[0])
        (void)snprintf(path, sizeof path, "/dev/shm/fuzz-bundle-%d", (int)getpid());
    return path;
}

static void refused(int r, const struct mb_error *err)
{
    if (r != -ENOMEM && (!err->text[0] || strchr(err->text, '\n')))
        abort();
}

static void try_bundle(const char *path)
{
    char uuid[MB_UUID_SIZE] = "";
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    json_t *result = NULL;
    int r = mb_bundle_open(path, &store, uuid, &err);

    if (r >= 0)
        r = mb_store_verify(store, uuid, &result, &err);
    if (r < 0)
        refused(r, &err);
    else if (!json_is_boolean(json_object_get(result, "ok")))
        abort();
    json_decref(result);
    (void)mb_store_close(store);
}

static void try_papers(const uint8_t *data, size_t size)
{
    static const unsigned char imprint[MB_IMPRINT_SIZE];
    struct mb_error err = {""};
    struct mb_paper paper;
    int r = mb_paper_signature(data, size, &paper, &err);

    if (r >= 0)
        mb_paper_clear(&paper);
    else
        refused(r, &err);
    r = mb_paper_stamp(data, size, imprint, &paper, &err);
    if (r >= 0)
        mb_paper_clear(&paper);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = bundle_path();
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)close(fd);
    try_bundle(path);
    (void)unlink(path);
    try_papers(data, size);
    return 0;
}
