/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `motorbench waveform iio:...` beside the simulated bench: what it says live it says of its recording too.
 */
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/run_program.h"
#include "support/sim_process.h"

struct rig {
    struct sim_process sim;
    char program[256], address[64], recording[128];
};

static int setup(void **state)
{
    static const char *const options[] = {"--factor", "1", "--errors", "off", NULL};
    struct rig *rig = calloc(1, sizeof *rig);
    char answer[256];
    int fd;

    assert_non_null(rig);
    sim_process_start(&rig->sim, options);
    (void)run_program_path("motorbench-waveform", rig->program, sizeof rig->program);
    (void)snprintf(rig->address, sizeof rig->address, "iio:ip:127.0.0.1:%d,waveforms",
                   sim_process_port(&rig->sim, "daq"));
    (void)snprintf(rig->recording, sizeof rig->recording, "%s/live.mbw", rig->sim.folder);
    fd = sim_connect(sim_process_port(&rig->sim, "source"));
    sim_say(fd, "VOLT:RANG HIGH\nVOLT:AC 230.94\nFREQ 50\nOUTP ON\n");
    (void)sim_ask(fd, "OUTP?\n", answer, sizeof answer);
    assert_string_equal(answer, "ON");
    (void)close(fd);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)unlink(rig->recording);
    sim_process_clear(&rig->sim);
    free(rig);
    return 0;
}

/* argv[0] is the program's place. */
static json_t *ask(const struct rig *rig, const char *argv[], int status)
{
    struct run_result result;
    json_t *document;

    argv[0] = rig->program;
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != status)
        fail_msg("status %d, expected %d: %s%s", result.status, status, result.out, result.err);
    document = json_loads(result.out, 0, NULL);
    assert_int_equal(document == NULL, status == 2);
    run_result_clear(&result);
    return document;
}

static void same(const json_t *live, const json_t *file, const char *key)
{
    char *a = json_dumps(json_object_get(live, key), JSON_ENCODE_ANY);
    char *b = json_dumps(json_object_get(file, key), JSON_ENCODE_ANY);

    assert_string_equal(a, b);
    free(a);
    free(b);
}

static const char channels[] =
    "voltage0=voltage:V:gain=40,voltage1=voltage:V:gain=40,voltage2=voltage:V:gain=40,"
    "voltage3=current:A:gain=25,voltage4=current:A:gain=25,voltage5=current:A:gain=25";

static void test_live_and_file(void **state)
{
    struct rig *rig = *state;
    const char *live_words[] = {"",           rig->address, "--seconds", "1",     "--record", rig->recording,
                                "--channels", channels,     "--report",  "power", "--json",   NULL};
    const char *file_words[] = {"", rig->recording, "--report", "power", "--json", NULL};
    json_t *live = ask(rig, live_words, 0), *file = ask(rig, file_words, 0), *channel;
    static const char *const keys[] = {"values", "samples", "rate_hz", "channels", "valid", "reasons"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        same(live, file, keys[i]);
    assert_int_equal(json_integer_value(json_object_get(live, "samples")), 10000);
    channel = json_array_get(json_object_get(json_object_get(live, "values"), "channels"), 0);
    assert_in_range((int)json_number_value(json_object_get(channel, "rms")), 20,
                    250); /* the source still rises */
    json_decref(live);
    json_decref(file);
}

/* Two devices side by side are one recording, with the delay that is left between them. */
static void test_two_devices(void **state)
{
    static const char of_two[] = "waveforms/voltage0=voltage:V:gain=40,waveforms/voltage3=current:A:gain=25,"
                                 "adc/voltage0=torque:Nm:gain=0.4";
    static const char *const keys[] = {"values", "samples", "rate_hz", "channels", "valid", "reasons"};
    struct rig *rig = *state;
    char both[80];
    const char *live_words[] = {"",         both,       "--seconds",    "1",          "--rate",
                                "10000",    "--record", rig->recording, "--channels", of_two,
                                "--report", "power",    "--json",       NULL};
    const char *other_words[] = {"", both, "--channels", "waveforms/voltage0=voltage:V", NULL};
    const char *file_words[] = {"", rig->recording, "--report", "power", "--json", NULL};
    json_t *live, *file;

    (void)snprintf(both, sizeof both, "%.60s,adc", rig->address);
    live = ask(rig, live_words, 0);
    file = ask(rig, file_words, 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        same(live, file, keys[i]);
    assert_int_equal(json_integer_value(json_object_get(file, "samples")), 10000);
    assert_int_equal(json_array_size(json_object_get(file, "channels")), 3);
    json_decref(live);
    json_decref(file);
    assert_null(ask(rig, other_words, 2)); /* nothing of the second is wanted */
}

/* Without --report a recording is made and nothing else; a file that is there stays. */
static void test_record_only(void **state)
{
    struct rig *rig = *state;
    const char *record_words[] = {"",      rig->address, "--seconds",    "0.3",    "--rate",
                                  "20000", "--record",   rig->recording, "--json", NULL};
    const char *file_words[] = {"", rig->recording, "--report", "vibration", "--json", NULL};
    json_t *record = ask(rig, record_words, 0), *file = ask(rig, file_words, 3); /* too short, but readable */

    assert_true(json_number_value(json_object_get(file, "rate_hz")) == 20000);
    assert_int_equal(json_array_size(json_object_get(file, "channels")), 13);
    assert_null(json_object_get(record, "report"));
    json_decref(record);
    json_decref(file);
    assert_null(ask(rig, record_words, 2));
}

static void test_refusals(void **state)
{
    struct rig *rig = *state;
    char nothing[80];
    const char *channel[] = {"", rig->address, "--channels", "voltage77=voltage:V", NULL};
    const char *seconds[] = {"", "/dev/null", "--seconds", "1", NULL};
    const char *trigger[] = {"", rig->address, "--trigger", "hrtimer:mb-test", NULL};
    const char *rate[] = {"", rig->address, "--rate", "999999", NULL};
    const char *device[] = {"", nothing, NULL};

    (void)snprintf(nothing, sizeof nothing, "%.60s-not", rig->address);
    assert_null(ask(rig, channel, 2));
    assert_null(ask(rig, seconds, 2));
    assert_null(ask(rig, trigger, 2));
    assert_null(ask(rig, rate, 2));
    assert_null(ask(rig, device, 2));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_live_and_file), TEST(test_two_devices),
                                       TEST(test_record_only), TEST(test_refusals)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
