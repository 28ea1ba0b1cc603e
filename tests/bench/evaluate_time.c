/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long `motorbench evaluate` takes for one sheet, from the start of the process to its end, beside
 * programs that do nothing, and for a drive's map of 20 x 20 points with its plots. One run of each in turn,
 * so that whatever else the machine does meets all of them alike; medians count. Exits with 1 above a
 * bound. Run from the top of the source tree. */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/drive_sheet.h"
#include "support/run_program.h"

#define RUNS 51
#define BOUND_MS 10.0
#define MAP_SIDE 20
#define MAP_BOUND_MS 500.0
#define MAP_SHEET "motorbench-map.yaml" /* in a folder of its own */
#define MAP_REPORT "motorbench-map.pdf"
#define SHEET "tests/data/sheets/vector.yaml" /* a whole 2-1-1B test of a motor that misses its grade */

struct contender {
    const char *name;
    const char *argv[6];
    int status;      /* the one expected */
    double bound_ms; /* 0: none */
    bool missing;
    double ms[RUNS];
};

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Negative: it did not run, or ended otherwise than expected. */
static double run_ms(const struct contender *c)
{
    struct run_result result = {0};
    double begun_ms = now_ms(), ms;
    int r = run_program(c->argv, NULL, &result);

    ms = now_ms() - begun_ms;
    if (r < 0 || result.status != c->status)
        ms = -1;
    run_result_clear(&result);
    return ms;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_ms(struct contender *c)
{
    qsort(c->ms, RUNS, sizeof c->ms[0], compare);
    return c->ms[RUNS / 2];
}

static void measure(struct contender *contenders, size_t count)
{
    for (int i = 0; i < RUNS; i++)
        for (size_t k = 0; k < count; k++) {
            struct contender *c = &contenders[k];

            if (!c->missing)
                c->ms[i] = run_ms(c);
            c->missing |= c->ms[i] < 0;
        }
}

static void print_row(struct contender *c, double first_ms)
{
    double median;

    if (c->missing) {
        printf("%-26s is not here\n", c->name);
        return;
    }
    median = median_ms(c);
    printf("%-26s %8.2f %8.2f %8.2f %8.2f\n", c->name, median, c->ms[0], c->ms[RUNS - 1], first_ms / median);
}

static bool broken(struct contender *c)
{
    bool above = !c->missing && c->bound_ms > 0 && median_ms(c) > c->bound_ms;

    if (c->bound_ms > 0 && c->missing)
        printf("BROKEN: %s does not run as expected\n", c->name);
    if (above)
        printf("BROKEN: %s above %g ms\n", c->name, c->bound_ms);
    return above || (c->bound_ms > 0 && c->missing);
}

static bool compare_all(struct contender *contenders, size_t count)
{
    bool any = false;

    measure(contenders, count);
    printf("whole process, median, least and most of %d runs in ms; bounds %g and %g ms\n", RUNS, BOUND_MS,
           MAP_BOUND_MS);
    printf("%-26s %8s %8s %8s %8s\n", "program", "median", "least", "most", "ratio");
    for (size_t k = 0; k < count; k++) {
        print_row(&contenders[k], contenders[0].missing ? NAN : median_ms(&contenders[0]));
        any |= broken(&contenders[k]);
    }
    return any;
}

/* The sheet of a map in a new folder. */
static bool write_map(char *folder, char *sheet, char *pdf, size_t size)
{
    char *text = drive_sheet("GB/T 18488.2-2015", MAP_SIDE, false, 1);
    FILE *f = NULL;
    bool good;

    if (text && mkdtemp(folder)) {
        (void)snprintf(sheet, size, "%s/" MAP_SHEET, folder);
        (void)snprintf(pdf, size, "%s/" MAP_REPORT, folder);
        f = fopen(sheet, "w");
    }
    good = f && fputs(text, f) >= 0;
    if (f && fclose(f) != 0)
        good = false;
    free(text);
    return good;
}

int main(void)
{
    char program[PATH_MAX], folder[] = "/tmp/mb-bench-XXXXXX", sheet[64], pdf[64];
    const char *motorbench = run_program_path("motorbench", program, sizeof program);
    struct contender contenders[] = {
        {.name = "motorbench evaluate",
         .argv = {motorbench, "evaluate", SHEET},
         .status = 1,
         .bound_ms = BOUND_MS},
        {.name = "map 20 x 20, with plots",
         .argv = {motorbench, "evaluate", sheet, "--report", pdf},
         .bound_ms = MAP_BOUND_MS},
        {.name = "motorbench --version", .argv = {motorbench, "--version"}}, /* what loading takes of it */
        {.name = "true", .argv = {"true"}},
        {.name = "python3 -c pass", .argv = {"/usr/bin/python3", "-c", "pass"}},
    };
    bool any;

    if (!write_map(folder, sheet, pdf, sizeof sheet)) {
        (void)fprintf(stderr, "the map's sheet cannot be written\n");
        return 1;
    }
    any = compare_all(contenders, sizeof contenders / sizeof contenders[0]);
    (void)unlink(sheet);
    (void)unlink(pdf);
    (void)rmdir(folder);
    return any;
}
