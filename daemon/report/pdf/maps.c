/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps over speed and torque: the efficiencies of a drive (ev-map), the losses of a converter-fed motor
 * (2-3-A). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/pdf/board.h"
#include "report/pdf/surface.h"
#include "report/pdf/value.h"

#define SPOTS_MAX 4096
#define MAP_HEIGHT 320.0

struct map { /* one quantity; on the heap, for its size */
    struct spot spots[SPOTS_MAX];
    double x[SPOTS_MAX], y[SPOTS_MAX]; /* the same points, for the marks */
    size_t count;
    double low, high;
    struct xy driving, braking, best; /* the envelope at each speed */
};

static void add_spot(struct map *map, const struct spot *spot)
{
    if (map->count == SPOTS_MAX || !isfinite(spot->x) || !isfinite(spot->y) || !isfinite(spot->z))
        return;
    map->low = map->count ? fmin(map->low, spot->z) : spot->z;
    map->high = map->count ? fmax(map->high, spot->z) : spot->z;
    map->x[map->count] = spot->x;
    map->y[map->count] = spot->y;
    map->spots[map->count++] = *spot;
}

/* Driving and braking are maps of their own: between them the efficiency falls to nothing. */
static void read_efficiencies(struct map *map, const json_t *points, const char *key)
{
    const json_t *point;
    size_t i;

    json_array_foreach(points, i, point)
    {
        double t = number_at(point, "t_nm"), row = number_at(point, "speed_rpm");

        add_spot(map,
                 &(struct spot){t < 0 ? -row : row, number_at(point, "n_rpm"), t, number_at(point, key)});
    }
    surface_sort(map->spots, map->count);
    for (i = 0; i < map->count; i++) {
        const struct spot *s = &map->spots[i];
        bool first = i == 0 || s[-1].row != s->row, last = i + 1 == map->count || s[1].row != s->row;

        if (s->row < 0 && first)
            xy_add(&map->braking, s->x, s->y);
        if (s->row >= 0 && last)
            xy_add(&map->driving, s->x, s->y);
    }
}

/* Finer towards 1, where a drive is most of the time. */
static void efficiency_levels(struct surface *surface, double low, double high)
{
    static const double levels[] = {0,    0.3,  0.5,  0.6,  0.7,  0.75, 0.8,  0.85, 0.88,
                                    0.90, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 1};
    const size_t count = sizeof levels / sizeof *levels;

    for (size_t i = 0; i < count; i++)
        if ((i + 1 == count || levels[i + 1] > low) && (i == 0 || levels[i - 1] < high))
            surface->levels[surface->level_count++] = levels[i];
    surface->decimals = 2;
}

static void round_levels(struct surface *surface, double low, double high)
{
    struct ticks t = ticks_of(low, high, 10);

    for (unsigned i = 0; i < t.count && i < SURFACE_LEVELS_MAX; i++)
        surface->levels[surface->level_count++] = t.first + i * t.step;
    surface->decimals = t.decimals;
}

/* Half the width of the page, or all of it. */
static void map_place(struct board *board, struct chart *chart, bool full)
{
    struct report *report = board->report;

    chart->right = SURFACE_RIGHT;
    if (!full) {
        board_place(board, chart);
        return;
    }
    board_end(board);
    page_need(report, MAP_HEIGHT);
    chart_draw(report, chart, MARGIN, report->y, TEXT_WIDTH, MAP_HEIGHT);
    report->y += MAP_HEIGHT + 6;
}

static void efficiency_map(struct board *board, const json_t *evaluation, const char *key, const char *title,
                           bool full)
{
    const json_t *summary = value_at(value_at(evaluation, "map"), key);
    double threshold = number_at(evaluation, "map.threshold");
    struct surface surface = {.line = threshold};
    struct map *map = calloc(1, sizeof *map);
    char words[128];
    struct chart chart = {.title = words,
                          .x_label = "speed in min\u207b\u00b9",
                          .y_label = "torque in N\u00b7m (below 0: braking)",
                          .x_from = 0,
                          .y_from = 0,
                          .under = surface_draw,
                          .what = &surface};

    if (!map)
        return;
    read_efficiencies(map, value_at(evaluation, "points"), key);
    surface.spots = map->spots;
    surface.count = map->count;
    if (map->count > 0)
        efficiency_levels(&surface, map->low, map->high);
    (void)snprintf(words, sizeof words,
                   "Efficiency of the %s; %.1f %% of the points at or above %.2f (black line)", title,
                   100 * number_at(summary, "share"), threshold);
    xy_add(&map->best, number_at(summary, "best_n_rpm"), number_at(summary, "best_t_nm"));
    chart_add(&chart, &(struct series){"points measured", MARK_SPECK, &INK, map->x, map->y, map->count});
    add_series(&chart, &map->driving, "envelope", MARK_DASHED, &INK);
    add_series(&chart, &map->braking, NULL, MARK_DASHED, &INK);
    add_series(&chart, &map->best, "best point", MARK_DIAMOND, &RED);
    if (map->count > 0)
        map_place(board, &chart, full);
    free(map);
}

#define PLANE_SIDE 16 /* points of the drawn plane each way */
#define PLANE_FROM 0.25
#define COEFFICIENTS 7

/* PL = c1 + c2 n + c3 n^2 + c4 n T^2 + c5 n^2 T^2 + c6 T + c7 T^2, n and T per unit (procedures A4). */
static double plane_w(const double c[COEFFICIENTS], double n, double t)
{
    return c[0] + n * (c[1] + c[3] * t * t) + n * n * (c[2] + c[4] * t * t) + t * (c[5] + c[6] * t);
}

static void read_plane(struct map *map, const double c[COEFFICIENTS])
{
    for (int i = 0; i < PLANE_SIDE; i++)
        for (int k = 0; k < PLANE_SIDE; k++) {
            double n = PLANE_FROM + (1 - PLANE_FROM) * i / (PLANE_SIDE - 1);
            double t = PLANE_FROM + (1 - PLANE_FROM) * k / (PLANE_SIDE - 1);

            add_spot(map, &(struct spot){n, 100 * n, 100 * t, plane_w(c, n, t)});
        }
}

static void loss_map(struct board *board, const json_t *evaluation)
{
    const json_t *list = value_at(evaluation, "coefficients_w"), *point;
    struct map *map = calloc(1, sizeof *map);
    struct surface surface = {.line = NAN};
    double c[COEFFICIENTS];
    size_t i;
    struct chart chart = {.title = "Losses in W over speed and torque, through the seven points",
                          .x_label = "speed in % of base speed",
                          .y_label = "torque in % of rated torque",
                          .x_from = 0,
                          .y_from = 0,
                          .under = surface_draw,
                          .what = &surface};

    for (i = 0; i < COEFFICIENTS; i++)
        c[i] = json_is_number(json_array_get(list, i)) ? json_number_value(json_array_get(list, i)) : NAN;
    if (map)
        read_plane(map, c);
    if (map && map->count > 0) {
        surface.spots = map->spots;
        surface.count = map->count;
        round_levels(&surface, map->low, map->high);
        json_array_foreach(value_at(evaluation, "points"), i, point)
            xy_add(&map->driving, number_at(point, "speed_percent"), number_at(point, "torque_percent"));
        xy_add(&map->best, 100, 100); /* how far the colours reach */
        add_series(&chart, &map->driving, "measured", MARK_DIAMOND, &RED);
        add_series(&chart, &map->best, "rated point, beyond the measured ones", MARK_RING, &INK);
        map_place(board, &chart, true);
    }
    free(map);
}

void plot_maps(struct board *board)
{
    const json_t *evaluation = value_at(board->report->document, "evaluation");

    if (value_at(evaluation, "map")) {
        efficiency_map(board, evaluation, "system", "system", true);
        efficiency_map(board, evaluation, "motor", "motor", true);
        efficiency_map(board, evaluation, "controller", "controller", true);
    }
    if (value_at(evaluation, "coefficients_w"))
        loss_map(board, evaluation);
}
