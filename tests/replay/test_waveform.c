/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench waveform over files made here: the figures, the same bytes whatever the format, and bad input.
 */
#include "support/test.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/run_program.h"
#include "support/tree.h"
#include "waveform/recording.h"

#define RATE_HZ 10000.0
#define COUNT 8192 /* 0.8192 s: four windows of 10 cycles */

static char folder[] = "/tmp/test_waveform.XXXXXX";
static char path_buffer[8][128];

/* A file in the folder; valid until eight calls later. */
static const char *path_of(const char *name)
{
    static unsigned next;
    char *path = path_buffer[next++ % 8];

    (void)snprintf(path, sizeof path_buffer[0], "%s/%s", folder, name);
    return path;
}

static FILE *make(const char *name)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    return file;
}

/* 325 V and 3.25 V of order 5; a current that lags by 30 degrees. */
static void signal_at(size_t i, double *ret_u, double *ret_i)
{
    double angle = 2 * M_PI * 50 * (double)i / RATE_HZ;

    *ret_u = 325 * sin(angle) + 3.25 * sin(5 * angle);
    *ret_i = 10 * M_SQRT2 * sin(angle - M_PI / 6);
}

static void make_csv(void)
{
    FILE *file = make("power.csv");
    double u, i;

    (void)fprintf(file, "t (s),u1 (V),i1 (A)\n");
    for (size_t k = 0; k < COUNT; k++) {
        signal_at(k, &u, &i);
        (void)fprintf(file, "%.4f,%.17g,%.17g\n", (double)k / RATE_HZ, u, i);
    }
    (void)fclose(file);
}

static void make_recording(void)
{
    static const struct mb_wave_channel channels[] = {
        {.name = "u1", .quantity = MB_WAVE_VOLTAGE, .gain = 1, .limit = INFINITY},
        {.name = "i1", .quantity = MB_WAVE_CURRENT, .gain = 1, .limit = INFINITY}};
    static const enum mb_wave_storage storage[] = {MB_WAVE_DOUBLE, MB_WAVE_DOUBLE};
    static double u[COUNT], i[COUNT];
    struct mb_recording_setting setting = {
        .rate_hz = RATE_HZ, .channel_count = 2, .channels = channels, .storage = storage};
    struct mb_recording_writer *writer;
    struct mb_error err = {""};

    for (size_t k = 0; k < COUNT; k++)
        signal_at(k, &u[k], &i[k]);
    assert_int_equal(mb_recording_writer_new(path_of("power.wave"), &setting, &writer, &err), 0);
    for (size_t k = 0; k < COUNT; k += 1024) {
        const void *samples[] = {u + k, i + k};
        struct mb_recording_block block = {.first = k, .rate_hz = RATE_HZ, .count = 1024, .samples = samples};

        assert_int_equal(mb_recording_write(writer, &block, &err), 0);
    }
    (void)mb_recording_writer_free(writer);
}

/* One channel of a sine in 16 bits, at that part of full scale. */
static void make_wav(const char *name, uint32_t rate, uint32_t seconds, double frequency_hz, double part)
{
    uint32_t size = 2 * rate * seconds, riff = 36 + size, bytes_a_second = 2 * rate, sixteen = 16;
    uint16_t words[] = {1, 1}, rest[] = {2, 16};
    FILE *file = make(name);

    (void)fwrite("RIFF", 1, 4, file);
    (void)fwrite(&riff, 4, 1, file);
    (void)fwrite("WAVEfmt ", 1, 8, file);
    (void)fwrite(&sixteen, 4, 1, file);
    (void)fwrite(words, 2, 2, file);
    (void)fwrite(&rate, 4, 1, file);
    (void)fwrite(&bytes_a_second, 4, 1, file);
    (void)fwrite(rest, 2, 2, file);
    (void)fwrite("data", 1, 4, file);
    (void)fwrite(&size, 4, 1, file);
    for (uint32_t k = 0; k < rate * seconds; k++) {
        double x = 32768 * part * sin(2 * M_PI * frequency_hz * k / rate);
        int16_t sample = (int16_t)lrint(fmin(32767, fmax(-32768, x)));

        (void)fwrite(&sample, 2, 1, file);
    }
    (void)fclose(file);
}

static void make_text(const char *name, const char *text)
{
    FILE *file = make(name);

    assert_true(fputs(text, file) >= 0);
    (void)fclose(file);
}

static int make_files(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    make_csv();
    make_recording();
    make_wav("sound.wav", 48000, 3, 1000, 0.5);
    make_wav("loud.wav", 48000, 3, 1000, 1.5);
    return 0;
}

static int remove_files(void **state)
{
    struct run_result result;
    const char *const argv[] = {"rm", "-rf", folder, NULL};

    (void)state;
    (void)run_program(argv, NULL, &result);
    run_result_clear(&result);
    return 0;
}

/* "motorbench waveform FILE --json WORD...": the document. */
static json_t *ask(const char *name, const char *const words[], int status)
{
    char program[256];
    const char *argv[16] = {run_program_path("motorbench", program, sizeof program), "waveform",
                            path_of(name), "--json"};
    struct run_result result;
    json_t *document;

    for (size_t i = 0; words && words[i] && i < 11; i++)
        argv[4 + i] = words[i];
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != status)
        fail_msg("%s: exit status %d: %s%s", name, result.status, result.out, result.err);
    document = json_loads(result.out, 0, NULL);
    assert_non_null(document);
    run_result_clear(&result);
    return document;
}

/* A member by its way: keys and indices with points between them. */
static double number_at(const json_t *document, const char *way)
{
    char text[128], *rest = text, *word;

    (void)snprintf(text, sizeof text, "%s", way);
    while ((word = strsep(&rest, ".")) != NULL)
        document = json_is_array(document) ? json_array_get(document, (size_t)strtoul(word, NULL, 10))
                                           : json_object_get(document, word);
    if (!json_is_number(document))
        fail_msg("%s is no number", way);
    return json_number_value(document);
}

static void assert_number(const json_t *document, const char *way, double expected, double tolerance)
{
    double value = number_at(document, way);

    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s is %.12g and not %.12g", way, value, expected);
}

static void assert_reason(const json_t *document, const char *id)
{
    json_t *reason;
    size_t i;

    json_array_foreach(json_object_get(document, "reasons"), i,
                       reason) if (strcmp(json_string_value(json_object_get(reason, "id")), id) == 0) return;
    fail_msg("the reason %s is not given", id);
}

static void power_of_a_known_signal(void **state)
{
    json_t *d = ask("power.csv", NULL, 0);
    double p = 325 * 10 / M_SQRT2 * cos(M_PI / 6), u = sqrt((325 * 325 + 3.25 * 3.25) / 2);

    (void)state;
    assert_true(json_is_true(json_object_get(d, "valid")));
    assert_string_equal(json_string_value(json_object_get(d, "report")), "power");
    assert_number(d, "rate_hz", 10000, 1e-9);
    assert_number(d, "values.frequency_hz", 50, 1e-7);
    assert_number(d, "values.channels.0.rms", u, 1e-9 * u);
    assert_number(d, "values.channels.1.rms", 10, 1e-8);
    assert_number(d, "values.power.1.p_w", p, 1e-9 * p);
    assert_number(d, "values.power.1.power_factor", p / (10 * u), 1e-9);
    assert_true(number_at(d, "values.power.1.q_var") > 0); /* it lags */
    assert_number(d, "values.fundamental.1.p_w", p, 1e-8 * p);
    json_decref(d);
    d = ask("power.csv",
            (const char *const[]){"--reactive", "fundamental", "--apparent", "vector", "--window", "cycles:5",
                                  NULL},
            0);
    assert_string_equal(json_string_value(json_object_get(json_object_get(d, "values"), "apparent")),
                        "vector");
    assert_number(d, "values.windows", 7, 0); /* the first crossing is one cycle in */
    assert_number(d, "values.power.1.q_var", p * tan(M_PI / 6), 1e-6 * p);
    json_decref(d);
}

static void harmonics_of_a_known_signal(void **state)
{
    json_t *d = ask("power.csv", (const char *const[]){"--report", "harmonics", NULL}, 0);

    (void)state;
    assert_number(d, "values.orders.1.u1", 325 / M_SQRT2, 1e-6 * 325);
    assert_number(d, "values.orders.5.u1", 3.25 / M_SQRT2, 1e-6 * 3.25);
    assert_number(d, "values.orders.1.i1", 10, 1e-5);
    assert_number(d, "values.channels.0.thd_fundamental", 0.01, 1e-8);
    json_decref(d);
}

/* The values of the same samples in three formats, as text. */
static void formats_give_the_same_bytes(void **state)
{
    static const char *const reports[] = {"power", "harmonics"};

    (void)state;
    json_decref(ask("power.wave", (const char *const[]){"--export", path_of("power.h5"), NULL}, 0));
    for (size_t i = 0; i < 2; i++) {
        const char *const words[] = {"--report", reports[i], "--channels", "u1=voltage:V,i1=current:A", NULL};
        static const char *const names[] = {"power.csv", "power.wave", "power.h5"};
        char *text[3];

        for (size_t k = 0; k < 3; k++) {
            json_t *d = ask(names[k], words, 0);

            text[k] = json_dumps(json_object_get(d, "values"), 0);
            json_decref(d);
        }
        assert_string_equal(text[0], text[1]);
        assert_string_equal(text[0], text[2]);
        for (size_t k = 0; k < 3; k++)
            free(text[k]);
    }
}

/* An HDF5 file that ends anywhere is refused, and crashes nothing. */
static void cut_hdf5_is_refused(void **state)
{
    static const double shares[] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.9999};
    char program[256];
    struct stat st;

    (void)state;
    json_decref(ask("power.wave", (const char *const[]){"--export", path_of("part.h5"), NULL}, 0));
    assert_int_equal(stat(path_of("part.h5"), &st), 0);
    for (size_t i = sizeof shares / sizeof *shares; i-- > 0;) {
        const char *const argv[] = {run_program_path("motorbench", program, sizeof program), "waveform",
                                    path_of("part.h5"), NULL};
        struct run_result result;

        assert_int_equal(truncate(path_of("part.h5"), (off_t)(shares[i] * (double)st.st_size)), 0);
        assert_int_equal(run_program(argv, NULL, &result), 0);
        if (result.status != 2 || !run_result_is_one_line_error(&result, "motorbench"))
            fail_msg("%g of the file: exit status %d: %s", shares[i], result.status, result.err);
        run_result_clear(&result);
    }
}

static void sound_of_a_known_signal(void **state)
{
    /* Half of 2 Pa full scale is 1 Pa peak: 90.97 dB, in all weightings at 1 kHz. */
    const char *const channels = "p=sound-pressure:Pa:gain=2";
    json_t *d = ask("sound.wav", (const char *const[]){"--channels", channels, NULL}, 0);

    (void)state;
    for (int k = 0; k < 3; k++) {
        char way[40];

        (void)snprintf(way, sizeof way, "values.channels.%d.leq_db", k);
        assert_number(d, way, 20 * log10(1 / M_SQRT2 / 20e-6), 0.05);
    }
    json_decref(d);
    d = ask("sound.wav", (const char *const[]){"--channels", channels, "--report", "third-octave", NULL}, 0);
    assert_number(d, "values.bands.17.band_hz", 1000, 0);
    assert_number(d, "values.bands.17.p", 90.97, 0.05);
    json_decref(d);
}

static void vibration_of_a_known_signal(void **state)
{
    json_t *d = ask("power.csv",
                    (const char *const[]){"--report", "vibration", "--channels", "i1=acceleration:m/s^2",
                                          "--rate", "20000", NULL},
                    3); /* at that rate it is 0.4 s of 100 Hz */

    (void)state;
    assert_reason(d, "too-short");
    json_decref(d);
    make_wav("shake.wav", 8000, 5, 100, 0.5);
    d = ask("shake.wav", (const char *const[]){"--channels", "a=acceleration:m/s^2:gain=2", NULL}, 0);
    assert_number(d, "values.channels.0.velocity_rms_mm_s", 1000 / M_SQRT2 / (2 * M_PI * 100), 2e-3);
    json_decref(d);
}

static void what_is_not_valid_is_told(void **state)
{
    const char *const sound[] = {"--channels", "p=sound-pressure:Pa", NULL};
    const char *const power[] = {"--channels", "u=voltage:V", "--rate", "1000", "--report", "power", NULL};
    const char *const harmonics[] = {"--channels", "u=voltage:V", "--rate", "1000",
                                     "--report",   "harmonics",   NULL};
    char dc[8001] = "";
    json_t *d;

    (void)state;
    d = ask("loud.wav", sound, 3);
    assert_reason(d, "clipped");
    json_decref(d);
    make_text("nan.csv", "1\nnan\n2\n");
    d = ask("nan.csv", power, 3);
    assert_reason(d, "not-finite");
    json_decref(d);
    make_text("one.csv", "1\n");
    d = ask("one.csv", power, 3);
    assert_reason(d, "too-short");
    json_decref(d);
    for (size_t i = 0; i < 4000; i++)
        memcpy(dc + 2 * i, "5\n", 2);
    make_text("dc.csv", dc);
    d = ask("dc.csv", power, 0);
    assert_reason(d, "no-synchronisation");
    assert_number(d, "values.channels.0.mean", 5, 1e-12);
    assert_true(json_is_null(json_object_get(json_object_get(d, "values"), "frequency_hz")));
    json_decref(d);
    d = ask("dc.csv", harmonics, 3);
    assert_reason(d, "no-synchronisation");
    json_decref(d);
}

static void bad_input_is_one_line_and_exit_2(void **state)
{
    static const struct {
        const char *words[6], *says;
    } cases[] = {
        {{"comma.csv", "--rate", "10"}, "decimal comma"},
        {{"missing.csv"}, "cannot be opened"},
        {{"power.csv", "--rate", "0"}, "--rate"},
        {{"power.csv", "--report", "noise"}, "'noise' is not known, allowed: power, harmonics"},
        {{"power.csv", "--report", "sound"}, "needs a channel of sound-pressure"},
        {{"power.csv", "--channels", "u2=voltage:V"}, "there is no channel u2, the file has: u1, i1"},
        {{"power.csv", "--wiring", "3P4W"}, "3P4W needs 3 voltages"},
        {{"power.csv", "--wiring", "Y"}, "'Y' is not known"},
        {{"power.csv", "--reactive", "q"},
         "--reactive: 'q' is not known, allowed: total, fundamental, budeanu"},
        {{"power.csv", "--apparent", "s"}, "--apparent: 's' is not known"},
        {{"power.csv", "--convert", "y"}, "--convert: 'y' is not known"},
        {{"power.csv", "--convert", "star"}, "made of three voltages"},
        {{"power.csv", "--window", "hours"}, "--window: 'hours' is not known"},
        {{"power.csv", "--window", "cycles:0"}, "--window: '0' is not a number above 0"},
        {{"power.csv", "--sync", "u9"}, "--sync: there is no channel u9"},
        {{"power.csv", "--pole-pairs", "0"}, "--pole-pairs"},
        {{"sound.wav"}, "--channels is needed"},
        {{"cut.h5"}, "cut or damaged"},
        {{"power.csv", "--export", "/dev/null"}, "it is there already"},
        {{""}, "not a regular file"},
    };
    char program[256];

    (void)state;
    make_text("comma.csv", "u (V);i (A)\n1,5;2\n");
    make_text("cut.h5", "\x89HDF\r\n\x1a\n and no more");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *argv[10] = {run_program_path("motorbench", program, sizeof program), "waveform",
                                path_of(cases[i].words[0])};
        struct run_result result;

        for (size_t k = 1; cases[i].words[k]; k++)
            argv[2 + k] = cases[i].words[k];
        assert_int_equal(run_program(argv, NULL, &result), 0);
        if (result.status != 2 || !run_result_is_one_line_error(&result, "motorbench") ||
            !strstr(result.err, cases[i].says))
            fail_msg("case %zu: exit status %d: %s", i, result.status, result.err);
        run_result_clear(&result);
    }
}

/* In Debian's own Python, whatever else is installed. */
static const char python[] = "/usr/bin/python3";

static void export_is_read_by_h5py(void **state)
{
    static const char script[] = "import sys, h5py\n"
                                 "f = h5py.File(sys.argv[1], 'r')\n"
                                 "u = f['channels/u1']\n"
                                 "print(float(f.attrs['rate_hz']), u.shape[0], float(u[1]))\n";
    const char *const probe[] = {python, "-c", "import h5py", NULL};
    const char *const argv[] = {python, "-c", script, path_of("h5py.h5"), NULL};
    struct run_result result;
    double u, i;
    int status;

    (void)state;
    assert_int_equal(run_program(probe, NULL, &result), 0);
    status = result.status;
    run_result_clear(&result);
    if (status != 0)
        SKIP_TEST("python3-h5py is not installed");
    json_decref(ask("power.csv", (const char *const[]){"--export", argv[3], NULL}, 0));
    assert_int_equal(run_program(argv, NULL, &result), 0);
    signal_at(1, &u, &i);
    if (strncmp(result.out, "10000.0 8192 ", 13) != 0 || strtod(strrchr(result.out, ' '), NULL) != u)
        fail_msg("h5py reads: %s%s", result.out, result.err);
    run_result_clear(&result);
}

static void damaged_recording_is_used_up_to_the_damage(void **state)
{
    json_t *d;

    (void)state;
    assert_int_equal(truncate(path_of("power.wave"), 100000), 0);
    d = ask("power.wave", NULL, 0);
    assert_number(d, "samples", 5 * 1024 + 1024, 0);
    assert_non_null(strstr(json_string_value(json_object_get(d, "notice")), "is cut"));
    json_decref(d);
}

/* The published record is 0.16 s of a 60 Hz supply: too short for the window of IEC 61000-4-7. Mean powers of
 * the whole record are in the README of the data; whole cycles of it differ by the unsteady supply. */
static void published_record_is_analysed(void **state)
{
    static const char channels[] =
        "MODAQ_Va_V=voltage:V,MODAQ_Vb_V=voltage:V,MODAQ_Vc_V=voltage:V,MODAQ_Ia_I=current:A,"
        "MODAQ_Ib_I=current:A,MODAQ_Ic_I=current:A";
    char name[512], program[256];
    const char *argv[] = {run_program_path("motorbench", program, sizeof program),
                          "waveform",
                          name,
                          "--json",
                          "--channels",
                          channels,
                          NULL};
    struct run_result result;
    json_t *d;

    (void)state;
    (void)snprintf(name, sizeof name, "%s/mhkit-three-phase-waveform/2020224_181521_PowRaw.csv",
                   test_data_folder());
    if (access(name, R_OK) < 0)
        SKIP_TEST("the published waveform is not there");
    assert_int_equal(run_program(argv, NULL, &result), 0);
    assert_int_equal(result.status, 3);
    d = json_loads(result.out, 0, NULL);
    assert_non_null(d);
    assert_reason(d, "too-short");
    assert_number(d, "samples", 8000, 0);
    assert_number(d, "values.frequency_hz", 60, 0.1);
    assert_number(d, "values.power.3.p_w", -143234.8 - 137710.5 - 140987.7, 1000);
    json_decref(d);
    run_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_of_a_known_signal),
        cmocka_unit_test(harmonics_of_a_known_signal),
        cmocka_unit_test(formats_give_the_same_bytes),
        cmocka_unit_test(cut_hdf5_is_refused),
        cmocka_unit_test(sound_of_a_known_signal),
        cmocka_unit_test(vibration_of_a_known_signal),
        cmocka_unit_test(what_is_not_valid_is_told),
        cmocka_unit_test(bad_input_is_one_line_and_exit_2),
        cmocka_unit_test(export_is_read_by_h5py),
        cmocka_unit_test(damaged_recording_is_used_up_to_the_damage),
        cmocka_unit_test(published_record_is_analysed),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
