/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/sim_bench.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

#define READY_MS 10000

static void on_snapshot(const struct mb_snapshot *snapshot, void *userdata)
{
    struct sim_bench_fixture *f = userdata;

    f->snapshots++;
    f->last = *snapshot;
    if (*mb_bench_fault(f->bench) && f->faults == 0)
        f->snapshots_before_fault_told++;
    if (mb_snapshot_valid(snapshot, MB_SIGNAL_U))
        f->highest_u_v = fmax(f->highest_u_v, snapshot->signal[MB_SIGNAL_U].value);
}

static void on_fault(const char *text, void *userdata)
{
    struct sim_bench_fixture *f = userdata;

    f->faults++;
    (void)snprintf(f->fault, sizeof f->fault, "%s", text);
}

static void on_changed(void *userdata)
{
    ((struct sim_bench_fixture *)userdata)->changes++;
}

static const struct mb_bench_observer observer = {
    .snapshot = on_snapshot, .fault = on_fault, .changed = on_changed};

static char *replaced(char *text, const struct sim_bench_change *change)
{
    const char *at = strstr(text, change->from);
    size_t size = strlen(text) + strlen(change->to) + 1;
    char *result = malloc(size);

    assert_non_null(result);
    if (!at)
        fail_msg("the bench file has no '%s'", change->from);
    (void)snprintf(result, size, "%.*s%s%s", (int)(at - text), text, change->to, at + strlen(change->from));
    free(text);
    return result;
}

char *sim_bench_text(const struct sim_bench_fixture *f, const struct sim_bench_change *changes)
{
    struct mb_error err = {""};
    char *text = NULL;
    size_t size;

    if (mb_file_read(f->sim.bench, 1 << 16, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    for (const struct sim_bench_change *c = changes; c && c->from; c++)
        text = replaced(text, c);
    return text;
}

static bool is_ready(struct sim_bench_fixture *f)
{
    return mb_bench_ready(f->bench, NULL) == 0;
}

static void make_bench(struct sim_bench_fixture *f, const struct sim_bench_change *changes)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_error err = {""};
    char *text = sim_bench_text(f, changes);
    int r = mb_bench_setting_parse("bench.yaml", text, strlen(text), &setting, &err);

    free(text);
    if (r == 0)
        r = mb_bench_new(f->event, setting, "tools/sim:driver/profiles", &f->bench, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    mb_bench_set_observer(f->bench, &observer, f);
    assert_int_equal(mb_bench_open(f->bench), 0);
    if (!sim_bench_until(f, is_ready, READY_MS)) {
        (void)mb_bench_ready(f->bench, &err);
        fail_msg("%s", err.text);
    }
}

void sim_bench_start_with(struct sim_bench_fixture *f, const char *const options[],
                          const struct sim_bench_change *changes)
{
    memset(f, 0, sizeof *f);
    mb_snapshot_init(&f->last);
    sim_process_start(&f->sim, options);
    f->control = sim_connect(sim_process_port(&f->sim, "control"));
    assert_true(sd_event_new(&f->event) >= 0);
    make_bench(f, changes);
}

void sim_bench_start(struct sim_bench_fixture *f, const struct sim_bench_change *changes)
{
    static const char *const options[] = {"--preset", "0.75kW-2p", "--factor", SIM_BENCH_FACTOR, NULL};

    sim_bench_start_with(f, options, changes);
}

void sim_bench_stop(struct sim_bench_fixture *f)
{
    (void)mb_bench_free(f->bench);
    (void)sd_event_unref(f->event);
    if (f->control > 0)
        (void)close(f->control);
    sim_process_clear(&f->sim);
}

bool sim_bench_until(struct sim_bench_fixture *f, bool (*test)(struct sim_bench_fixture *f), unsigned ms)
{
    uint64_t end_ns = mb_monotonic_ns() + (uint64_t)ms * 1000000;

    bool holds = test(f); /* it may act: not asked again once it holds */

    while (!holds && mb_monotonic_ns() < end_ns) {
        assert_true(sd_event_run(f->event, 5000) >= 0);
        holds = test(f);
    }
    return holds;
}

bool sim_bench_is_safe(struct sim_bench_fixture *f)
{
    return mb_bench_safe_state(f->bench) == MB_SAFE;
}

bool sim_bench_has_fault(struct sim_bench_fixture *f)
{
    return f->faults > 0;
}

void sim_bench_tell(struct sim_bench_fixture *f, const char *line)
{
    char answer[64], question[64];

    (void)snprintf(question, sizeof question, "%s\n", line);
    assert_string_equal(sim_ask(f->control, question, answer, sizeof answer), "ok");
}

double sim_bench_truth(struct sim_bench_fixture *f, const char *name)
{
    const char *dot = strchr(name, '.');
    char answer[16384], device[32];
    json_t *document = json_loads(sim_ask(f->control, "status\n", answer, sizeof answer), 0, NULL);
    json_t *value = document;
    double number;

    if (dot) {
        (void)snprintf(device, sizeof device, "%.*s", (int)(dot - name), name);
        value = json_object_get(document, device);
    }
    value = json_object_get(value, dot ? dot + 1 : name);
    number = json_is_boolean(value) ? json_boolean_value(value) : json_number_value(value);
    if (!value)
        fail_msg("the simulator's status has no '%s'", name);
    json_decref(document);
    return number;
}
