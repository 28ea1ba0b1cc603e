/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two Modbus instruments of two profiles on one serial line: they share the port and take turns. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/instrument.h"
#include "modbus/address.h"
#include "modbus/instrument.h"
#include "modbus/line.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"
#include "support/modbus_server.h"

#define READ_INPUT 4
#define WAIT_MS 10000
#define TIMEOUT_MS 500 /* as in the profiles */

static const char brake_text[] =
    "profile: {id: fake-brake, maker: Fake, kind: dynamometer, models: [B1], maturity: unverified, source: "
    "none}\n"
    "update_interval_s: 0.1\n"
    "modbus:\n"
    "  timeout_s: 0.5\n"
    "  values: [{name: speed, quantity: speed, function: input, address: 12, type: int16, factor: 0.1}]\n";

static const char meter_text[] = "profile: {id: fake-meter, maker: Fake, kind: power-analyser, models: [M1], "
                                 "maturity: unverified, source: "
                                 "none}\n"
                                 "update_interval_s: 0.1\n"
                                 "modbus:\n"
                                 "  timeout_s: 0.5\n"
                                 "  values: [{name: voltage, quantity: voltage, function: input, address: "
                                 "12, type: uint16, factor: 0.1}]\n";

struct unit {
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct modbus_server *server;
    struct unit brake, meter;
    char meter_address[128];
};

static void make_unit(struct rig *rig, const char *profile_text, const char *address, struct unit *u)
{
    const struct mb_instrument_setting setting = {
        .id = "unit", .profile = "fake", .address = address, .clock = &rig->clock, .wiring = -1};
    struct mb_modbus_profile *profile;
    struct mb_error err = {0};

    if (mb_modbus_profile_parse("fake.yaml", profile_text, strlen(profile_text), &profile, &err) < 0)
        fail_msg("%s", err.text);
    if (mb_modbus_new(rig->event, profile, &setting, &u->instrument, &err) < 0)
        fail_msg("%s", err.text);
    instrument_watch(&u->got, u->instrument);
    assert_int_equal(u->instrument->ops->open(u->instrument), 0);
}

static void assert_ready(struct rig *rig, struct unit *u)
{
    if (!fake_run_until(rig->event, &u->got.ready, WAIT_MS))
        fail_msg("%s", u->instrument->fault);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    const char *address;

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    rig->server = modbus_server_new(true);
    address = modbus_server_address(rig->server);
    (void)snprintf(rig->meter_address, sizeof rig->meter_address, "%.*s,%d",
                   (int)(strrchr(address, ',') - address), address, MODBUS_SERVER_UNIT + 1);
    modbus_server_set(rig->server, true, 12, 14875);
    modbus_server_set_second(rig->server, 12, 2300);
    make_unit(rig, brake_text, address, &rig->brake);
    make_unit(rig, meter_text, rig->meter_address, &rig->meter);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->brake.instrument);
    (void)mb_instrument_free(rig->meter.instrument);
    (void)modbus_server_free(rig->server);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void begin_read(struct unit *u)
{
    instrument_watch_begin_read(&u->got, u->instrument);
}

static void assert_value(const struct unit *u, double value)
{
    assert_int_equal(u->got.read_error, 0);
    assert_int_equal(u->got.readings[0].validity, MB_VALID);
    assert_true(fabs(u->got.readings[0].value - value) < 1e-9);
}

/* Both at once, so that each finds the line busy. */
static void assert_good_day(struct rig *rig)
{
    assert_ready(rig, &rig->brake);
    assert_ready(rig, &rig->meter);
    begin_read(&rig->brake);
    begin_read(&rig->meter);
    assert_true(fake_run_until(rig->event, &rig->brake.got.read_done, WAIT_MS));
    assert_true(fake_run_until(rig->event, &rig->meter.got.read_done, WAIT_MS));
    assert_value(&rig->brake, 1487.5);
    assert_value(&rig->meter, 230);
}

static void test_take_turns(void **state)
{
    for (int i = 0; i < 20; i++)
        assert_good_day(*state);
}

/* One that does not answer is lost alone, and found again. */
static void test_one_is_silent(void **state)
{
    struct rig *rig = *state;

    assert_good_day(rig);
    modbus_server_fault(rig->server, MODBUS_SILENT, READ_INPUT, 1, 0);
    begin_read(&rig->brake);
    begin_read(&rig->meter);
    assert_true(fake_run_until(rig->event, &rig->meter.got.read_done, WAIT_MS));
    assert_value(&rig->meter, 230);
    assert_true(fake_run_until(rig->event, &rig->brake.got.read_done, WAIT_MS));
    assert_int_not_equal(rig->brake.got.read_error, 0);
    assert_true(fake_run_until(rig->event, &rig->brake.got.lost, WAIT_MS)); /* told after the reading */
    assert_true(rig->meter.got.ready);
    assert_good_day(rig);
}

/* An answer to the one that comes just after its time, while the other waits for its turn. */
static bool late_answer_is_nobodys(struct rig *rig)
{
    assert_good_day(rig);
    modbus_server_fault(rig->server, MODBUS_LATE, READ_INPUT, 1, TIMEOUT_MS + 15);
    begin_read(&rig->brake);
    fake_run_for(rig->event, 50);
    begin_read(&rig->meter);
    assert_true(fake_run_until(rig->event, &rig->brake.got.read_done, WAIT_MS));
    assert_int_not_equal(rig->brake.got.read_error, 0);
    assert_true(fake_run_until(rig->event, &rig->brake.got.lost, WAIT_MS)); /* told after the reading */
    assert_true(fake_run_until(rig->event, &rig->meter.got.read_done, WAIT_MS));
    if (rig->meter.got.read_error == 0)
        assert_value(&rig->meter, 230);
    else
        assert_true(fake_run_until(rig->event, &rig->meter.got.lost, WAIT_MS));
    return rig->meter.got.read_error == 0;
}

/* The line is heard out before the next is asked. Where other work holds the answer up it comes later than
 * that and spoils the other's reading, which is refused: then once more. */
static void test_late_answer(void **state)
{
    int tries = 0;

    while (!late_answer_is_nobodys(*state))
        assert_true(++tries < 6);
    assert_good_day(*state);
}

/* Both are lost with the port and found with it. */
static void test_port_is_pulled(void **state)
{
    struct rig *rig = *state;

    assert_good_day(rig);
    modbus_server_fault(rig->server, MODBUS_CLOSE, READ_INPUT, 1, 0);
    begin_read(&rig->brake);
    assert_true(fake_run_until(rig->event, &rig->brake.got.lost, WAIT_MS));
    begin_read(&rig->meter);
    assert_true(fake_run_until(rig->event, &rig->meter.got.lost, WAIT_MS));
    modbus_server_come_back(rig->server);
    assert_good_day(rig);
}

static void test_another_speed(void **state)
{
    struct rig *rig = *state;
    char address[160];
    struct unit other = {NULL};

    assert_good_day(rig);
    (void)snprintf(address, sizeof address, "%.*s,9600,8N1,19",
                   (int)strcspn(modbus_server_address(rig->server), ","), modbus_server_address(rig->server));
    make_unit(rig, meter_text, address, &other);
    assert_true(fake_run_until(rig->event, &other.got.lost, WAIT_MS));
    assert_non_null(strstr(other.instrument->fault, "another speed or frame"));
    (void)mb_instrument_free(other.instrument);
    assert_good_day(rig);
}

/* ---- turns ---- */

struct turns {
    struct mb_modbus_address address;
    atomic_int coming, order;
};

struct user {
    struct turns *turns;
    struct mb_modbus_line_user on_line;
    pthread_t thread;
    int r, place; /* in the order of their turns */
};

static void *take_turn(void *argument)
{
    struct user *u = argument;
    int fd;

    atomic_fetch_add(&u->turns->coming, 1);
    u->r = mb_modbus_line_begin(&u->on_line, &fd, NULL);
    u->place = atomic_fetch_add(&u->turns->order, 1);
    if (u->r == 0)
        mb_modbus_line_end(&u->on_line, 0);
    return NULL;
}

static void join_line(struct turns *t, bool urgent, struct user *ret)
{
    *ret = (struct user){.turns = t};
    assert_int_equal(mb_modbus_line_join(t->address.path, &t->address.serial, 1, &ret->on_line, NULL), 0);
    ret->on_line.urgent = urgent;
}

static void start_user(struct turns *t, struct user *u)
{
    const int before = atomic_load(&t->coming);

    assert_int_equal(pthread_create(&u->thread, NULL, take_turn, u), 0);
    while (atomic_load(&t->coming) == before)
        (void)usleep(1000);
    (void)usleep(20000); /* from here to the queue */
}

static void end_user(struct user *u)
{
    assert_int_equal(pthread_join(u->thread, NULL), 0);
    mb_modbus_line_leave(&u->on_line);
}

static bool urgent_goes_first(struct turns *t)
{
    struct user first, reads, switches;
    int fd;

    join_line(t, false, &first);
    join_line(t, false, &reads);
    join_line(t, true, &switches);
    assert_int_equal(mb_modbus_line_begin(&first.on_line, &fd, NULL), 0);
    start_user(t, &reads);
    start_user(t, &switches);
    mb_modbus_line_end(&first.on_line, 0);
    end_user(&reads);
    end_user(&switches);
    mb_modbus_line_leave(&first.on_line);
    return switches.place < reads.place;
}

/* A thread may be slow to come, so more than once: an order of coming would never do. */
static void test_urgent_first(void **state)
{
    struct modbus_server *server = modbus_server_new(true);
    struct turns t = {0};
    int tries = 0;

    (void)state;
    assert_int_equal(mb_modbus_address_parse(modbus_server_address(server), &t.address, NULL), 0);
    while (!urgent_goes_first(&t))
        assert_true(++tries < 20);
    mb_modbus_address_done(&t.address);
    (void)modbus_server_free(server);
}

/* Who is given up does not wait; who waits behind a port that has failed does not get it. */
static void test_no_turn(void **state)
{
    struct modbus_server *server = modbus_server_new(true);
    struct user first, given_up, behind;
    struct turns t = {0};
    int fd;

    (void)state;
    assert_int_equal(mb_modbus_address_parse(modbus_server_address(server), &t.address, NULL), 0);
    join_line(&t, false, &first);
    join_line(&t, false, &given_up);
    join_line(&t, false, &behind);
    assert_true(mb_modbus_line_wait_s(t.address.path) >= 3);
    assert_int_equal(mb_modbus_line_begin(&first.on_line, &fd, NULL), 0);
    start_user(&t, &given_up);
    start_user(&t, &behind);
    mb_modbus_line_cancel(&given_up.on_line);
    end_user(&given_up);
    assert_int_equal(given_up.r, -ECANCELED);
    mb_modbus_line_end(&first.on_line, -ENODEV);
    end_user(&behind);
    assert_int_equal(behind.r, -ENOTCONN);
    assert_true(mb_modbus_line_wait_s(t.address.path) == 0);
    mb_modbus_line_leave(&first.on_line);
    mb_modbus_address_done(&t.address);
    (void)modbus_server_free(server);
}

int main(void)
{
#define RTU(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RTU(test_take_turns),           RTU(test_one_is_silent), RTU(test_late_answer),
        RTU(test_port_is_pulled),       RTU(test_another_speed), cmocka_unit_test(test_urgent_first),
        cmocka_unit_test(test_no_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
