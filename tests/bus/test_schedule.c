/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people have to do later, through the whole product: added by the command line, told when it is due,
 * and again by a daemon that comes after one that was killed. */
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/daemon_fixture.h"
#include "support/eventually.h"

struct schedule {
    struct daemon_fixture f;
    sd_bus_slot *slot;
    unsigned told;
    char text[64];
};

static int on_due(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct schedule *s = userdata;
    const char *run, *item, *text;
    uint64_t id;

    (void)error;
    assert_true(sd_bus_message_read(m, "tsss", &id, &run, &item, &text) > 0);
    assert_string_equal(item, "insulation-resistance");
    assert_string_equal(run, s->f.uuid);
    (void)snprintf(s->text, sizeof s->text, "%s", text);
    s->told++;
    return 0;
}

static int start(void **state)
{
    static const char *const none[] = {NULL};
    struct schedule *s = calloc(1, sizeof *s);

    assert_non_null(s);
    *state = s;
    daemon_fixture_start(&s->f, &(struct daemon_fixture_setting){.sim = none});
    daemon_fixture_run(&s->f);
    assert_true(sd_bus_match_signal(s->f.client, &s->slot, NULL, "/org/motorbench1",
                                    "org.motorbench1.Manager", "ScheduledDue", on_due, s) >= 0);
    return 0;
}

static int stop(void **state)
{
    struct schedule *s = *state;

    sd_bus_slot_unref(s->slot);
    daemon_fixture_clear(&s->f);
    free(s);
    return 0;
}

static size_t count(struct schedule *s, const char *all)
{
    json_t *list = FIXTURE_JSON(&s->f, 0, "schedule", "list", all);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

static bool is_told(void *userdata)
{
    struct schedule *s = userdata;

    while (sd_bus_process(s->f.client, NULL) > 0) {
    }
    return s->told > 0;
}

static void await_told(struct schedule *s, const char *text)
{
    if (!eventually(is_told, s, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(&s->f, "nobody was reminded of: %s", text);
    assert_string_equal(s->text, text);
}

static void kill_daemon(struct schedule *s)
{
    (void)child_stop(&s->f.daemon, SIGKILL, FIXTURE_PATIENCE_MS);
    s->told = 0;
    daemon_fixture_launch(&s->f);
}

static void outlives_the_daemon(void **state)
{
    struct schedule *s = *state;
    const char *run = s->f.uuid;

    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "add", "+2d", run, "taste", "x"), 2);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "add", "soon", run, "dielectric", "x"), 2);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "add", "+2d", run, "dielectric", "later"), 0);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "add", "2020-01-01T08:00", run,
                                    "insulation-resistance", "humidity is over"),
                     0);
    await_told(s, "humidity is over");
    assert_int_equal(count(s, NULL), 2);
    kill_daemon(s);
    await_told(s, "humidity is over"); /* and not of what is due in two days */
    assert_int_equal(s->told, 1);
    assert_int_equal(count(s, NULL), 2);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "done", "2"), 0);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "done", "2"), 2);
    assert_int_equal(FIXTURE_STATUS(&s->f, "schedule", "done", "9"), 2);
    assert_int_equal(count(s, NULL), 1);
    assert_int_equal(count(s, "--all"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outlives_the_daemon, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
