/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients that ask too much: the run beside them ends with a reason and a record that verifies, and neither
 * EmergencyStop nor the way to safe waits for them. Here in short, and so fast that the verdict is chance;
 * tests/bench/bus_load has a hundred clients and the times. */
#include "support/test.h"

#include <stdlib.h>

#include "support/bus_load.h"
#include "support/daemon_fixture.h"

#define NAME "org.motorbench1"
#define BENCH "/org/motorbench1/bench/sim"
#define READINGS 1000u
#define POLLING 20u
#define FLOOD 20u /* calls at once */
#define RUN_MS 60000u

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "2000", "--seed", "2", NULL};

struct fixture {
    struct daemon_fixture f;
    char *record;  /* the object of a big one */
    unsigned open; /* questions about it without an answer */
};

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct fixture *l = userdata;

    (void)m, (void)error;
    l->open--;
    return 0;
}

static void ask(struct fixture *l, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_true(sd_bus_call_method_async(l->f.client, NULL, NAME, l->record, NAME ".Record", "Verify",
                                             on_answer, l, "") >= 0);
    l->open += count;
}

/* Answers come in the order in which they were sent: those that were sent before are here. */
static void a_stop_does_not_wait_for_records(void **state)
{
    struct fixture *l = *state;

    ask(l, 12);
    (void)bus_load_call_us(l->f.client, BENCH, NAME ".Bench", "EmergencyStop");
    while (sd_bus_process(l->f.client, NULL) > 0)
        ;
    assert_true(l->open > 0);
    daemon_fixture_await_bench(&l->f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    assert_int_equal(FIXTURE_STATUS(&l->f, "bench", "reset", "sim"), 0);
}

/* What instruments wait for goes before what clients ask: the safe commands get out and are confirmed. */
static void a_flood_does_not_hold_up_the_way_to_safe(void **state)
{
    const struct bus_load flood = {.clients = 1,
                                   .outstanding = FLOOD,
                                   .path = "/org/motorbench1",
                                   .interface = "org.freedesktop.DBus.ObjectManager",
                                   .member = "GetManagedObjects"};
    struct fixture *l = *state;
    pid_t load = bus_load_start(l->f.address, &flood);

    (void)bus_load_call_us(l->f.client, BENCH, NAME ".Bench", "EmergencyStop");
    daemon_fixture_await_bench(&l->f, "SafeState", "safe", FIXTURE_PATIENCE_MS);
    bus_load_stop(load);
    assert_int_equal(FIXTURE_STATUS(&l->f, "bench", "reset", "sim"), 0);
}

static void a_run_beside_them_is_right(void **state)
{
    bus_load_run(&((struct fixture *)*state)->f, POLLING, FLOOD, RUN_MS);
}

/* One that asks for more than its share is told so. Last: many questions are left open. */
static void a_client_has_its_share_of_records(void **state)
{
    struct fixture *l = *state;
    sd_bus_error error = SD_BUS_ERROR_NULL;

    ask(l, 70);
    assert_true(
        sd_bus_call_method(l->f.client, NAME, l->record, NAME ".Record", "Summary", &error, NULL, "") < 0);
    assert_string_equal(error.name, NAME ".Error.Busy");
    sd_bus_error_free(&error);
}

static int setup(void **state)
{
    const struct daemon_fixture_setting setting = {.sim = simulator};
    struct fixture *l = calloc(1, sizeof *l);
    char uuid[BUS_LOAD_UUID_SIZE];

    *state = l;
    if (!l)
        return -1;
    daemon_fixture_start(&l->f, &setting);
    bus_load_record(l->f.store, READINGS, uuid);
    l->record = bus_load_record_path(uuid);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *l = *state;

    daemon_fixture_clear(&l->f);
    free(l->record);
    free(l);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_does_not_wait_for_records),
        cmocka_unit_test(a_flood_does_not_hold_up_the_way_to_safe),
        cmocka_unit_test(a_run_beside_them_is_right),
        cmocka_unit_test(a_client_has_its_share_of_records),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
