/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument from outside: against replays that the test serves itself, and against what a person
 * may get wrong. */
#include "support/test.h"

#include <jansson.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/file.h"
#include "transport/transcript.h"
#include "instrument/usb_list.h"
#include "support/child.h"
#include "support/eventually.h"
#include "support/run_program.h"

#define WT300E "tests/replay/transcripts/yokogawa-wt300e/one-phase.transcript"
#define DSP6001 "tests/replay/transcripts/magtrol-dsp6001/brake.transcript"

/* `replay` as a program of its own; its port is in what it prints. */
struct fixture {
    char folder[64], output[96];
    struct child child;
    char address[64];
};

static int make_folder(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-instrument-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->output, sizeof f->output, "%s/output", f->folder);
    *state = f;
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"output", "a.transcript", "a.transcript.part", "broken.yaml",
                                        "good.yaml"};
    struct fixture *f = *state;
    char path[160];

    (void)child_stop(&f->child, SIGKILL, 1000);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static bool has_address(void *userdata)
{
    struct fixture *f = userdata;
    char *text = NULL;
    size_t size;

    if (mb_file_read(f->output, 65536, &text, &size, NULL) < 0)
        return false;
    (void)snprintf(f->address, sizeof f->address, "%.*s", (int)strcspn(text, "\n"), text);
    size = strcspn(text, "\n") < size;
    free(text);
    return size != 0;
}

static void start_replay(struct fixture *f, const char *transcript, const char *option)
{
    char program[256];

    child_start(&f->child,
                (const char *const[]){run_program_path("motorbench", program, sizeof program), "instrument",
                                      "replay", transcript, option, NULL},
                NULL, f->output);
    if (!eventually(has_address, f, 5000))
        fail_msg("the replay did not say its address");
    assert_memory_equal(f->address, "tcp:127.0.0.1:", 14);
}

/* The profiles of the tree, not those of the last build. */
static const char *const environment[] = {"MOTORBENCH_DATADIR=driver", NULL};
static const struct run_options options = {.environment = environment};

#define RUN(result, ...)                                                                                     \
    assert_int_equal(                                                                                        \
        run_program((const char *const[]){run_program_path("motorbench", program_path, sizeof program_path), \
                                          "instrument", __VA_ARGS__, NULL},                                  \
                    &options, result),                                                                       \
        0)

static char program_path[256];

static void assert_says(const struct run_result *result, int status, const char *text)
{
    if (result->status != status || !strstr(status == 0 ? result->out : result->err, text))
        fail_msg("status %d, out '%s', err '%s', expected %d with '%s'", result->status, result->out,
                 result->err, status, text);
    if (status != 0)
        assert_true(run_result_is_one_line_error(result, "motorbench"));
}

static void query_prints_replies(void **state)
{
    struct fixture *f = *state;
    struct run_result result;

    start_replay(f, WT300E, NULL);
    RUN(&result, "query", f->address, "*CLS", "*IDN?", ":RATE?");
    assert_says(&result, 0, "YOKOGAWA,WT310E,C2PH13047V,F1.03\n500.0E-03\n");
    run_result_clear(&result);
    RUN(&result, "--json", "query", f->address, "*CLS", "*IDN?");
    assert_says(&result, 0, "\"reply\": \"YOKOGAWA,WT310E,C2PH13047V,F1.03\"");
    assert_non_null(strstr(result.out, "\"reply\": null"));
    run_result_clear(&result);
    RUN(&result, "query", f->address, "--timeout", "0.2", "NEVER:SAID?");
    assert_says(&result, 4, "no complete reply in time");
    run_result_clear(&result);
    /* The one command that was not in the recording shows in the status of the replay. */
    assert_int_equal(child_stop(&f->child, SIGTERM, 5000), 1);
}

static void probe_names_the_profile(void **state)
{
    struct fixture *f = *state;
    struct run_result result;

    start_replay(f, WT300E, NULL);
    RUN(&result, "probe", f->address);
    assert_says(&result, 0, "  profile yokogawa-wt300e-dc ");
    assert_says(&result, 0, " yokogawa-wt300e\n"); /* all that fit: what it measures decides */
    run_result_clear(&result);
    RUN(&result, "--json", "probe", f->address);
    assert_says(&result, 0, "\"identity\": \"YOKOGAWA,WT310E,C2PH13047V,F1.03\"");
    run_result_clear(&result);
    assert_int_equal(child_stop(&f->child, SIGTERM, 5000), 0);
}

static void probe_asks_as_the_profile_says(void **state)
{
    struct fixture *f = *state;
    struct run_result result;

    start_replay(f, DSP6001, NULL);
    RUN(&result, "probe", f->address, "--profile", "magtrol-dsp6001");
    assert_says(&result, 0, "profile magtrol-dsp6001\n");
    run_result_clear(&result);
    RUN(&result, "query", f->address, "--profile", "magtrol-dsp6001", "--reply", "OD");
    assert_says(&result, 0, "S    0T0.012R\n");
    run_result_clear(&result);
    assert_int_equal(child_stop(&f->child, SIGTERM, 5000), 0);
}

/* What comes out can be replayed, and then records as the same. */
static void recording_is_a_transcript(void **state)
{
    struct fixture *f = *state;
    struct mb_transcript *first, *t;
    struct run_result result;
    struct mb_error err = {""};
    char path[96];

    (void)snprintf(path, sizeof path, "%s/a.transcript", f->folder);
    start_replay(f, WT300E, NULL);
    RUN(&result, "record", "--profile", "yokogawa-wt300e", f->address, "-o", path, "--wiring", "1P2W");
    assert_says(&result, 0, "read,active-power,16.9,W,valid\n");
    run_result_clear(&result);
    assert_int_equal(child_stop(&f->child, SIGTERM, 5000), 0);
    if (mb_transcript_load(path, &t, &err) < 0 || mb_transcript_load(WT300E, &first, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(t->head[MB_TRANSCRIPT_DEVICE], "YOKOGAWA,WT310E");
    assert_string_equal(t->head[MB_TRANSCRIPT_FIRMWARE], "C2PH13047V,F1.03");
    assert_string_equal(t->head[MB_TRANSCRIPT_ORIGIN], "recorded");
    assert_string_equal(t->head[MB_TRANSCRIPT_PROFILE], "yokogawa-wt300e");
    assert_string_equal(t->head[MB_TRANSCRIPT_WIRING], "1P2W");
    assert_string_equal(t->head[MB_TRANSCRIPT_ACTIONS], "read");
    assert_int_equal(t->count, first->count);
    for (size_t i = 0; i < t->count; i++) {
        assert_int_equal(t->lines[i].to_instrument, first->lines[i].to_instrument);
        assert_int_equal(t->lines[i].n, first->lines[i].n);
        assert_memory_equal(t->lines[i].data, first->lines[i].data, t->lines[i].n);
    }
    (void)snprintf(path, sizeof path, "%s/a.transcript.part", f->folder);
    assert_int_equal(access(path, F_OK), -1);
    (void)mb_transcript_free(t);
    (void)mb_transcript_free(first);
}

static void recording_tells_readings_as_json(void **state)
{
    struct fixture *f = *state;
    struct run_result result;
    json_t *document, *rows;
    char path[96];

    (void)snprintf(path, sizeof path, "%s/a.transcript", f->folder);
    start_replay(f, WT300E, NULL);
    RUN(&result, "--json", "record", "--profile", "yokogawa-wt300e", f->address, "-o", path, "--wiring",
        "1P2W");
    assert_int_equal(result.status, 0);
    document = json_loads(result.out, 0, NULL);
    rows = json_object_get(document, "readings");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "channel")), "voltage-1");
    assert_true(json_real_value(json_object_get(json_array_get(rows, 0), "value")) == 248.11);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "validity")), "valid");
    json_decref(document);
    run_result_clear(&result);
}

/* The instrument is another one than the profile says: what was said stays, and the sentence names it. */
static void failed_recording_leaves_what_was_said(void **state)
{
    struct fixture *f = *state;
    struct mb_transcript *t;
    struct run_result result;
    struct mb_error err = {""};
    char path[96];

    (void)snprintf(path, sizeof path, "%s/a.transcript", f->folder);
    start_replay(f, WT300E, NULL);
    RUN(&result, "record", "--profile", "chroma-61500", f->address, "-o", path);
    assert_says(&result, 4, "a.transcript.part");
    run_result_clear(&result);
    assert_int_equal(access(path, F_OK), -1);
    (void)snprintf(path, sizeof path, "%s/a.transcript.part", f->folder);
    if (mb_transcript_load(path, &t, &err) < 0)
        fail_msg("%s", err.text);
    assert_memory_equal(t->lines[1].data, "YOKOGAWA,", 9);
    (void)mb_transcript_free(t);
}

static void in_order_means_in_order(void **state)
{
    struct fixture *f = *state;
    struct run_result result;

    start_replay(f, WT300E, "--in-order");
    RUN(&result, "query", f->address, "*IDN?", ":STATus:ERRor?", ":STATus:ERRor?");
    assert_says(&result, 0, "F1.03\n101,\"Parameter error\"\n0,\"No error\"\n");
    run_result_clear(&result);
    RUN(&result, "query", f->address, "--timeout", "0.2", ":RATE?");
    assert_says(&result, 4, "no complete reply in time");
    run_result_clear(&result);
    assert_int_equal(child_stop(&f->child, SIGTERM, 5000), 1);
}

static void bench_counts_queries(void **state)
{
    struct fixture *f = *state;
    struct run_result result;
    json_t *document;

    start_replay(f, WT300E, NULL);
    RUN(&result, "--json", "bench", f->address, "--count", "50");
    assert_int_equal(result.status, 0);
    document = json_loads(result.out, 0, NULL);
    assert_non_null(document);
    assert_int_equal(json_integer_value(json_object_get(document, "queries")), 50);
    assert_true(json_number_value(json_object_get(document, "queries_per_s")) > 0);
    assert_true(json_number_value(json_object_get(document, "p50_ms")) <=
                json_number_value(json_object_get(document, "p99_ms")));
    json_decref(document);
    run_result_clear(&result);
}

static void write_profile(const struct fixture *f, const char *name, const char *text, char *path,
                          size_t size)
{
    struct mb_error err = {""};

    (void)snprintf(path, size, "%s/%s", f->folder, name);
    if (mb_file_write(path, text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
}

static void check_names_file_and_line(void **state)
{
    static const char good[] =
        "profile: {id: good, maker: X, kind: ohmmeter, models: [X1], maturity: unverified, source: none}\n"
        "identify: {query: '*IDN?', match: '^X', mark: unverified}\n"
        "update_interval_s: 1\n"
        "read: [{query: 'READ?', layout: single, fields: [{name: r, quantity: resistance}]}]\n";
    struct fixture *f = *state;
    struct run_result result;
    char path[160], broken[sizeof good + 64];

    write_profile(f, "good.yaml", good, path, sizeof path);
    RUN(&result, "check", path);
    assert_says(&result, 0, "good.yaml: good, good\n");
    run_result_clear(&result);
    (void)snprintf(broken, sizeof broken, "%ssetup: [{write: 'RANGe?'}]\n", good);
    write_profile(f, "good.yaml", broken, path, sizeof path);
    RUN(&result, "check", path);
    assert_says(&result, 2, "good.yaml:5: setup, entry 1: ");
    assert_non_null(strstr(result.err, "question mark"));
    run_result_clear(&result);
    (void)snprintf(broken, sizeof broken, "%scolour: red\n", good);
    write_profile(f, "broken.yaml", broken, path, sizeof path);
    RUN(&result, "check", path);
    assert_says(&result, 2, "broken.yaml:5: ");
    run_result_clear(&result);
}

static void check_reads_registers_too(void **state)
{
    static const char example[] = "docs/examples/profiles/generic-modbus-meter.yaml";
    static const char bad[] =
        "profile: {id: bad, maker: X, kind: meter, models: [X1], maturity: unverified, source: none}\n"
        "update_interval_s: 1\n"
        "modbus: {values: [{name: a, quantity: voltage, function: coil, address: 1}]}\n";
    struct fixture *f = *state;
    struct run_result result;
    char path[160];

    RUN(&result, "check", example);
    assert_says(&result, 0, "generic-modbus-meter, good\n");
    run_result_clear(&result);
    write_profile(f, "bad.yaml", bad, path, sizeof path);
    RUN(&result, "check", path);
    assert_says(&result, 2, "bad.yaml:3: a value stands in a holding or input register");
    run_result_clear(&result);
}

static void bad_usage_is_2(void **state)
{
    static const struct {
        const char *words[4], *says;
    } cases[] = {
        {{"query", "tcp:127.0.0.1:1"}, "an argument is missing, see 'motorbench instrument query --help'"},
        {{"query", "string:1", "*IDN?"}, "the kind of link is not known"},
        {{"bench", "tcp:127.0.0.1:1", "--count", "x"}, "--count: 'x' is not a number"},
        {{"replay", "Makefile"}, "Makefile:2: is not a transcript"},
        {{"record", "tcp:127.0.0.1:1"}, "--profile is missing"},
        {{"check", "Makefile"}, "a profile is a file ID.yaml"},
        {{"udev", "colours"}, "allowed: tags, access, hwdb"},
        {{"conjure"}, "unknown command 'conjure', see 'motorbench instrument --help'"},
    };
    struct run_result result;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RUN(&result, cases[i].words[0], cases[i].words[1], cases[i].words[2], cases[i].words[3]);
        assert_int_equal(result.status, 2);
        assert_true(run_result_is_one_line_error(&result, "motorbench"));
        if (!strstr(result.err, cases[i].says))
            fail_msg("'%s' does not say '%s'", result.err, cases[i].says);
        run_result_clear(&result);
    }
}

static void nobody_there_is_4(void **state)
{
    struct run_result result;

    (void)state;
    RUN(&result, "query", "tcp:127.0.0.1:1", "*IDN?");
    assert_says(&result, 4, "tcp:127.0.0.1:1: Connection refused");
    run_result_clear(&result);
    RUN(&result, "--json", "probe", "tcp:127.0.0.1:1");
    assert_int_equal(result.status, 4);
    assert_non_null(strstr(result.out, "\"error\": \"tcp:127.0.0.1:1: Connection refused\""));
    run_result_clear(&result);
}

/* As the daemon has it: the sentence says what to do. */
static void held_by_another_is_4(void **state)
{
    struct run_result result;
    int ours, port;
    char name[64], address[80];

    (void)state;
    assert_int_equal(openpty(&ours, &port, name, NULL, NULL), 0);
    assert_int_equal(flock(port, LOCK_EX | LOCK_NB), 0);
    (void)snprintf(address, sizeof address, "tty:%s", name);
    RUN(&result, "query", address, "*IDN?");
    assert_says(&result, 4,
                "another program holds this port; if it is the daemon: 'systemctl stop motorbenchd'");
    run_result_clear(&result);
    (void)close(port);
    (void)close(ours);
}

static void serial_numbers_are_decoded(void **state)
{
    char text[64];

    (void)state;
    usb_decode_serial(0x0b21, "43325545313630313856", text, sizeof text);
    assert_string_equal(text, "C2UE16018V");
    usb_decode_serial(0x0957, "43325545313630313856", text, sizeof text);
    assert_string_equal(text, "43325545313630313856"); /* only Yokogawa writes so */
    usb_decode_serial(0x0b21, "1234567890", text, sizeof text);
    assert_string_equal(text, "1234567890"); /* 12h is no character */
    usb_decode_serial(0x0b21, "", text, sizeof text);
    assert_string_equal(text, "");
}

static void help_is_the_programs_own(void **state)
{
    struct run_result result;

    (void)state;
    RUN(&result, "--help");
    assert_says(&result, 0, "Usage: motorbench instrument [OPTION ...] COMMAND");
    run_result_clear(&result);
    RUN(&result, "record", "--help");
    assert_says(&result, 0, "Usage: motorbench instrument record --profile ID");
    run_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(query_prints_replies, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(probe_names_the_profile, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(probe_asks_as_the_profile_says, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(recording_is_a_transcript, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(recording_tells_readings_as_json, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(failed_recording_leaves_what_was_said, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(in_order_means_in_order, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(bench_counts_queries, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(check_names_file_and_line, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(check_reads_registers_too, make_folder, remove_folder),
        cmocka_unit_test(bad_usage_is_2),
        cmocka_unit_test(nobody_there_is_4),
        cmocka_unit_test(held_by_another_is_4),
        cmocka_unit_test(serial_numbers_are_decoded),
        cmocka_unit_test(help_is_the_programs_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
