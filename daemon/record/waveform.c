/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/waveform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/hash.h"
#include "record/internal.h"

#define NAME_SIGNS "abcdefghijklmnopqrstuvwxyz0123456789-_"

/* "" is no name here. */
static int check_name(const char *name, struct mb_error *err)
{
    size_t n = strlen(name);

    if (n == 0 || n >= sizeof((struct mb_waveform *)NULL)->name || strspn(name, NAME_SIGNS) != n)
        return mb_error_set(err, -EINVAL,
                            "'%.60s' is no name of a recording, allowed: up to 48 of a-z 0-9 - _", name);
    return 0;
}

/* The folder, or with a name the file. */
static int path_of(const struct mb_store *store, const char *uuid, const char *name,
                   char ret[static MB_WAVEFORM_PATH_MAX], struct mb_error *err)
{
    const char *slash = strrchr(store->path, '/');
    int folder = slash ? (int)(slash - store->path) : 1;
    int n =
        snprintf(ret, MB_WAVEFORM_PATH_MAX, "%.*s/waveforms%s%s%s%s%s", folder, slash ? store->path : ".",
                 uuid ? "/" : "", uuid ? uuid : "", name ? "/" : "", name ? name : "", name ? ".wave" : "");

    if (n < 0 || n >= MB_WAVEFORM_PATH_MAX)
        return mb_error_set(err, -ENAMETOOLONG, "%s: the path of its recordings is too long", store->path);
    return 0;
}

/* A folder of recordings; not a link that leads out of the folder of the store. */
static int check_folder(const struct mb_store *store, const char *uuid, bool make, struct mb_error *err)
{
    char path[MB_WAVEFORM_PATH_MAX];
    struct stat st;
    int r = path_of(store, uuid, NULL, path, err);

    if (r < 0)
        return r;
    if (make && mkdir(path, 0750) < 0 && errno != EEXIST)
        return mb_error_set(err, -errno, "%s: cannot be made: %s", path, strerror(errno));
    if (lstat(path, &st) < 0)
        return mb_error_set(err, -errno, "%s: %s", path, strerror(errno));
    return S_ISDIR(st.st_mode) ? 0 : mb_error_set(err, -ENOTDIR, "%s: not a folder", path);
}

static int check_folders(const struct mb_store *store, const char *uuid, bool make, struct mb_error *err)
{
    int r = check_folder(store, NULL, make, err);

    return r < 0 ? r : check_folder(store, uuid, make, err);
}

int mb_record_waveform_path(const struct mb_record *record, const char *name,
                            char ret[static MB_WAVEFORM_PATH_MAX], struct mb_error *err)
{
    int r = check_name(name, err);

    if (r == 0)
        r = check_folders(record->store, record->uuid, true, err);
    return r < 0 ? r : path_of(record->store, record->uuid, name, ret, err);
}

/* What an entry says of a recording; 1: there is one, 0: none. */
static int find_entry(struct mb_store *store, int64_t run, const char *name, struct mb_waveform *ret,
                      struct mb_error *err)
{
    sqlite3_stmt *statement;
    unsigned found = 0;
    int r = mb_sql_prepare(store, &statement, err,
                           "SELECT payload FROM entry WHERE run = ? AND type = 'waveform' ORDER BY seq", "i",
                           run);

    if (r < 0)
        return r;
    while ((r = mb_sql_step(store, statement, err)) > 0) {
        json_t *payload = json_loads(mb_sql_text(statement, 0), 0, NULL);
        const char *entry = json_string_value(json_object_get(payload, "name"));
        const char *hash = json_string_value(json_object_get(payload, "sha256"));

        if (entry && hash && strlen(entry) < sizeof ret->name && strlen(hash) < sizeof ret->sha256 &&
            (!name[0] || strcmp(name, entry) == 0)) {
            found++;
            (void)snprintf(ret->name, sizeof ret->name, "%s", entry);
            (void)snprintf(ret->sha256, sizeof ret->sha256, "%s", hash);
            ret->size = (uint64_t)json_integer_value(json_object_get(payload, "size"));
        }
        json_decref(payload);
    }
    (void)sqlite3_finalize(statement);
    if (r == 0 && found > 1)
        r = mb_error_set(err, -ENOTUNIQ, "the record has %u recordings: say which", found);
    return r < 0 ? r : (int)found;
}

static int open_file(const char *path, uint64_t *ret_size, struct mb_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY), r;
    struct stat st;

    if (fd < 0)
        return mb_error_set(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        r = mb_error_set(err, -EINVAL, "%s: not a regular file", path);
        (void)close(fd);
        return r;
    }
    *ret_size = (uint64_t)st.st_size;
    return fd;
}

static int append_entry(struct mb_record *record, uint64_t t_ns, const char *name, int fd, uint64_t size,
                        struct mb_error *err)
{
    char hash[MB_HASH_SIZE];
    json_t *payload;
    int r = fsync(fd) < 0 || fchmod(fd, 0440) < 0 ? -errno : mb_hash_file(fd, -1, hash);

    if (r < 0)
        return mb_error_set(err, r, "recording %s: %s", name, strerror(-r));
    payload = json_pack("{s:s, s:s, s:I}", "name", name, "sha256", hash, "size", (json_int_t)size);
    r = payload ? mb_record_append(record, t_ns, "waveform", payload, err)
                : mb_error_set(err, -ENOMEM, "not enough memory");
    json_decref(payload);
    return r;
}

int mb_record_waveform_attach(struct mb_record *record, uint64_t t_ns, const char *name, struct mb_error *err)
{
    char path[MB_WAVEFORM_PATH_MAX];
    struct mb_waveform there;
    uint64_t size;
    int r = check_name(name, err), fd;

    if (r == 0)
        r = find_entry(record->store, record->id, name, &there, err);
    if (r > 0 || r == -ENOTUNIQ)
        return mb_error_set(err, -EEXIST, "the record has a recording %s already", name);
    if (r == 0)
        r = check_folders(record->store, record->uuid, false, err);
    if (r == 0)
        r = path_of(record->store, record->uuid, name, path, err);
    if (r < 0)
        return r;
    fd = open_file(path, &size, err);
    if (fd < 0)
        return fd;
    r = append_entry(record, t_ns, name, fd, size, err);
    (void)close(fd);
    return r;
}

/* The whole UUID of a run, which may be asked for by its beginning. */
static int whole_uuid(struct mb_store *store, int64_t run, char ret[static MB_UUID_SIZE],
                      struct mb_error *err)
{
    sqlite3_stmt *statement;
    int r = mb_sql_prepare(store, &statement, err, "SELECT uuid FROM run WHERE id = ?", "i", run);

    if (r < 0)
        return r;
    r = mb_sql_step(store, statement, err);
    if (r > 0)
        (void)snprintf(ret, MB_UUID_SIZE, "%s", mb_sql_text(statement, 0));
    (void)sqlite3_finalize(statement);
    return r < 0 ? r : 0;
}

static int write_part(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

/* The parts that a bundle holds, as a file that has no name. */
static int collect_parts(struct mb_store *store, const char *name, uint64_t *ret_size, struct mb_error *err)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder ? folder : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), r;
    sqlite3_stmt *statement;
    uint64_t size = 0;

    if (fd < 0)
        return mb_error_set(err, -errno, "no file for recording %s: %s", name, strerror(errno));
    r = mb_sql_prepare(store, &statement, err,
                       "SELECT bytes FROM recording WHERE run = 1 AND name = ? ORDER BY part", "t", name);
    if (r >= 0) {
        while (size <= MB_WAVEFORM_BYTES_MAX && (r = mb_sql_step(store, statement, err)) > 0) {
            size_t n = (size_t)sqlite3_column_bytes(statement, 0);

            r = write_part(fd, sqlite3_column_blob(statement, 0), n);
            if (r < 0) {
                (void)mb_error_set(err, r, "recording %s: %s", name, strerror(-r));
                break;
            }
            size += n;
        }
        (void)sqlite3_finalize(statement);
    }
    if (r < 0) {
        (void)close(fd);
        return r;
    }
    *ret_size = size;
    return fd;
}

int mb_store_waveform(struct mb_store *store, const char *uuid, const char *name, struct mb_waveform *ret,
                      struct mb_error *err)
{
    char path[MB_WAVEFORM_PATH_MAX], whole[MB_UUID_SIZE] = "";
    struct mb_waveform w;
    int64_t run;
    uint64_t size;
    int r = name[0] ? check_name(name, err) : 0;

    if (r == 0)
        r = mb_run_lookup(store, uuid, &run, err);
    if (r >= 0)
        r = whole_uuid(store, run, whole, err);
    if (r >= 0)
        r = find_entry(store, run, name, &w, err);
    if (r == 0)
        return mb_error_set(err, -ENOENT, "the record has no recording %s", name);
    if (r > 0)
        r = check_name(w.name, err); /* it becomes part of a path */
    if (r >= 0 && !store->bundle)
        r = check_folders(store, whole, false, err);
    if (r >= 0)
        r = path_of(store, whole, w.name, path, err);
    if (r < 0)
        return r;
    w.fd = store->bundle ? collect_parts(store, w.name, &size, err) : open_file(path, &size, err);
    if (w.fd < 0)
        return w.fd;
    if (size > MB_WAVEFORM_BYTES_MAX) {
        (void)close(w.fd);
        return mb_error_set(err, -EFBIG, "%s: more than %llu bytes are not handed out: copy the file", path,
                            (unsigned long long)MB_WAVEFORM_BYTES_MAX);
    }
    *ret = w;
    return 0;
}

int mb_waveform_copy(const struct mb_waveform *w, int *ret_memfd, struct mb_error *err)
{
    int fd = memfd_create("recording.wave", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    char hash[MB_HASH_SIZE];
    int r = fd < 0 ? -errno : mb_hash_file(w->fd, fd, hash);

    if (r == 0 && strcmp(hash, w->sha256) != 0)
        r = mb_error_set(err, -EBADMSG, "recording %s: its bytes do not match the hash in the chain",
                         w->name);
    else if (r == 0 && (lseek(fd, 0, SEEK_SET) < 0 ||
                        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0))
        r = -errno;
    if (r < 0 && r != -EBADMSG)
        (void)mb_error_set(err, r, "recording %s: %s", w->name, strerror(-r));
    if (r < 0) {
        if (fd >= 0)
            (void)close(fd);
        return r;
    }
    *ret_memfd = fd;
    return 0;
}
