/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/harmonics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dsp/lines.h"

struct mb_harmonics_engine {
    struct mb_lines *lines;
    unsigned cycles, highest;
    double wanted_s;
    uint32_t flags;
    size_t line_count, room;
    double complex *values[2];
    double *squares; /* |C_k|^2 of one channel */
};

int mb_harmonics_engine_new(struct mb_harmonics_engine **ret)
{
    struct mb_harmonics_engine *engine = calloc(1, sizeof *engine);
    int r;

    if (!engine)
        return -ENOMEM;
    r = mb_lines_new(&engine->lines);
    if (r < 0) {
        free(engine);
        return r;
    }
    *ret = engine;
    return 0;
}

struct mb_harmonics_engine *mb_harmonics_engine_free(struct mb_harmonics_engine *engine)
{
    if (!engine)
        return NULL;
    mb_lines_free(engine->lines);
    free(engine->values[0]);
    free(engine->values[1]);
    free(engine->squares);
    free(engine);
    return NULL;
}

static int make_room(struct mb_harmonics_engine *e)
{
    size_t n = e->line_count;

    if (n <= e->room)
        return 0;
    e->room = 0;
    free(e->values[0]);
    free(e->values[1]);
    free(e->squares);
    e->values[0] = calloc(n, sizeof *e->values[0]);
    e->values[1] = calloc(n, sizeof *e->values[1]);
    e->squares = calloc(n, sizeof *e->squares);
    if (!e->values[0] || !e->values[1] || !e->squares)
        return -ENOMEM;
    e->room = n;
    return 0;
}

int mb_harmonics_prepare(struct mb_harmonics_engine *e, const struct mb_window *window, unsigned orders,
                         struct mb_error *err)
{
    double length = mb_span_length(&window->span);
    unsigned n = window->cycles, wanted;
    int r;

    if (n == 0)
        return mb_error_set(err, -ENODATA, "harmonics need a window of whole cycles: no synchronisation");
    if (orders == 0 || orders > MB_HARMONIC_ORDERS)
        return mb_error_set(err, -EINVAL, "harmonics up to an order of 1 to %d", MB_HARMONIC_ORDERS);
    e->cycles = n;
    e->highest = orders;
    /* The last line is that at the upper end of the highest group. */
    while (e->highest > 0 && 2 * (double)(e->highest * n + n) >= length)
        e->highest--;
    if (e->highest == 0)
        return mb_error_set(err, -EINVAL, "%g samples a cycle are too few for harmonics", length / n);
    e->line_count = (size_t)e->highest * n + n + 1;
    r = make_room(e);
    if (r < 0)
        return mb_error_set(err, r, "no memory for %zu spectral lines", e->line_count);
    wanted = mb_mains_cycles(window->frequency_hz);
    e->flags = window->flags | (n < wanted ? MB_WAVE_TOO_SHORT : 0);
    e->wanted_s = n < wanted ? wanted / window->frequency_hz : window->wanted_s;
    return mb_lines_prepare(e->lines, &window->span, window->count, e->line_count, err);
}

/* Of the squares of lines from .. to. */
static double sum(const double squares[], size_t from, size_t to)
{
    double total = 0;

    for (size_t k = from; k <= to; k++)
        total += squares[k];
    return total;
}

/* Lines of a harmonic group on one side of it, up to half way to the next. */
static double half_group(const double squares[], size_t at, size_t n, int side)
{
    double total = 0;

    for (size_t k = 1; 2 * k <= n; k++)
        total += squares[side > 0 ? at + k : at - k] * (2 * k == n ? 0.5 : 1);
    return total;
}

static void fill_groups(const struct mb_harmonics_engine *e, unsigned order, struct mb_harmonics *h)
{
    size_t n = e->cycles, at = order * n;
    const double *c = e->squares;
    /* Neighbours that would be half way to the next order or beyond are none. */
    double below = order > 0 && n > 2 ? c[at - 1] : 0, above = n > 2 ? c[at + 1] : 0;

    h->subgroup[order] = sqrt(below + c[at] + above);
    h->group[order] = sqrt((order > 0 ? half_group(c, at, n, -1) : 0) + c[at] + half_group(c, at, n, 1));
    h->inter_group[order] = n > 1 ? sqrt(sum(c, at + 1, at + n - 1)) : 0;
    h->inter_subgroup[order] = n > 3 ? sqrt(sum(c, at + 2, at + n - 2)) : 0;
}

static void fill(const struct mb_harmonics_engine *e, const double complex lines[], struct mb_harmonics *ret)
{
    ret->highest = e->highest;
    ret->cycles = e->cycles;
    ret->wanted_s = e->wanted_s;
    ret->flags = e->flags;
    for (size_t k = 0; k < e->line_count; k++)
        e->squares[k] = creal(lines[k]) * creal(lines[k]) + cimag(lines[k]) * cimag(lines[k]);
    if (!isfinite(sum(e->squares, 0, e->line_count - 1)))
        ret->flags |= MB_WAVE_NOT_FINITE;
    for (unsigned order = 0; order <= e->highest; order++) {
        ret->order[order] = lines[order * e->cycles];
        fill_groups(e, order, ret);
    }
    for (unsigned order = e->highest + 1; order <= MB_HARMONIC_ORDERS; order++) {
        ret->order[order] = NAN;
        ret->group[order] = ret->subgroup[order] = NAN;
        ret->inter_group[order] = ret->inter_subgroup[order] = NAN;
    }
}

void mb_harmonics_pair(struct mb_harmonics_engine *e, const double x[], const double y[],
                       struct mb_harmonics *ret_x, struct mb_harmonics *ret_y)
{
    mb_lines_pair(e->lines, x, y, e->values[0], e->values[1]);
    fill(e, e->values[0], ret_x);
    if (y && ret_y)
        fill(e, e->values[1], ret_y);
}

static double content_of(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned order)
{
    switch (content) {
    case MB_CONTENT_GROUPS:
        return h->group[order];
    case MB_CONTENT_SUBGROUPS:
        return h->subgroup[order];
    case MB_CONTENT_ORDERS:
        break;
    }
    return cabs(h->order[order]);
}

double mb_harmonics_distortion(const struct mb_harmonics *h, enum mb_harmonic_content content,
                               unsigned highest)
{
    double squares = 0;

    for (unsigned order = 2; order <= highest && order <= h->highest; order++) {
        double value = content_of(h, content, order);

        squares += value * value;
    }
    return sqrt(squares);
}

double mb_thd_fundamental(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned highest)
{
    return mb_thd_total(h, content, highest, content_of(h, content, 1));
}

double mb_thd_total(const struct mb_harmonics *h, enum mb_harmonic_content content, unsigned highest,
                    double rms)
{
    return rms > 0 ? mb_harmonics_distortion(h, content, highest) / rms : NAN;
}

double complex mb_harmonic_power(const struct mb_harmonics *u, const struct mb_harmonics *i, unsigned order)
{
    if (order > u->highest || order > i->highest)
        return NAN;
    return u->order[order] * conj(i->order[order]);
}
