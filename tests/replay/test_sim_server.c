/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-sim as a whole: its ports, files, faults and truth, and libiio's own programs against it. */
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "data/data.h"
#include "support/run_program.h"
#include "support/sim_process.h"

static char buffer[8192]; /* one reply; the tests run one after the other */

static int start(void **state)
{
    struct sim_process *sim = calloc(1, sizeof *sim);

    assert_non_null(sim);
    *state = sim;
    sim_process_start(sim, NULL);
    return 0;
}

static int stop(void **state)
{
    sim_process_clear(*state);
    free(*state);
    return 0;
}

static int connect_to(const struct sim_process *sim, const char *name)
{
    return sim_connect(sim_process_port(sim, name));
}

static const char *ask(int fd, const char *bytes)
{
    return sim_ask(fd, bytes, buffer, sizeof buffer);
}

static void sleep_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

static json_t *status(int control)
{
    json_t *document = json_loads(ask(control, "status\n"), 0, NULL);

    assert_non_null(document);
    return document;
}

static double truth(int control, const char *name)
{
    json_t *document = status(control);
    const json_t *found = json_object_get(document, name);
    double value = json_is_boolean(found) ? json_boolean_value(found) : json_number_value(found);

    json_decref(document);
    return value;
}

/* Waits until what the truth calls name lies in the interval. */
static void wait_for(int control, const char *name, double minimum, double maximum)
{
    for (int i = 0; i < 2000; i++) {
        double value = truth(control, name);

        if (value >= minimum && value <= maximum)
            return;
        sleep_ms(5);
    }
    fail_msg("%s did not come into %g ... %g", name, minimum, maximum);
}

static void test_identities(void **state)
{
    struct sim_process *sim = *state;
    int fd = connect_to(sim, "analyser");

    assert_int_equal(strncmp(ask(fd, "*IDN?\n"), "YOKOGAWA,WT333E,", 16), 0);
    sim_say(fd, "*ID"); /* a command in two packets, then two in one */
    sleep_ms(20);
    assert_int_equal(strncmp(ask(fd, "N?\n*OPT?\n"), "YOKOGAWA,WT333E,", 16), 0);
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), 2);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "source");
    assert_int_equal(strncmp(ask(fd, "*IDN?\r\n"), "Chroma ATE 61511,", 17), 0);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "ohmmeter");
    assert_non_null(strstr(ask(fd, "*IDN?\n"), "TH2516"));
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "brake");
    sim_say(fd, "OD\n"); /* CR LF ends a line here: this one is not yet complete */
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 100), -ETIMEDOUT);
    sim_say(fd, "\r\n");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 100), -ETIMEDOUT);
    assert_int_equal(strncmp(ask(fd, "OD\r\n"), "S    0T0.0", 10), 0);
    assert_int_equal(close(fd), 0);
}

static double number_after(const char *text, char marker)
{
    const char *p = strchr(text, marker);

    assert_non_null(p);
    return strtod(p + 1, NULL);
}

static void test_run(void **state)
{
    struct sim_process *sim = *state;
    int analyser = connect_to(sim, "analyser"), source = connect_to(sim, "source"),
        brake = connect_to(sim, "brake"), control = connect_to(sim, "control");
    double p;

    sim_say(analyser, ":COMM:HEAD OFF;VERB OFF;:INP:WIR V3A3;:NUM:NORM:NUM 1;ITEM1 P,SIGMA\n");
    assert_string_equal(ask(source, "VOLT:RANG HIGH;AC 230;:FREQ 50;:OUTP ON;:SYST:ERR?\n"),
                        "0,\"No error\"");
    wait_for(control, "speed_rpm", 1490, 1500);
    assert_string_equal(ask(control, "uncouple\n"), "error: the rotor turns");
    sim_say(brake, "Q70\r\n");
    wait_for(control, "torque_nm", 67, 73);
    sleep_ms(50); /* 10 s of bench time */
    p = strtod(ask(analyser, ":NUM:NORM:VAL?\n"), NULL);
    assert_true(fabs(p / truth(control, "p_w") - 1) < 0.01);
    assert_true(fabs(number_after(ask(brake, "OD\r\n"), 'T') - truth(control, "torque_nm")) < 1);
    assert_true(fabs(number_after(ask(brake, "OD\r\n"), 'S') - truth(control, "speed_rpm")) < 2);
    sim_say(source, "OUTP OFF\n");
    wait_for(control, "speed_rpm", 0, 5);
    assert_string_equal(ask(control, "uncouple\n"), "ok");
    assert_string_equal(ask(control, "couple\n"), "ok");
    assert_int_equal(close(analyser) | close(source) | close(brake) | close(control), 0);
}

static void test_faults(void **state)
{
    struct sim_process *sim = *state;
    int control = connect_to(sim, "control"), fd = connect_to(sim, "analyser");
    struct timespec a, b;

    assert_string_equal(ask(control, "fault analyser silent\n"), "ok");
    sim_say(fd, "*OPT?\n");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 100), -ETIMEDOUT);
    assert_string_equal(ask(control, "clear\n"), "ok");
    assert_string_equal(ask(fd, "*OPT?\n"), "G5");
    assert_string_equal(ask(control, "fault ANALYSER late 300\n"), "ok");
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    assert_string_equal(ask(fd, "*OPT?\n"), "G5");
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    assert_true((double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec) >= 0.3);
    assert_string_equal(ask(control, "fault analyser previous\n"), "ok");
    assert_string_equal(ask(fd, "*OPC?\n"), "G5"); /* each answer is the one before */
    assert_string_equal(ask(fd, ":STAT:ERR?\n"), "1");
    assert_string_equal(ask(control, "fault analyser garbage\n"), "ok");
    assert_string_not_equal(ask(fd, "*OPC?\n"), "1");
    assert_string_equal(ask(control, "fault analyser close\n"), "ok");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), -ECONNRESET);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "analyser");
    assert_string_equal(ask(fd, "*OPC?\n"), "1");
    assert_string_equal(ask(control, "fault analyser gone\n"), "ok");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), -ECONNRESET);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "analyser");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), -ECONNRESET);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "source"); /* the others never noticed */
    assert_string_equal(ask(fd, "*OPC?\n"), "1");
    assert_int_equal(close(fd), 0);
    assert_int_equal(strncmp(ask(control, "fault toaster silent\n"), "error: ", 7), 0);
    assert_int_equal(strncmp(ask(control, "fault analyser late soon\n"), "error: ", 7), 0);
    assert_int_equal(strncmp(ask(control, "explode\n"), "error: ", 7), 0);
    assert_int_equal(close(control), 0);
}

/* Hears everything that comes within ms; the connection stays. */
static size_t hear_all(int fd, char *ret, size_t size, unsigned ms)
{
    size_t n = 0;

    for (unsigned i = 0; i < ms / 10; i++) {
        ssize_t got = recv(fd, ret + n, size - n - 1, MSG_DONTWAIT);

        n += got > 0 ? (size_t)got : 0;
        sleep_ms(10);
    }
    ret[n] = '\0';
    return n;
}

static void assert_heard(int control, int fd, const char *fault, const char *query, const char *expected)
{
    char heard[256], line[64];

    (void)snprintf(line, sizeof line, "fault analyser %s\n", fault);
    assert_string_equal(ask(control, line), "ok");
    sim_say(fd, query);
    (void)hear_all(fd, heard, sizeof heard, 100);
    if (strcmp(heard, expected) != 0)
        fail_msg("%s: '%s' instead of '%s'", fault, heard, expected);
}

/* What is wrong in the bytes themselves. */
static void test_spoilt_replies(void **state)
{
    struct sim_process *sim = *state;
    int control = connect_to(sim, "control"), fd = connect_to(sim, "analyser");

    assert_heard(control, fd, "none", ":COMM:HEAD OFF;:RATE?\n", "500.0E-03\n");
    assert_heard(control, fd, "split", "*OPT?\n", "G5\n");
    assert_heard(control, fd, "merge", "*OPC?\n", "G5\n1\n");
    assert_heard(control, fd, "length", "*OPT?\n", "G5");
    assert_heard(control, fd, "terminator", "*OPT?\n", "G5\r");
    assert_heard(control, fd, "nan", "*OPC?\n", "NAN\n");
    sim_say(fd, "*OPC?\n");
    assert_true(sim_hear(fd, buffer, sizeof buffer, 1000) > 0);
    assert_string_equal(buffer, "+9.91E+37");                 /* another text each time */
    assert_heard(control, fd, "random 100 3", "*OPC?\n", ""); /* silence is the first of its kinds */
    assert_non_null(strstr(ask(control, "status\n"), "\"injected\":{\"silent\":1}"));
    assert_int_equal(strncmp(ask(control, "fault analyser random 101\n"), "error: ", 7), 0);
    assert_int_equal(strncmp(ask(control, "fault analyser random\n"), "error: ", 7), 0);
    assert_int_equal(strncmp(ask(control, "fault analyser reboot 601\n"), "error: ", 7), 0);
    assert_int_equal(close(fd) | close(control), 0);
}

/* Its settings and its output are gone with its supply. */
static void test_reboot(void **state)
{
    struct sim_process *sim = *state;
    int control = connect_to(sim, "control"), fd = connect_to(sim, "source");

    assert_string_equal(ask(fd, "VOLT:AC 50;:FREQ 55;:OUTP ON;:FREQ?\n"), "55.00");
    wait_for(control, "output_on", 1, 1);
    assert_string_equal(ask(control, "fault source reboot 0.3\n"), "ok");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), -ECONNRESET);
    assert_int_equal(close(fd), 0);
    fd = connect_to(sim, "source");
    assert_int_equal(sim_hear(fd, buffer, sizeof buffer, 1000), -ECONNRESET); /* not yet */
    assert_int_equal(close(fd), 0);
    sleep_ms(400);
    fd = connect_to(sim, "source");
    assert_int_equal(strncmp(ask(fd, "*IDN?\n"), "Chroma", 6), 0);
    assert_string_not_equal(ask(fd, "FREQ?\n"), "55.00");
    wait_for(control, "output_on", 0, 0);
    assert_int_equal(close(fd) | close(control), 0);
}

static int run_iio(const struct sim_process *sim, const char *program, const char *const more[],
                   struct run_result *result)
{
    const char *argv[16] = {program, "-u", NULL};
    char uri[64];
    int n = 3;

    (void)snprintf(uri, sizeof uri, "ip:127.0.0.1:%u", sim_process_port(sim, "daq"));
    argv[2] = uri;
    for (int i = 0; more[i] != NULL; i++)
        argv[n++] = more[i];
    return run_program(argv, &(struct run_options){.timeout_ms = 10000}, result);
}

static void test_iio_programs(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const rate[] = {"-d", "adc", "sampling_frequency", "2000", NULL};
    static const char *const capture[] = {"-b", "64", "-s", "256", "adc", NULL};
    static const char *const one[] = {"-b", "64", "-s", "128", "adc", "voltage1", NULL};
    struct run_result result = {0};

    assert_int_equal(run_iio(*state, "iio_info", none, &result), 0);
    if (result.status == 127) {
        run_result_clear(&result);
        SKIP_TEST("libiio's programs are not installed");
    }
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.out, "iio:device0: adc (buffer capable)"));
    assert_non_null(strstr(result.out, "iio:device1: thermocouples"));
    assert_non_null(strstr(result.out, "sampling_frequency value: 1000"));
    assert_null(strstr(result.out, "ERROR"));
    run_result_clear(&result);
    assert_int_equal(run_iio(*state, "iio_attr", rate, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
    assert_int_equal(run_iio(*state, "iio_readdev", capture, &result), 0);
    assert_int_equal(result.status, 0);
    assert_int_equal(result.out_size, 256 * 16);
    {
        uint64_t first, second;

        memcpy(&first, result.out + 8, sizeof first);
        memcpy(&second, result.out + 24, sizeof second);
        assert_int_equal(second - first, 500000); /* 2 kHz */
    }
    run_result_clear(&result);
    assert_int_equal(run_iio(*state, "iio_readdev", one, &result), 0);
    assert_int_equal(result.out_size, 128 * 4);
    run_result_clear(&result);
}

static void test_written_files(void **state)
{
    struct sim_process *sim = *state;
    struct mb_document *document = NULL;
    const struct mb_node *bench, *motor;
    struct mb_error err;

    assert_int_equal(mb_document_load(sim->bench, &document, &err), 0);
    bench = mb_node_get(mb_document_root(document), "bench");
    assert_string_equal(mb_node_get(bench, "simulated")->text, "true");
    assert_string_equal(mb_node_get(bench, "time_factor")->text, "200");
    assert_int_equal(mb_node_get(bench, "instruments")->count, 10);
    assert_string_equal(mb_node_get(&mb_node_get(bench, "instruments")->items[0], "profile")->text,
                        "yokogawa-wt300e");
    assert_non_null(mb_node_get(mb_node_get(bench, "roles"), "monitored"));
    document = mb_document_free(document);
    assert_int_equal(mb_document_load(sim->motor, &document, &err), 0);
    motor = mb_node_get(mb_document_root(document), "motor");
    assert_string_equal(mb_node_get(motor, "sealing_ring")->text, "removed");
    assert_string_equal(mb_node_get(mb_node_get(motor, "rated"), "power_w")->text, "11000");
    document = mb_document_free(document);
}

/* The rows of a truth file, comments included, as one text. */
static char *truth_text(const char *path, int *ret_lines)
{
    FILE *f = fopen(path, "re");
    char *text = calloc(1, 1 << 20);
    size_t n;

    assert_non_null(f);
    assert_non_null(text);
    n = fread(text, 1, (1 << 20) - 1, f);
    text[n] = '\0';
    assert_int_equal(fclose(f), 0);
    *ret_lines = 0;
    for (size_t i = 0; i < n; i++)
        *ret_lines += text[i] == '\n';
    return text;
}

static void test_truth(void **state)
{
    static const char *const same[] = {"--seed", "7", NULL}, *const other[] = {"--seed", "8", NULL};
    struct sim_process sims[3];
    char *texts[3];
    int lines[3];
    size_t common;

    (void)state;
    for (int i = 0; i < 3; i++)
        sim_process_start(&sims[i], i == 2 ? other : same);
    sleep_ms(500); /* 100 s of bench time */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sim_process_stop(&sims[i]), 0);
        texts[i] = truth_text(sims[i].truth, &lines[i]);
        assert_true(lines[i] > 4 + 5); /* head, and a row each 10 s */
        sim_process_clear(&sims[i]);
    }
    assert_non_null(strstr(texts[0], "efficiency 0.9"));
    assert_non_null(strstr(texts[0], "\n0,0,1,"));
    assert_non_null(strstr(texts[0], "\n40,0,1,"));
    common = strlen(texts[0]) < strlen(texts[1]) ? strlen(texts[0]) : strlen(texts[1]);
    assert_memory_equal(texts[0], texts[1], common);
    assert_int_not_equal(strncmp(texts[0], texts[2], 60), 0); /* the seed is in its head */
    for (int i = 0; i < 3; i++)
        free(texts[i]);
}

static void test_usage(void **state)
{
    static const char *const wrong[][3] = {{"--preset", "1000kW"},      {"--factor", "0"},
                                           {"--errors", "maybe"},       {"--seed", "-1"},
                                           {"--frobnicate", NULL},      {"extra", NULL},
                                           {"--motor", "/nonexistent"}, {"--scenario", "/nonexistent"},
                                           {"--samples", "100"}};
    char program[256];

    (void)state;
    (void)run_program_path("motorbench-sim", program, sizeof program);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *argv[] = {program, wrong[i][0], wrong[i][1], NULL};
        struct run_result result = {0};

        assert_int_equal(run_program(argv, &(struct run_options){.timeout_ms = 5000}, &result), 0);
        assert_int_equal(result.status, 2);
        assert_true(run_result_is_one_line_error(&result, "motorbench-sim"));
        run_result_clear(&result);
    }
}

int main(void)
{
#define WITH_SIM(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_SIM(test_identities),     WITH_SIM(test_run),           WITH_SIM(test_faults),
        WITH_SIM(test_spoilt_replies), WITH_SIM(test_reboot),        WITH_SIM(test_iio_programs),
        WITH_SIM(test_written_files),  cmocka_unit_test(test_truth), cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
