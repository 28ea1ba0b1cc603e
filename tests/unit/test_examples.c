/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The example files are read by the code that reads a user's, and are worth copying. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/file.h"
#include "document/sheet.h"
#include "main/configuration.h"

#define EXAMPLES "docs/examples/"

static void bench_is_read(void **state)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_error err = {""};

    (void)state;
    if (mb_bench_setting_load(EXAMPLES "bench.yaml", &setting, &err) < 0)
        fail_msg("%s", err.text);
    assert_false(setting->simulated);
    assert_int_equal(setting->instrument_count, 5);
    assert_true(setting->analyser >= 0 && setting->supply_source >= 0 && setting->load_machine >= 0);
    assert_true(setting->winding.instrument >= 0);
    assert_int_equal(setting->monitored_count, 2);
    mb_bench_setting_free(setting);
}

/* Only with this wiring are there three voltages line to line, and so a mean. */
static void analyser_is_wired_for_three_phases(void **state)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_bench_setting_load(EXAMPLES "bench.yaml", &setting, &err), 0);
    assert_string_equal(mb_wirings[setting->instruments[setting->analyser].wiring], "3V3A");
    mb_bench_setting_free(setting);
}

static void every_instrument_can_be_made(void **state)
{
    struct mb_bench_setting *setting = NULL;
    struct mb_error err = {""};
    struct mb_bench *bench = NULL;
    sd_event *event = NULL;

    (void)state;
    assert_true(sd_event_new(&event) >= 0);
    assert_int_equal(mb_bench_setting_load(EXAMPLES "bench.yaml", &setting, &err), 0);
    if (mb_bench_new(event, setting, "driver/profiles", &bench, &err) < 0)
        fail_msg("%s", err.text);
    mb_bench_free(bench);
    sd_event_unref(event);
}

static void motor_has_what_a_run_needs(void **state)
{
    struct mb_error err = {""};
    struct mb_motor motor;

    (void)state;
    if (mb_motor_load(EXAMPLES "motor.yaml", &motor, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(isfinite(motor.rated.current_a) && isfinite(motor.rated.speed_rpm));
    assert_int_equal(motor.sealing_ring, MB_SEAL_REMOVED);
    assert_string_equal(motor.sample.origin, "random");
    mb_motor_clear(&motor);
}

/* Its benches are those of whoever runs this test: the copy that is read looks for them where none are. */
static void copy_without_benches(const char *path)
{
    static const char benches[] = "/etc/motorbench/benches\n";
    struct mb_error err = {""};
    char *text = NULL, *at;
    size_t size;

    assert_int_equal(mb_file_read(EXAMPLES "motorbenchd.yaml", 65536, &text, &size, &err), 0);
    at = strstr(text, benches);
    assert_non_null(at);
    memcpy(at, "/nonexistent           ", sizeof benches - 2);
    assert_int_equal(mb_file_write(path, text, size, &err), 0);
    free(text);
}

static void configuration_is_read(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct mb_configuration configuration;
    struct mb_error err = {""};
    char path[128];
    int fd;

    (void)state;
    (void)snprintf(path, sizeof path, "%.80s/mb-example-XXXXXX", tmp ? tmp : "/tmp");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    copy_without_benches(path);
    if (mb_configuration_load(path, true, &configuration, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(configuration.state_directory, "/var/lib/motorbench");
    assert_non_null(configuration.laboratory.name);
    mb_configuration_clear(&configuration);
    assert_int_equal(unlink(path), 0);
}

static void sheet_is_read(void **state)
{
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};

    (void)state;
    if (mb_sheet_load(EXAMPLES "modelica-18k5.yaml", &sheet, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(sheet->input.load_count, 1);
    mb_sheet_free(sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bench_is_read),
        cmocka_unit_test(analyser_is_wired_for_three_phases),
        cmocka_unit_test(every_instrument_can_be_made),
        cmocka_unit_test(motor_has_what_a_run_needs),
        cmocka_unit_test(configuration_is_read),
        cmocka_unit_test(sheet_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
