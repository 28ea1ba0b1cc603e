/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench evaluate --report: the pages come from motorbench-report, as those of a record do, so that this
 * program links no drawing library. JSON and PDF go through memory files. */
#include "motorbench/evaluate_report.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/paths.h"
#include "motorbench/command.h"

extern char **environ;

/* docs/decisions/0005-report.md. Motor and sample stand where those of a record do. */
static json_t *document_new(const char *name, json_t *readings, const struct mb_sheet *sheet,
                            const struct mb_evaluation *evaluation)
{
    return json_pack("{s:s, s:s, s:{s:s}, s:s, s:s, s:O, s:O*, s:O, s:o}", "format", "motorbench-sheet/1",
                     "name", name, "program", "version", MB_VERSION, "verdict",
                     mb_verdict_name(evaluation->overall.verdict), "reason", evaluation->overall.sentence,
                     "motor", json_object_get(readings, "motor"), "sample",
                     json_object_get(readings, "sample"), "sheet", readings, "evaluation",
                     mb_evaluation_json(sheet, evaluation));
}

/* The position is at its start. */
static int json_file(const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(17));
    int fd = text ? memfd_create("evaluation.json", MFD_CLOEXEC) : -1;
    size_t size = text ? strlen(text) : 0;

    if (fd >= 0 && (write(fd, text, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)) {
        (void)close(fd);
        fd = -1;
    }
    free(text);
    return fd < 0 ? -ENOMEM : fd;
}

/* 0, -errno of the start, -EIO: the program did not end well, and has said why. */
static int draw(const char *program, int json, int pdf)
{
    char *const argv[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    int r = -posix_spawn_file_actions_init(&actions), status = 0;
    pid_t pid;

    if (r < 0)
        return r;
    r = -posix_spawn_file_actions_adddup2(&actions, json, STDIN_FILENO);
    if (r == 0)
        r = -posix_spawn_file_actions_adddup2(&actions, pdf, STDOUT_FILENO);
    if (r == 0)
        r = -posix_spawn(&pid, program, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    while (r == 0 && waitpid(pid, &status, 0) < 0)
        r = errno == EINTR ? 0 : -errno;
    return r == 0 && status != 0 ? -EIO : r;
}

static int keep(int pdf, const char *file)
{
    struct mb_error err = {""};
    struct stat st = {.st_size = 0};
    int status = EXIT_DONE;
    void *bytes = fstat(pdf, &st) < 0 || st.st_size <= 0
                      ? MAP_FAILED
                      : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, pdf, 0);

    if (bytes == MAP_FAILED)
        return fail(EXIT_BENCH_FAULT, "the report cannot be read");
    if (mb_file_write(file, bytes, (size_t)st.st_size, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    (void)munmap(bytes, (size_t)st.st_size);
    return status;
}

static int report(const json_t *document, const char *file)
{
    char program[PATH_MAX];
    int json = document ? json_file(document) : -ENOMEM, status;
    int pdf = json < 0 ? json : memfd_create("report.pdf", MFD_CLOEXEC);
    int r = pdf < 0 ? pdf : mb_program_path("motorbench-report", program, sizeof program);

    if (r >= 0)
        r = draw(program, json, pdf);
    status =
        r < 0 ? fail(EXIT_BENCH_FAULT, "the report could not be made: %s", strerror(-r)) : keep(pdf, file);
    if (pdf >= 0)
        (void)close(pdf);
    if (json >= 0)
        (void)close(json);
    return status;
}

int write_evaluation_report(const char *name, json_t *readings, const struct mb_sheet *sheet,
                            const struct mb_evaluation *evaluation, const char *file)
{
    json_t *document = document_new(name, readings, sheet, evaluation);
    int status = report(document, file);

    json_decref(document);
    return status;
}
