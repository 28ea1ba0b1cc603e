/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges come through the event loop. The level is read besides before anything is switched on and with every
 * poll, so a lost edge or a chip that is gone costs at most one poll. */
#include "bench/stop_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/internal.h"
#include "core/timer.h"

struct bench_stop_line {
    struct mb_bench *bench;
    struct mb_gpio_line *line;  /* NULL: not open */
    sd_event_source *debounced; /* real time since an edge that opened the contact */
    bool taken;                 /* this opening has stopped the bench already */
    char name[80];
};

static int open_line(struct bench_stop_line *s, struct mb_error *err);

/* What opened it is the present fault until the reset, whatever follows. */
static void stop(struct bench_stop_line *s, const char *what)
{
    struct mb_bench *bench = s->bench;

    bench->stopped_by_line |= !bench->fault[0];
    bench_fault(bench, "stopped by the emergency stop at line %s: %s", s->name, what);
}

static int level(struct bench_stop_line *s)
{
    int r = mb_gpio_read(s->line);

    if (r > 0)
        s->taken = false;
    return r;
}

/* true: closed. Else the bench has its fault. */
static bool look(struct bench_stop_line *s)
{
    struct mb_error err = {""};
    int r = s->line ? level(s) : open_line(s, &err);

    if (r > 0)
        return true;
    if (r < 0 && s->line) {
        (void)mb_error_set(&err, r, "it cannot be read any more (%s)", strerror(-r));
        s->line = mb_gpio_free(s->line);
    }
    stop(s, r < 0 ? err.text : "the contact is open");
    return false;
}

/* Whatever state is known: the safe commands go out, as with every emergency stop, once an opening. */
static int on_debounced(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bench_stop_line *s = userdata;

    (void)source, (void)usec;
    if (look(s) || s->taken)
        return 0;
    s->taken = true;
    mb_bench_make_safe(s->bench);
    return 0;
}

/* Opened for longer than it may bounce: a stop. Closed again by then: it was noise on the wire. */
static void on_changed(void *userdata)
{
    struct bench_stop_line *s = userdata;

    if ((s->line && level(s) > 0) || sd_event_source_get_enabled(s->debounced, NULL) > 0)
        return;
    mb_timer_arm(s->debounced, s->bench->setting->emergency_stop.debounce_s);
}

static int open_line(struct bench_stop_line *s, struct mb_error *err)
{
    int r =
        mb_gpio_open(s->bench->event, &s->bench->setting->emergency_stop.line, on_changed, s, &s->line, err);

    return r < 0 ? r : level(s);
}

int bench_stop_line_new(struct mb_bench *bench)
{
    const struct mb_gpio_setting *setting = &bench->setting->emergency_stop.line;
    struct bench_stop_line *s;

    if (!setting->chip)
        return 0;
    s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    bench->stop_line = s;
    s->bench = bench;
    (void)snprintf(s->name, sizeof s->name, "%.47s/%.31s", setting->chip, setting->line);
    return mb_timer_new(bench->event, on_debounced, s, &s->debounced);
}

void bench_stop_line_free(struct mb_bench *bench)
{
    if (!bench->stop_line)
        return;
    mb_gpio_free(bench->stop_line->line);
    sd_event_source_disable_unref(bench->stop_line->debounced);
    free(bench->stop_line);
    bench->stop_line = NULL;
}

bool bench_stop_line_closed(struct mb_bench *bench)
{
    return !bench->stop_line || look(bench->stop_line);
}

void bench_stop_line_poll(struct mb_bench *bench)
{
    if (bench->stop_line)
        on_changed(bench->stop_line);
}

int bench_stop_line_may_reset(struct mb_bench *bench, struct mb_error *err)
{
    struct bench_stop_line *s = bench->stop_line;
    struct mb_error why = {"the contact is open"};
    int r = !s ? 1 : s->line ? level(s) : open_line(s, &why);

    return r > 0 ? 0
                 : mb_error_set(err, -EBUSY, "bench %s: the emergency stop at line %s is not released: %s",
                                bench->setting->name, s->name, why.text);
}

const char *mb_bench_stopped_by_line(const struct mb_bench *bench)
{
    return bench->stopped_by_line ? mb_bench_stop_line_name(bench) : NULL;
}

const char *mb_bench_stop_line_name(const struct mb_bench *bench)
{
    return bench->stop_line ? bench->stop_line->name : NULL;
}
