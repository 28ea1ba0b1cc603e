/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Daemon and guard killed or stopped at random moments of runs: when the outputs were off, whether a reading
 * that a client was told of is in the record, whether the record is a whole one.
 *
 * GUARD_KILLS=N, GUARD_SEED=S, GUARD_HANG_S=T: so many, from that seed, with that guard_hang_s, and with the
 * bounds of a machine at rest (tests/bench/guard-kills). */
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/ends.h"
#include "support/eventually.h"

#define KILLS 12
#define SEED 20261122u
#define LIVE_MS 3000u    /* a run that is not live by then is ended all the same */
#define SOON_US 150000u  /* into the thermal run */
#define LATE_US 5000000u /* as far as the load curve and behind it */
/* With sanitizers and beside builds; the figures are those of tests/bench/guard-kills. */
#define PATIENT_MS 5000.0
#define PATIENT_HANG_S 0.5
#define PUBLISHED_MS 250.0
#define PUBLISHED_HANG_S 0.15

static const char *const simulator[] = {
    "--motor", "tests/data/cool-plant.yaml", "--factor", "500", "--seed", "7", NULL};

struct kills {
    struct daemon_fixture f;
    sd_bus_slot *slot;
    char path[96];      /* of the run whose readings are counted */
    unsigned told;      /* of them */
    unsigned long lost; /* of all runs */
    unsigned readings;  /* told in all runs */
    unsigned starved;   /* daemons that their guard ended before */
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct kills));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct kills *k = *state;

    if (k->f.daemon.pid > 0)
        (void)kill(k->f.daemon.pid, SIGCONT);
    sd_bus_slot_unref(k->slot);
    daemon_fixture_clear(&k->f);
    free(k);
    return 0;
}

/* ---- What a client was told, and what is in the record. ---- */

static int on_event(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct kills *k = userdata;
    const char *type, *step, *text;

    (void)error;
    if (sd_bus_message_read(m, "sss", &type, &step, &text) > 0 && strcmp(type, "reading") == 0 &&
        strcmp(sd_bus_message_get_path(m), k->path) == 0)
        k->told++;
    return 0;
}

/* Each event of a reading has its entry; the monitor of a thermal run has entries and no events. */
static unsigned count_readings(const json_t *document)
{
    const json_t *entries = json_object_get(document, "entries"), *entry;
    unsigned n = 0;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        const char *type = json_string_value(json_object_get(entry, "type"));
        const char *store = json_string_value(json_object_get(entry, "store"));

        n += type && strcmp(type, "reading") == 0 && store && strcmp(store, "monitor") != 0;
    }
    return n;
}

/* Whatever the bus still holds of the one who has ended. */
static void hear_out(struct kills *k)
{
    char text[8];

    (void)daemon_fixture_run_text(&k->f, "State", text, sizeof text); /* behind all that was sent before */
    while (sd_bus_process(k->f.client, NULL) > 0)
        ;
}

static void begin_run(struct kills *k)
{
    char *path = NULL;

    hear_out(k);
    k->told = 0;
    daemon_fixture_run(&k->f);
    assert_true(sd_bus_path_encode("/org/motorbench1/run", k->f.uuid, &path) >= 0);
    (void)snprintf(k->path, sizeof k->path, "%s", path);
    free(path);
}

/* ---- One kill. ---- */

/* Mostly the daemon, as the world does. */
static enum end next_end(unsigned *seed)
{
    static const enum end dice[] = {DAEMON_KILLED, DAEMON_KILLED, DAEMON_KILLED, IN_TRANSFER,  IN_TRANSFER,
                                    DAEMON_HANGS,  DAEMON_HANGS,  GUARD_KILLED,  GUARD_KILLED, BOTH_KILLED};

    return dice[(size_t)rand_r(seed) % (sizeof dice / sizeof *dice)];
}

/* Before anything is on, while it is switched on, soon after that, or anywhere in the run. */
static void await_moment(struct kills *k, unsigned *seed, bool everyday)
{
    const unsigned when = (unsigned)rand_r(seed) % 8, moment = (unsigned)rand_r(seed);
    char waiting[200];

    if (when != 0 && !outputs_await_live(&k->f, LIVE_MS))
        printf("# run %s was not live: %s\n", k->f.uuid,
               daemon_fixture_run_text(&k->f, "Waiting", waiting, sizeof waiting));
    (void)usleep(moment % (when < 5 || everyday ? SOON_US : LATE_US));
}

/* On a busy machine the daemon may have to wait for longer than guard_hang_s; then its guard was before us.
 */
static bool is_alive(struct kills *k)
{
    if (!child_ended(&k->f.daemon))
        return true;
    if (k->f.daemon.status != 128 + SIGKILL)
        daemon_fixture_fail(&k->f, "the daemon has ended by itself");
    (void)outputs_off_after_ms(&k->f, 0);
    k->starved++;
    return false;
}

static void end_run(struct kills *k)
{
    struct daemon_fixture *f = &k->f;

    if (FIXTURE_STATUS(f, "abort", f->uuid) == 0)
        daemon_fixture_await(f, "State", "aborted", FIXTURE_PATIENCE_MS);
}

/* The run of the killed daemon waits to be continued; the bench is needed for the next one. */
static void set_up_again(struct kills *k)
{
    struct daemon_fixture *f = &k->f;
    json_t *before;

    (void)child_stop(&f->run, SIGKILL, FIXTURE_PATIENCE_MS);
    (void)child_stop(&f->daemon, SIGKILL, ENDS_OFF_MS);
    if (child_ended(&f->guard))
        daemon_fixture_guard(f);
    hear_out(k);
    before = daemon_fixture_record(f);
    k->readings += k->told;
    k->lost += k->told > count_readings(before) ? k->told - count_readings(before) : 0;
    daemon_fixture_launch(f);
    k->told = 0;
    end_run(k);
    daemon_fixture_assert_kept(f, before);
    json_decref(before);
    if (FIXTURE_STATUS(f, "verify", f->uuid) != 0)
        daemon_fixture_fail(f, "the record of run %s does not verify", f->uuid);
}

/* ---- All of them. ---- */

static void prepare(struct daemon_fixture *f)
{
    ends_without_testers(f);
    daemon_fixture_shorten(f);
}

static void start(struct kills *k, double hang_s)
{
    char extra[80];

    (void)snprintf(extra, sizeof extra, "  guard_proof_minutes: 5\n  guard_hang_s: %g\n", hang_s);
    daemon_fixture_start(
        &k->f, &(struct daemon_fixture_setting){
                   .sim = simulator, .bench_extra = extra, .own_data = true, .edit = prepare, .guard = true});
    assert_true(sd_bus_match_signal(k->f.client, &k->slot, NULL, NULL, "org.motorbench1.Run", "Event",
                                    on_event, k) >= 0);
}

static void judge(const struct kills *k, const double worst_ms[], const unsigned count[], double bound_ms)
{
    for (int e = 0; e < END_COUNT; e++)
        if (count[e])
            printf("# %-14s %5u times, worst time to safe %6.1f ms\n", end_names[e], count[e], worst_ms[e]);
    printf("# of %u readings that a client was told of %lu are lost\n", k->readings, k->lost);
    if (k->starved > 0)
        printf("# %u daemons had to wait for so long that their guard ended them before\n", k->starved);
    for (int e = 0; e < END_COUNT; e++)
        if (worst_ms[e] > bound_ms)
            fail_msg("%s: safe after %.1f ms, %.0f ms allowed", end_names[e], worst_ms[e], bound_ms);
    assert_int_equal(k->lost, 0);
    assert_true(k->readings > 0);
}

static void at_random_moments(void **state)
{
    const char *wanted = getenv("GUARD_KILLS"), *other = getenv("GUARD_SEED"), *hang = getenv("GUARD_HANG_S");
    const double hang_s = hang ? strtod(hang, NULL) : wanted ? PUBLISHED_HANG_S : PATIENT_HANG_S;
    const unsigned long kills = wanted ? strtoul(wanted, NULL, 10) : KILLS;
    unsigned count[END_COUNT] = {0}, seed = other ? (unsigned)strtoul(other, NULL, 10) : SEED, live = 0;
    double worst_ms[END_COUNT] = {0};
    struct kills *k = *state;

    start(k, hang_s);
    for (unsigned long i = 0; i < kills; i++) {
        enum end end = next_end(&seed);

        begin_run(k);
        await_moment(k, &seed, !wanted);
        live += outputs_are_live(&k->f);
        if (is_alive(k)) {
            double ms = end_it(&k->f, end);

            worst_ms[end] = ms > worst_ms[end] ? ms : worst_ms[end];
            count[end]++;
        }
        set_up_again(k);
    }
    printf("# in %u of %lu an output was live\n", live, kills);
    judge(k, worst_ms, count, wanted ? PUBLISHED_MS + (hang_s - PUBLISHED_HANG_S) * 1e3 : PATIENT_MS);
    assert_true(live > kills / 3); /* the others: before the start, at rest for a resistance, at a question */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_random_moments, setup, teardown),
    };

    return cmocka_run_group_tests_name("kills", tests, NULL, NULL);
}
