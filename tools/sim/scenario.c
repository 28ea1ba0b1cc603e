/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"

#define EVENTS_MAX 32
#define LOAD_LEFT_PERCENT 5 /* a load further away than this is another one; a step itself moves it less */

enum action { ACTION_SUPPLY_STEP, ACTION_TORQUE_ZERO };
static const char *const actions[] = {"supply-step", "torque-zero", NULL};

enum phase { PHASE_WAITING, PHASE_ACTIVE, PHASE_DONE };
static const char *const phases[] = {"waiting", "active", "done"};

struct event {
    char *name;
    double torque_percent, band_percent, hold_s, size_percent, duration_s;
    int action;
    int times; /* how often a supply step happens, every_s from one begin to the next while the load stays */
    double every_s;
    /* The load that must have been reached before: a motor that is being loaded is left alone. */
    double armed_percent;
    bool armed;
    enum phase phase;
    double held_s, left_s; /* held_s: in the band without a change of the load's set point */
};

struct sim_scenario {
    struct sim_world *world;
    double rated_nm;
    struct event *events;
    size_t count;
};

#define FIELD(key, kind, required, minimum, maximum)                                                         \
    {                                                                                                        \
#key, kind, offsetof(struct event, key), required, minimum, maximum, false, NULL, NULL, 0            \
    }
static const struct mb_field fields[] = {
    FIELD(name, MB_FIELD_STRING, true, 0, 0),
    FIELD(torque_percent, MB_FIELD_NUMBER, true, 0, 300),
    FIELD(band_percent, MB_FIELD_NUMBER, true, 0.01, 100),
    FIELD(hold_s, MB_FIELD_NUMBER, true, 0, 1e5),
    {.key = "action",
     .kind = MB_FIELD_CHOICE,
     .offset = offsetof(struct event, action),
     .required = true,
     .choices = actions},
    FIELD(size_percent, MB_FIELD_NUMBER, true, -100, 100),
    FIELD(duration_s, MB_FIELD_NUMBER, false, 0, 1e5),
    FIELD(armed_percent, MB_FIELD_NUMBER, false, 0, 300),
    FIELD(times, MB_FIELD_INTEGER, false, 1, 100),
    FIELD(every_s, MB_FIELD_NUMBER, false, 0, 1e5),
    {0},
};

struct file {
    const struct mb_node *scenario;
};
static const struct mb_field file_fields[] = {
    {.key = "scenario", .kind = MB_FIELD_NODE, .offset = offsetof(struct file, scenario), .required = true},
    {0},
};

/* One reading at 115 % has to be repeated, one point at 75 % has to be deleted from the regression. A reading
 * begins some seconds after the last correction was confirmed, and the link to the brake takes its time too:
 * a dip that only delays the reading is followed by one that falls into it. */
static const char demo[] =
    "scenario:\n"
    "  - {name: supply-dip, torque_percent: 115, band_percent: 0.6, armed_percent: 120, hold_s: 9.5,\n"
    "     action: supply-step, size_percent: -8, duration_s: 2, times: 3, every_s: 7}\n"
    "  - {name: torque-zero-shift, torque_percent: 75, band_percent: 4, hold_s: 2,\n"
    "     action: torque-zero, size_percent: -1.2}\n";

static double torque_percent(const struct sim_scenario *s, const struct plant_state *state)
{
    return 100 * state->torque_nm / s->rated_nm;
}

static bool in_band(const struct sim_scenario *s, const struct event *e, const struct plant_state *state)
{
    return state->output_on && state->coupled &&
           fabs(torque_percent(s, state) - e->torque_percent) <= e->band_percent;
}

/* In the band, and resting there: the time counts from the last change of the load's set point, as whoever
 * takes the reading counts it too. */
static bool rests(const struct sim_scenario *s, struct event *e, const struct plant_state *state, double dt_s)
{
    e->armed = e->armed || torque_percent(s, state) >= e->armed_percent;
    if (!e->armed || !in_band(s, e, state)) {
        e->held_s = 0;
        return false;
    }
    e->held_s = fmin(e->held_s + dt_s, sim_world_load_unchanged_s(s->world));
    return e->held_s >= e->hold_s;
}

static void begin(const struct sim_scenario *s, struct event *e)
{
    e->phase = PHASE_ACTIVE;
    e->times--;
    e->left_s = e->times > 0 ? fmax(e->every_s, e->duration_s) : e->duration_s;
    if (e->action == ACTION_SUPPLY_STEP)
        sim_world_dip(s->world, e->size_percent / 100, e->duration_s);
    else
        sim_world_torque_zero(s->world, e->size_percent / 100 * s->rated_nm);
}

static bool at_load(const struct sim_scenario *s, const struct event *e, const struct plant_state *state)
{
    return state->output_on && fabs(torque_percent(s, state) - e->torque_percent) <= LOAD_LEFT_PERCENT;
}

static bool still_on(const struct sim_scenario *s, const struct event *e, const struct plant_state *state)
{
    if (e->action == ACTION_TORQUE_ZERO)
        return in_band(s, e, state);
    return e->left_s > 0 && at_load(s, e, state);
}

static void advance(const struct sim_scenario *s, struct event *e, const struct plant_state *state,
                    double dt_s)
{
    switch (e->phase) {
    case PHASE_WAITING:
        if (rests(s, e, state, dt_s))
            begin(s, e);
        break;
    case PHASE_ACTIVE:
        e->left_s -= dt_s;
        if (still_on(s, e, state))
            break;
        if (e->action == ACTION_TORQUE_ZERO)
            sim_world_torque_zero(s->world, 0);
        if (e->times > 0 && at_load(s, e, state))
            begin(s, e);
        else
            e->phase = PHASE_DONE;
        break;
    case PHASE_DONE:
        break;
    }
}

static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct sim_scenario *s = userdata;

    /* One after the other: an event waits until the one before it in the file is over. */
    for (size_t i = 0; i < s->count && (i == 0 || s->events[i - 1].phase == PHASE_DONE); i++)
        advance(s, &s->events[i], state, dt_s);
}

static void clear_event(void *event)
{
    free(((struct event *)event)->name);
}

static int load(const char *path, struct event **ret, size_t *ret_count, struct mb_error *err)
{
    struct mb_document *document = NULL;
    struct file file = {NULL};
    void *events = NULL;
    int r;

    if (strcmp(path, "demo") == 0)
        r = mb_document_parse("demo", demo, sizeof demo - 1, &document, err);
    else
        r = mb_document_load(path, &document, err);
    if (r == 0)
        r = mb_node_read(mb_document_root(document), file_fields, &file, err);
    if (r == 0)
        r = mb_node_read_list(file.scenario, fields, sizeof(struct event), EVENTS_MAX, clear_event, &events,
                              ret_count, err);
    if (r == 0)
        *ret = events;
    for (size_t i = 0; r == 0 && i < *ret_count; i++)
        (*ret)[i].times = (*ret)[i].times > 0 && (*ret)[i].action == ACTION_SUPPLY_STEP ? (*ret)[i].times : 1;
    document = mb_document_free(document);
    return r;
}

int sim_scenario_new(struct sim_world *world, const char *path, struct sim_scenario **ret,
                     struct mb_error *err)
{
    const struct plant_motor *motor = &sim_world_config(world)->motor;
    struct sim_scenario *s = calloc(1, sizeof *s);
    int r;

    if (s == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    s->world = world;
    s->rated_nm = motor->rated_power_w / (motor->rated_speed_rpm * M_PI / 30);
    r = load(path, &s->events, &s->count, err);
    if (r == 0 && sim_world_observe(world, observe, s) < 0)
        r = mb_error_set(err, -ENOSPC, "too many observers of the simulated bench");
    if (r < 0) {
        (void)sim_scenario_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct sim_scenario *sim_scenario_free(struct sim_scenario *s)
{
    if (s == NULL)
        return NULL;
    sim_world_unobserve(s->world, s);
    for (size_t i = 0; i < s->count; i++)
        clear_event(&s->events[i]);
    free(s->events);
    free(s);
    return NULL;
}

int sim_scenario_status(const struct sim_scenario *s, struct sim_text *ret)
{
    (void)sim_text_printf(ret, "{");
    for (size_t i = 0; s != NULL && i < s->count; i++)
        (void)sim_text_printf(ret, "%s\"%s\":\"%s\"", i > 0 ? "," : "", s->events[i].name,
                              phases[s->events[i].phase]);
    return sim_text_printf(ret, "}");
}
