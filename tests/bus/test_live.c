/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenLive, OpenLiveOf and OpenWaveform of the daemon: rings that fill while somebody looks, and refusals. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "support/daemon_fixture.h"
#include "support/eventually.h"
#include "waveform/ring.h"

#define NAME "org.motorbench1"
#define BENCH "/org/motorbench1/bench/sim"

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", "--seed", "3", NULL};

static int setup(void **state)
{
    struct daemon_fixture *f = calloc(1, sizeof *f);

    *state = f;
    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    return 0;
}

static int teardown(void **state)
{
    daemon_fixture_clear(*state);
    free(*state);
    return 0;
}

/* The ring that the daemon hands out; the message keeps the descriptor. instrument "": the first. */
static struct mb_ring_reader *open_ring_of(struct daemon_fixture *f, const char *kind, const char *instrument)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    struct mb_ring_reader *reader = NULL;
    sd_bus_message *reply = NULL;
    struct mb_error err = {""};
    int fd = -1, r;

    r = instrument[0] ? sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "OpenLiveOf", &error,
                                           &reply, "ss", kind, instrument)
                      : sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "OpenLive", &error, &reply,
                                           "s", kind);
    if (r < 0)
        fail_msg("%s: %s", error.name, error.message);
    assert_true(sd_bus_message_read(reply, "h", &fd) > 0);
    if (mb_ring_reader_new(fd, &reader, &err) < 0)
        fail_msg("%s", err.text);
    sd_bus_message_unref(reply);
    return reader;
}

static struct mb_ring_reader *open_ring(struct daemon_fixture *f, const char *kind)
{
    return open_ring_of(f, kind, "");
}

static void assert_refused(struct daemon_fixture *f, const char *path, const char *interface,
                           const char *member, const char *word, const char *expected)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;

    assert_true(sd_bus_call_method(f->client, NAME, path, interface, member, &error, NULL, "s", word) < 0);
    if (!error.name || strcmp(error.name, expected) != 0)
        fail_msg("%s: %s", error.name, error.message);
    sd_bus_error_free(&error);
}

static bool has_frames(void *userdata)
{
    return mb_ring_reader_written(userdata) >= 3;
}

static bool has_ended(void *userdata)
{
    return mb_ring_reader_ended(userdata);
}

static void rings_fill_while_somebody_looks(void **state)
{
    struct daemon_fixture *f = *state;
    struct mb_ring_reader *scope = open_ring(f, "scope"), *spectrum = open_ring(f, "spectrum");
    const struct mb_ring_header *h = mb_ring_reader_header(scope);
    float *values = calloc((size_t)h->channel_count * h->frame_points, sizeof *values);
    struct mb_ring_info info;

    assert_true(h->kind == MB_RING_SCOPE && mb_ring_reader_header(spectrum)->kind == MB_RING_SPECTRUM);
    assert_string_equal(h->channels[0].name, "u1");
    assert_string_equal(h->channels[0].quantity, "voltage");
    assert_true(eventually(has_frames, scope, FIXTURE_PATIENCE_MS));
    assert_int_equal(mb_ring_reader_read(scope, mb_ring_reader_written(scope) - 1, &info, values), 0);
    assert_true(info.count > 0 && info.step == 1 / h->rate_hz);
    assert_int_equal(sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "CloseLive", NULL, NULL, ""),
                     1);
    assert_true(eventually(has_ended, scope, FIXTURE_PATIENCE_MS));
    assert_true(mb_ring_reader_ended(spectrum));
    (void)mb_ring_reader_free(scope);
    (void)mb_ring_reader_free(spectrum);
    scope = open_ring(f, "scope"); /* again, and the daemon's end is the ring's */
    assert_true(eventually(has_frames, scope, FIXTURE_PATIENCE_MS));
    assert_int_equal(daemon_fixture_stop(f), 0);
    assert_true(mb_ring_reader_ended(scope));
    (void)mb_ring_reader_free(scope);
    free(values);
}

/* The simulated instruments share one converter, so one at a time. */
static void each_instrument_has_rings(void **state)
{
    struct daemon_fixture *f = *state;
    struct mb_ring_reader *scope = open_ring_of(f, "scope", "accelerometers");

    assert_string_equal(mb_ring_reader_header(scope)->channels[0].quantity, "acceleration");
    assert_true(eventually(has_frames, scope, FIXTURE_PATIENCE_MS));
    assert_int_equal(sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "CloseLive", NULL, NULL, ""),
                     1);
    assert_true(eventually(has_ended, scope, FIXTURE_PATIENCE_MS));
    (void)mb_ring_reader_free(scope);
}

static void what_is_not_there_is_refused(void **state)
{
    struct daemon_fixture *f = *state;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *path = NULL, **streams = NULL;

    assert_refused(f, BENCH, NAME ".Bench", "OpenLive", "waterfall", NAME ".Error.InvalidArgument");
    assert_true(sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "CloseLive", NULL, NULL, "") < 0);
    assert_true(sd_bus_call_method(f->client, NAME, BENCH, NAME ".Bench", "OpenLiveOf", &error, NULL, "ss",
                                   "scope", "analyser") < 0);
    assert_string_equal(error.name, NAME ".Error.NotFound");
    assert_non_null(strstr(error.message, "those of these do: waveforms, microphone, accelerometers"));
    sd_bus_error_free(&error);
    assert_true(sd_bus_get_property_strv(f->client, NAME, BENCH, NAME ".Bench", "Streams", NULL, &streams) >=
                0);
    assert_string_equal(streams[0], "waveforms");
    assert_string_equal(streams[2], "accelerometers");
    assert_null(streams[3]);
    for (size_t i = 0; i < 3; i++)
        free(streams[i]);
    free(streams);
    daemon_fixture_run(f);
    assert_true(sd_bus_path_encode("/org/motorbench1/record", f->uuid, &path) >= 0);
    assert_refused(f, path, NAME ".Record", "OpenWaveform", "none", NAME ".Error.NotFound");
    assert_refused(f, path, NAME ".Record", "OpenWaveform", "../none", NAME ".Error.InvalidArgument");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rings_fill_while_somebody_looks, setup, teardown),
        cmocka_unit_test_setup_teardown(each_instrument_has_rings, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
