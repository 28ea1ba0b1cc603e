/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports as sealed memory files, and bundles. JSON and CSV are written here; a PDF comes from the helper
 * program motorbench-report, so that the daemon links no cairo: JSON on its standard input, PDF on its
 * standard output, a bounded time; photographs it reads out of the store itself. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/internal.h"
#include "bus/task.h"
#include "record/bundle.h"
#include "report/csv.h"

/* Every local user may ask for reports; the control loop needs the processor too. */
#define HELPERS_MAX 2
#define HELPER_TIMEOUT_USEC (60ull * 1000 * 1000)

extern char **environ;

struct helper { /* one PDF being made */
    struct mb_service *service;
    sd_bus_message *call;
    sd_event_source *child, *timeout;
    pid_t pid;
    int pdf;
};

static int sealed(int fd)
{
    if (lseek(fd, 0, SEEK_SET) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return -errno;
    return 0;
}

static int new_memfd(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    return fd < 0 ? -errno : fd;
}

static int write_json(const json_t *document, FILE *out)
{
    return json_dumpf(document, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) < 0 ? -EIO : 0;
}

/* A memory file with what write puts into it; the position is at its start. */
static int fill_memfd(const char *name, const json_t *document, int (*write)(const json_t *, FILE *))
{
    int fd = new_memfd(name), copy, r;
    FILE *out;

    if (fd < 0)
        return fd;
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    out = copy < 0 ? NULL : fdopen(copy, "w");
    if (!out) {
        r = -errno;
        if (copy >= 0)
            (void)close(copy);
    } else {
        r = write(document, out);
        if (fclose(out) != 0 && r == 0)
            r = -EIO;
    }
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    if (r < 0) {
        (void)close(fd);
        return r;
    }
    return fd;
}

static void helper_free(struct helper *h)
{
    h->service->pdf_helpers--;
    sd_event_source_disable_unref(h->child);
    sd_event_source_disable_unref(h->timeout);
    sd_bus_message_unref(h->call);
    if (h->pdf >= 0)
        (void)close(h->pdf);
    free(h);
}

static int helper_exited(sd_event_source *source, const siginfo_t *info, void *userdata)
{
    struct helper *h = userdata;
    bool good = info->si_code == CLD_EXITED && info->si_status == 0;
    int r = good ? sealed(h->pdf) : -EIO;

    (void)source;
    if (r >= 0)
        (void)sd_bus_reply_method_return(h->call, "h", h->pdf);
    else
        (void)sd_bus_reply_method_errorf(h->call, MB_BUS_ERROR_FAILED, "the report program failed (%s %d)",
                                         info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
    helper_free(h);
    return 0;
}

/* The child handler answers the caller when the process is gone. */
static int helper_late(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct helper *h = userdata;

    (void)source;
    (void)usec;
    (void)kill(h->pid, SIGKILL);
    return 0;
}

static int spawn(struct helper *h, const char *program, const char *store, int json)
{
    char *const argv[] = {(char *)program, "--store", (char *)store, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int r;

    (void)sigemptyset(&none);
    r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawnattr_init(&attributes);
    if (r != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
    }
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_adddup2(&actions, json, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, h->pdf, STDOUT_FILENO);
    r = posix_spawn(&h->pid, program, &actions, &attributes, argv, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return -r;
}

static int watch(struct mb_service *service, struct helper *h)
{
    int r = sd_event_add_child(service->event, &h->child, h->pid, WEXITED, helper_exited, h);

    if (r < 0) { /* nobody would ever reap it */
        (void)kill(h->pid, SIGKILL);
        (void)waitpid(h->pid, NULL, 0);
        return r;
    }
    return sd_event_add_time_relative(service->event, &h->timeout, CLOCK_MONOTONIC, HELPER_TIMEOUT_USEC, 0,
                                      helper_late, h);
}

static int make_pdf(struct mb_service *service, sd_bus_message *m, int json, struct mb_error *err)
{
    struct helper *h;
    int r;

    if (service->pdf_helpers >= HELPERS_MAX)
        return mb_error_set(err, -EBUSY, "other reports are being made; ask again");
    h = calloc(1, sizeof *h);
    if (!h)
        return -ENOMEM;
    h->service = service;
    service->pdf_helpers++;
    h->call = sd_bus_message_ref(m);
    h->pdf = new_memfd("report.pdf");
    r = h->pdf < 0 ? h->pdf
                   : spawn(h, service->setting.report_program, mb_store_path(service->setting.store), json);
    if (r >= 0)
        r = watch(service, h);
    if (r >= 0 || h->child)
        return 1; /* answered by helper_exited */
    helper_free(h);
    return mb_error_set(err, r, "%s cannot be run: %s", service->setting.report_program, strerror(-r));
}

int record_reply_file(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    (void)service;
    return sd_bus_reply_method_return(call, "h", job->file);
}

static int reply_pdf(struct mb_service *service, sd_bus_message *call, struct record_job *job)
{
    return make_pdf(service, call, job->file, &job->err);
}

/* ---- In the thread. ---- */

static int write_document(struct record_job *job, struct mb_store *store, const char *name,
                          int (*write)(const json_t *, FILE *))
{
    json_t *document = NULL;
    int r = mb_store_load(store, job->uuid, &document, &job->err);

    if (r >= 0)
        r = fill_memfd(name, document, write);
    json_decref(document);
    if (r < 0)
        return r;
    job->file = r;
    return sealed(job->file);
}

static int work_json(struct record_job *job, struct mb_store *store)
{
    return write_document(job, store, "record.json", write_json);
}

static int work_csv(struct record_job *job, struct mb_store *store)
{
    return write_document(job, store, "record.csv", mb_report_csv);
}

/* Beside the store, where there is room for what is in it; the name is gone before anyone sees it. Memory
 * would have to hold all recordings of the run. */
static int work_bundle(struct record_job *job, struct mb_store *store)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s.%s.%u.bundle", job->store, job->uuid, job->number % 1000), r;

    (void)store;
    if (n < 0 || (size_t)n >= sizeof path)
        return mb_error_set(&job->err, -ENAMETOOLONG, "%s: the path of the store is too long", job->store);
    (void)unlink(path); /* of a daemon that died over it */
    r = mb_bundle_write(job->store, job->uuid, path, &job->err);
    if (r < 0)
        return r;
    job->file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (job->file < 0)
        r = mb_error_set(&job->err, -errno, "%s: %s", path, strerror(errno));
    (void)unlink(path);
    return r;
}

int report_open(struct mb_service *service, sd_bus_message *m, const char *format, sd_bus_error *error)
{
    static const struct {
        const char *name;
        struct record_job job;
    } formats[] = {{"pdf", {.work = work_json, .reply = reply_pdf}},
                   {"json", {.work = work_json, .reply = record_reply_file}},
                   {"csv", {.work = work_csv, .reply = record_reply_file}},
                   {"bundle", {.work = work_bundle, .reply = record_reply_file}}};
    struct mb_error err = {""};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, format) == 0)
            return record_ask(service, m, &formats[i].job, error);
    return mb_bus_error(
        error,
        mb_error_set(&err, -ENOTSUP, "format '%s' is not known, allowed: pdf, json, csv, bundle", format),
        &err);
}
