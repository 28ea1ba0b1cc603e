/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole way of the driver over USB: registry, shipped profile, engine, USBTMC, libusb; only the device is
 * emulated. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/private_run.h"
#include "support/usbtmc_scpi.h"
#include "transport/usb_loop.h"

#define VALUES ":NUMeric:NORMal:VALue?"
#define CONDITION ":STATus:CONDition?"
#define ERRORS ":STATus:ERRor?"

/* ---- a WT333E ---- */

static const struct usbfs_identity meter_identity = {
    .vendor = 0x0b21, .product = 0x0025, .serial = "43325545313630313856"};

static const struct fake_reply meter_table[] = {
    {"*IDN?", "YOKOGAWA,WT333E,C2UE16018V,F1.04"},
    {ERRORS, "0,\"No error\""},
    {CONDITION, "0"},
    {":COMMunicate:HEADer?", "1"},
    {":COMMunicate:VERBose?", "1"},
    {":INPut:WIRing?", "P3W4"},
    {":INPut:MODE?", "DC"},
    {":INPut:VOLTage:AUTO?", "1"},
    {":INPut:VOLTage:RANGe?", "600.0E+00"},
    {":INPut:CURRent:AUTO?", "1"},
    {":INPut:CURRent:RANGe?", "20.00E+00"},
    {":INPut:FILTer:LINE?", "1"},
    {":MEASure:AVERaging:STATe?", "1"},
    {":RATE?", "250.0E-03"},
    {":NUMeric:FORMat?", "FLO"},
    {":STATus:EESR?", "1"},
    {VALUES, ""},
    {NULL, NULL},
};

static const struct fake_reply meter_words[] = {
    {"ON", "1"}, {"OFF", "0"}, {"500MS", "500.0E-03"}, {"ASCii", "ASC"}, {NULL, NULL}};

static const struct {
    const char *item, *value, *channel;
    double expected;
} meter_values[] = {
    {"U,1", "229.93E+00", "voltage-1", 229.93},        {"U,2", "230.41E+00", "voltage-2", 230.41},
    {"U,3", "-0.23052E+03", "voltage-3", -230.52},     {"I,1", "3.1250E+00", "current-1", 3.125},
    {"I,2", "3.1375E+00", "current-2", 3.1375},        {"I,3", "3.1500E+00", "current-3", 3.15},
    {"P,SIGMA", "1.0432E+03", "active-power", 1043.2}, {"S,SIGMA", "1.2508E+03", "apparent-power", 1250.8},
    {"FU,1", "50.012E+00", "frequency", 50.012},
};

static const char *meter_value(const char *item)
{
    for (size_t i = 0; i < sizeof meter_values / sizeof *meter_values; i++)
        if (strcmp(meter_values[i].item, item) == 0)
            return meter_values[i].value;
    return "NAN"; /* harmonics: the option is not fitted */
}

static void good_answer(const struct usbtmc_scpi *u, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < USBTMC_SCPI_CHANNELS && u->item[i][0] && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? "," : "", meter_value(u->item[i]));
}

/* The reply holds the items in the order in which the driver chose them. */
static void meter_listens(struct usbtmc_scpi *u, const char *line)
{
    char item[24], reply[FAKE_TEXT_MAX];
    unsigned n;

    if (sscanf(line, ":NUMeric:NORMal:ITEM%u %23s", &n, item) != 2 || n < 1 || n > USBTMC_SCPI_CHANNELS)
        return;
    (void)snprintf(u->item[n - 1], sizeof u->item[0], "%s", item);
    good_answer(u, reply, sizeof reply);
    fake_table_answer(u->table, VALUES, reply);
}

#define METER_SETTING                                                                                        \
    (struct mb_instrument_setting)                                                                           \
    {                                                                                                        \
        .id = "meter", .profile = "yokogawa-wt300e", .address = "usbtmc:0b21:0025", .voltage_range_v = 300,  \
        .current_range_a = 5, .wiring = 4                                                                    \
    }

/* With a time-out that a test can wait for. */
static int set_up_meter(void **state)
{
    struct usbtmc_scpi *u = usbtmc_scpi_new(meter_table, meter_words, &meter_identity);

    if (!u)
        return -1;
    u->listen = meter_listens;
    usbtmc_scpi_hasten(u, "yokogawa-wt300e", "0.4");
    usbtmc_scpi_plug(u);
    usbtmc_scpi_make(u, u->folder, METER_SETTING);
    *state = u;
    return 0;
}

static void assert_values(const struct usbtmc_scpi *u)
{
    if (u->read_error != 0)
        fail_msg("error %d: %s", u->read_error, u->text);
    for (size_t i = 0; i < sizeof meter_values / sizeof *meter_values; i++) {
        const struct mb_reading *reading = usbtmc_scpi_reading(u, meter_values[i].channel);

        assert_int_equal(reading->validity, MB_VALID);
        assert_true(fabs(reading->value - meter_values[i].expected) < 1e-9);
    }
}

/* All channels have the values of the table, more than once. */
static void assert_reads_well(struct usbtmc_scpi *u)
{
    for (int i = 0; i < 3; i++) {
        usbtmc_scpi_read(u);
        assert_values(u);
    }
}

/* ---- a good day ---- */

static void shipped_profile_reads_every_channel(void **state)
{
    struct usbtmc_scpi *u = *state;
    const struct mb_reading *reading;

    u->instrument = mb_instrument_free(u->instrument);
    usbtmc_scpi_make(u, "driver/profiles", METER_SETTING);
    usbtmc_scpi_open(u);
    assert_string_equal(u->instrument->identity, "YOKOGAWA,WT333E,C2UE16018V,F1.04");
    assert_int_equal(usbtmc_scpi_count(u, ":INPut:WIRing V3A3"), 1);
    assert_int_equal(usbtmc_scpi_count(u, ":INPut:VOLTage:RANGe 300"), 1);
    assert_int_equal(usbtmc_scpi_count(u, ":NUMeric:NORMal:NUMber 23"), 1);
    usbtmc_scpi_read(u);
    assert_values(u);
    assert_int_equal(u->count, 23);
    /* (0.1 % of 229.93 V + 0.05 % of 300 V) / sqrt 3 */
    reading = usbtmc_scpi_reading(u, "voltage-1");
    assert_true(fabs(reading->standard_uncertainty - (0.22993 + 0.15) / sqrt(3)) < 1e-9);
    assert_true(reading->t_ns > 0);
    assert_int_equal(usbtmc_scpi_reading(u, "voltage-harmonic-5")->validity, MB_NO_DATA);
    assert_int_equal(usbtmc_scpi_seen(u).bad_tags, 0);
    assert_false(usbtmc_scpi_seen(u).remote); /* this maker's remote request fails */
}

static void serial_number_in_the_address(void **state)
{
    struct usbtmc_scpi *u = *state;
    struct mb_instrument_setting setting = METER_SETTING;

    u->instrument = mb_instrument_free(u->instrument);
    setting.address = "usbtmc:0b21:0025:C2UE16018V";
    usbtmc_scpi_make(u, u->folder, setting);
    usbtmc_scpi_open(u);
    assert_reads_well(u);
    u->instrument = mb_instrument_free(u->instrument);
    setting.address = "usbtmc:0b21:0025:C2UE16019V";
    usbtmc_scpi_make(u, u->folder, setting);
    assert_int_equal(u->instrument->ops->open(u->instrument), 0);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    assert_non_null(strstr(u->instrument->fault, "C2UE16019V"));
}

static void condition_register_spoils_readings(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_answer(u, CONDITION, "16384"); /* peak over, current of element 3 */
    usbtmc_scpi_read(u);
    assert_int_equal(u->read_error, 0);
    assert_int_equal(usbtmc_scpi_reading(u, "current-3")->validity, MB_OVER_RANGE);
    assert_int_equal(usbtmc_scpi_reading(u, "active-power")->validity, MB_OVER_RANGE);
    assert_int_equal(usbtmc_scpi_reading(u, "current-1")->validity, MB_VALID);
    usbtmc_scpi_answer(u, CONDITION, "0");
    assert_reads_well(u);
}

static void error_queue_spoils_the_reading(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_answer(u, ERRORS, "863,\"Illegal input element\"");
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -EIO, MB_GARBLED);
    assert_non_null(strstr(u->text, "Illegal input element"));
    usbtmc_scpi_answer(u, ERRORS, "0,\"No error\"");
    assert_reads_well(u);
}

/* A device may end its transfers where it likes. */
static void answers_in_small_pieces(void **state)
{
    struct usbtmc_scpi *u = *state;

    u->model.chunk = 7;
    usbtmc_scpi_open(u);
    assert_reads_well(u);
    assert_int_equal(usbtmc_scpi_seen(u).clears, 1);
}

/* The values, and blanks behind them up to a length. */
static void answer_of_length(struct usbtmc_scpi *u, size_t length)
{
    char good[FAKE_TEXT_MAX], *text = malloc(length + 1);

    assert_non_null(text);
    good_answer(u, good, sizeof good);
    (void)snprintf(text, length + 1, "%-*s", (int)length, good);
    usbtmc_scpi_answer(u, VALUES, text);
    free(text);
}

static void long_answer(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    answer_of_length(u, 65535); /* and a line end: all that is asked for at once */
    assert_reads_well(u);
    answer_of_length(u, 65536);
    assert_reads_well(u);
    assert_int_equal(usbtmc_scpi_seen(u).clears, 1);
}

static void answer_that_is_too_long(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    answer_of_length(u, 200000);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -EMSGSIZE, MB_GARBLED);
    answer_of_length(u, 1000);
    assert_reads_well(u);
    assert_int_equal(usbtmc_scpi_seen(u).clears, 2);
}

/* ---- bad manners ---- */

/* The first reading after it is right, without opening the device again. */
static void assert_recovers_by_clear(struct usbtmc_scpi *u, unsigned clears)
{
    assert_reads_well(u);
    assert_int_equal(u->instrument->state, MB_INSTRUMENT_READY);
    assert_int_equal(usbtmc_scpi_seen(u).clears, clears);
    assert_int_equal(usbfs_front_counters(u->front).claims, 1);
}

static void read_while(struct usbtmc_scpi *u, enum fake_mode mode, const char *query, int error,
                       enum mb_validity validity)
{
    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, mode, query, 1);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, error, validity);
    assert_recovers_by_clear(u, 2);
}

static void no_answer(void **state)
{
    struct usbtmc_scpi *u = *state;

    read_while(u, FAKE_SILENT, VALUES, -ETIMEDOUT, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_seen(u).aborts >= 1);
}

static void no_answer_to_the_last_query(void **state)
{
    read_while(*state, FAKE_SILENT, ERRORS, -ETIMEDOUT, MB_LINK_FAULT);
}

static void answer_of_the_query_before(void **state)
{
    read_while(*state, FAKE_PREVIOUS, VALUES, -EPROTO, MB_GARBLED);
}

static void answer_of_the_query_before_as_condition(void **state)
{
    read_while(*state, FAKE_PREVIOUS, CONDITION, -EPROTO, MB_GARBLED);
}

static void garbage(void **state)
{
    read_while(*state, FAKE_GARBAGE, VALUES, -EPROTO, MB_GARBLED);
}

static void two_answers_in_one_message(void **state)
{
    read_while(*state, FAKE_TWICE, VALUES, -EPROTO, MB_GARBLED);
}

/* Again and again, the driver neither gives up nor believes it. */
static void no_answer_every_other_time(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    for (int i = 0; i < 4; i++) {
        usbtmc_scpi_misbehave(u, FAKE_SILENT, VALUES, 1);
        usbtmc_scpi_read(u);
        usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
        usbtmc_scpi_read(u);
        assert_values(u);
    }
    assert_int_equal(usbtmc_scpi_seen(u).clears, 5);
}

static void no_answer_for_good(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, FAKE_SILENT, NULL, 0);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 2000));
    assert_non_null(strstr(u->instrument->fault, "*IDN?"));
    usbtmc_scpi_misbehave(u, FAKE_NORMAL, NULL, 0);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
    assert_reads_well(u);
}

/* The answer of the old measurement, to be told from a new one by its values. */
static void miss_an_answer(struct usbtmc_scpi *u)
{
    char good[FAKE_TEXT_MAX];

    usbtmc_scpi_open(u);
    good_answer(u, good, sizeof good);
    usbtmc_scpi_answer(u, VALUES, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1");
    usbtmc_scpi_misbehave(u, FAKE_LATE, VALUES, 1);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
    usbtmc_scpi_answer(u, VALUES, good);
}

/* Reads for a while, over losses too: every valid reading is a new one. */
static void assert_late_answer_is_nobodys(struct usbtmc_scpi *u)
{
    const uint64_t end_ns = mb_monotonic_ns() + UINT64_C(2500000000);
    unsigned good = 0;

    while (good < 5 && mb_monotonic_ns() < end_ns) {
        usbtmc_scpi_read(u);
        if (u->read_error == 0) {
            assert_values(u);
            good++;
        }
        usbtmc_scpi_run_for(u, 20);
    }
    assert_int_equal(good, 5);
}

static void late_answer_before_the_next_question(void **state)
{
    struct usbtmc_scpi *u = *state;

    miss_an_answer(u);
    usbtmc_scpi_answer_late(u); /* during the clear */
    assert_late_answer_is_nobodys(u);
}

static void late_answer_after_the_clear(void **state)
{
    struct usbtmc_scpi *u = *state;

    miss_an_answer(u);
    usbtmc_scpi_misbehave(u, FAKE_SILENT, "*IDN?", 1);
    usbtmc_scpi_run_for(u, 350); /* the clear is over, the identity asked for */
    usbtmc_scpi_answer_late(u);
    assert_late_answer_is_nobodys(u);
}

/* The device has forgotten neither the request nor its number. */
static void late_answer_with_its_old_tag(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.reply_survives_clear = true});
    miss_an_answer(u);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    assert_non_null(strstr(u->instrument->fault, "reply has tag"));
    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){0});
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
    assert_late_answer_is_nobodys(u);
}

/* A device that refuses the clear: its port is reset, and it is asked who it is. */
static void no_answer_and_no_clear(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.stall_clear = true});
    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, FAKE_SILENT, VALUES, 1);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
    assert_reads_well(u);
    assert_int_equal(usbfs_front_counters(u->front).resets, 1);
    assert_int_equal(usbtmc_scpi_count(u, "*IDN?"), 2);
    assert_false(u->lost);
}

/* Not even the reset helps: lost, with the reason, and no second reset until it has worked again. */
static void no_answer_and_nothing_helps(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){.control_silent = true});
    usbtmc_scpi_misbehave(u, FAKE_SILENT, VALUES, 1);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ETIMEDOUT, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 5000));
    assert_non_null(strstr(u->instrument->fault, "GET_CAPABILITIES"));
    assert_int_equal(usbfs_front_counters(u->front).resets, 1);
    usbtmc_scpi_set_faults(u, (struct usbtmc_faults){0});
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
    assert_reads_well(u);
    assert_int_equal(usbfs_front_counters(u->front).resets, 1);
}

/* ---- what a crashed program has left ---- */

static void leave(struct usbtmc_scpi *u, const char *question, bool asked)
{
    uint8_t out[64] = {1, 200, 55, 0, (uint8_t)strlen(question), 0, 0, 0, 1};
    const uint8_t request[12] = {2, 201, 54, 0, 0, 1};

    memcpy(out + 12, question, strlen(question));
    usbfs_front_lock(u->front);
    assert_true(usbtmc_model_bulk_out(&u->model, out, (12 + strlen(question) + 3) / 4 * 4) > 0);
    if (asked)
        assert_int_equal(usbtmc_model_bulk_out(&u->model, request, sizeof request), sizeof request);
    usbfs_front_unlock(u->front);
}

/* At the first attempt. */
static void assert_opens_clean(struct usbtmc_scpi *u)
{
    usbtmc_scpi_open(u);
    assert_int_equal(usbfs_front_counters(u->front).claims, 1);
    assert_reads_well(u);
}

static void stale_answer_at_open(void **state)
{
    struct usbtmc_scpi *u = *state;

    leave(u, ":RATE?\n", false);
    assert_true(usbtmc_scpi_seen(u).output_size > 0);
    assert_opens_clean(u);
}

static void stale_request_at_open(void **state)
{
    struct usbtmc_scpi *u = *state;

    leave(u, ":RATE?\n", true);
    assert_opens_clean(u);
}

static void half_read_answer_at_open(void **state)
{
    struct usbtmc_scpi *u = *state;
    uint8_t packet[512];

    u->model.packet = 64;
    usbtmc_scpi_answer(u, VALUES, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1");
    leave(u, VALUES "\n", true);
    usbfs_front_lock(u->front);
    assert_int_equal(usbtmc_model_bulk_in(&u->model, packet, 64), 64);
    assert_true(u->model.in_open);
    usbfs_front_unlock(u->front);
    assert_opens_clean(u);
}

static void errors_left_at_open(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_misbehave(u, FAKE_PREVIOUS, ERRORS, 1); /* something that is not "no error", once */
    assert_opens_clean(u);
}

/* ---- the plug ---- */

static void unplug_while_reading(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_misbehave(u, FAKE_LATE, VALUES, 1);
    usbtmc_scpi_begin_read(u);
    usbtmc_scpi_run_for(u, 50);
    assert_false(u->read_done);
    usbfs_front_unplug(u->front);
    assert_true(usbtmc_scpi_run_until(u, &u->read_done, 1000));
    usbtmc_scpi_assert_invalid(u, -ENODEV, MB_LINK_FAULT);
    assert_non_null(strstr(u->text, "unplugged"));
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    assert_string_equal(u->instrument->fault, "USB device 0b21:0025 was unplugged");
    usbtmc_scpi_read(u); /* says the same while it is away */
    usbtmc_scpi_assert_invalid(u, -ENOTCONN, MB_LINK_FAULT);
    usbtmc_scpi_plug(u);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
    assert_int_equal(usbtmc_scpi_count(u, ":INPut:WIRing V3A3"), 2); /* set up anew */
    assert_reads_well(u);
}

static void unplug_before_reading(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_unplug(u->front);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -ENODEV, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    assert_string_equal(u->instrument->fault, "USB device 0b21:0025 was unplugged");
    usbtmc_scpi_run_for(u, 1200); /* the first attempt */
    assert_non_null(strstr(u->instrument->fault, "not plugged in"));
    usbtmc_scpi_plug(u);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 4000));
    assert_reads_well(u);
}

/* The cable's own error comes first; nobody asks in between. */
static void unplug_after_a_transfer_error(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_set_broken(u->front, true);
    usbtmc_scpi_begin_read(u);
    usbtmc_scpi_run_for(u, 100);
    usbfs_front_unplug(u->front);
    assert_true(usbtmc_scpi_run_until(u, &u->read_done, 1000));
    usbtmc_scpi_assert_invalid(u, -ENODEV, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    assert_string_equal(u->instrument->fault, "USB device 0b21:0025 was unplugged");
}

static void transfer_errors_are_link_faults(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_set_broken(u->front, true);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_invalid(u, -EIO, MB_LINK_FAULT);
    assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000));
    usbfs_front_set_broken(u->front, false);
    assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
    assert_reads_well(u);
}

static void another_instrument_in_its_place(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbfs_front_unplug(u->front);
    usbtmc_scpi_read(u);
    usbtmc_scpi_answer(u, "*IDN?", "YOKOGAWA,WT333E,C2UE16099V,F1.04");
    usbtmc_scpi_plug(u);
    usbtmc_scpi_run_for(u, 1500);
    assert_false(u->ready);
    assert_non_null(strstr(u->instrument->fault, "another instrument"));
}

/* Another USB instrument on the same loop keeps libusb alive: the new device must be found all the same. */
static void replug_beside_another_instrument(void **state)
{
    struct usbtmc_scpi *u = *state;
    struct mb_usb_loop *other;

    if (access("/run/udev/control", F_OK) < 0)
        SKIP_TEST("no /run/udev/control and no right to make a private one");
    assert_int_equal(mb_usb_loop_acquire(u->event, &other, NULL), 0);
    usbtmc_scpi_open(u);
    for (int i = 0; i < 2; i++) {
        usbfs_front_unplug(u->front);
        assert_true(usbtmc_scpi_run_until(u, &u->lost, 1000)); /* although nobody asks anything */
        assert_string_equal(u->instrument->fault, "USB device 0b21:0025 was unplugged");
        usbtmc_scpi_plug(u);
        assert_true(usbtmc_scpi_run_until(u, &u->ready, 15000));
        assert_reads_well(u);
    }
    (void)mb_usb_loop_release(other);
}

/* ---- at rest ---- */

static void idle_meter_sleeps(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    usbtmc_scpi_read(u);
    usbtmc_scpi_assert_idle(u);
}

static void the_panel_is_free_at_the_end(void **state)
{
    struct usbtmc_scpi *u = *state;

    usbtmc_scpi_open(u);
    u->instrument->ops->close(u->instrument);
    assert_int_equal(usbtmc_scpi_count(u, ":COMMunicate:REMote OFF"), 1);
}

#define METER(name) cmocka_unit_test_setup_teardown(name, set_up_meter, usbtmc_scpi_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        METER(shipped_profile_reads_every_channel),
        METER(serial_number_in_the_address),
        METER(the_panel_is_free_at_the_end),
        METER(condition_register_spoils_readings),
        METER(error_queue_spoils_the_reading),
        METER(answers_in_small_pieces),
        METER(long_answer),
        METER(answer_that_is_too_long),
        METER(no_answer),
        METER(no_answer_to_the_last_query),
        METER(answer_of_the_query_before),
        METER(answer_of_the_query_before_as_condition),
        METER(garbage),
        METER(two_answers_in_one_message),
        METER(no_answer_every_other_time),
        METER(no_answer_for_good),
        METER(late_answer_before_the_next_question),
        METER(late_answer_after_the_clear),
        METER(late_answer_with_its_old_tag),
        METER(no_answer_and_no_clear),
        METER(no_answer_and_nothing_helps),
        METER(stale_answer_at_open),
        METER(stale_request_at_open),
        METER(half_read_answer_at_open),
        METER(errors_left_at_open),
        METER(unplug_while_reading),
        METER(unplug_before_reading),
        METER(unplug_after_a_transfer_error),
        METER(transfer_errors_are_link_faults),
        METER(another_instrument_in_its_place),
        METER(replug_beside_another_instrument),
        METER(idle_meter_sleeps),
    };

    /* Without the right to it one test is skipped. */
    if (access("/run/udev/control", F_OK) < 0)
        (void)private_run_make();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
