/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long `motorbench evaluate` takes for one sheet, from the start of the process to its end, beside
 * programs that do nothing. One run of each in turn, so that whatever else the machine does meets all of them
 * alike; medians count. Exits with 1 above the bound. Run from the top of the source tree. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/run_program.h"

#define RUNS 51
#define BOUND_MS 10.0
#define SHEET "tests/data/sheets/vector.yaml" /* a whole 2-1-1B test of a motor that misses its grade */

struct contender {
    const char *name;
    const char *argv[4];
    int status; /* the one expected */
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
        printf("%-20s is not here\n", c->name);
        return;
    }
    median = median_ms(c);
    printf("%-20s %8.2f %8.2f %8.2f %8.2f\n", c->name, median, c->ms[0], c->ms[RUNS - 1], first_ms / median);
}

int main(void)
{
    char program[PATH_MAX];
    struct contender contenders[] = {
        {.name = "motorbench evaluate",
         .argv = {run_program_path("motorbench", program, sizeof program), "evaluate", SHEET},
         .status = 1},
        {.name = "true", .argv = {"true"}},
        {.name = "python3 -c pass", .argv = {"/usr/bin/python3", "-c", "pass"}},
    };
    const size_t count = sizeof contenders / sizeof contenders[0];
    double first_ms;

    measure(contenders, count);
    if (contenders[0].missing) {
        (void)fprintf(stderr, "%s evaluate %s does not run as expected\n", program, SHEET);
        return 1;
    }
    first_ms = median_ms(&contenders[0]);
    printf("whole process, median, least and most of %d runs in ms; bound %g ms\n", RUNS, BOUND_MS);
    printf("%-20s %8s %8s %8s %8s\n", "program", "median", "least", "most", "ratio");
    for (size_t k = 0; k < count; k++)
        print_row(&contenders[k], first_ms);
    if (first_ms > BOUND_MS)
        printf("BROKEN: above %g ms\n", BOUND_MS);
    return first_ms > BOUND_MS;
}
