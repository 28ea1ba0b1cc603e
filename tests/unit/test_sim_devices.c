/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated instruments as bytes in, bytes out, over the real plant; no transport and no clock. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/device.h"

typedef struct sim_device *(*constructor)(struct sim_world *, const struct sim_device_options *);

struct rig {
    struct plant_config config;
    struct sim_world *world;
    struct sim_errors errors;
    struct sim_device *device;
    struct sim_text reply;
    uint64_t ns;
};

static void rig_open(struct rig *rig, constructor make, uint64_t seed, double accuracy_class)
{
    struct sim_device_options options = {.exact = accuracy_class == 0, .errors = &rig->errors};

    memset(rig, 0, sizeof *rig);
    assert_int_equal(plant_preset("11kW-4p", &rig->config), 0);
    rig->config.seed = seed;
    rig->config.source_noise = rig->config.brake_noise = 0; /* what fluctuates then is the instrument */
    sim_errors_draw(seed, accuracy_class, 120, &rig->errors);
    rig->world = sim_world_new(&rig->config);
    assert_non_null(rig->world);
    rig->device = make(rig->world, &options);
    assert_non_null(rig->device);
}

static void rig_close(struct rig *rig)
{
    rig->device = sim_device_free(rig->device);
    rig->world = sim_world_free(rig->world);
    sim_text_clear(&rig->reply);
}

/* The reply with its terminator; "" when there is none. */
static const char *ask(struct rig *rig, const char *line)
{
    sim_text_clear(&rig->reply);
    rig->device->ops->line(rig->device, line, &rig->reply);
    return rig->reply.size > 0 ? rig->reply.data : "";
}

static double ask_number(struct rig *rig, const char *line)
{
    const char *text = ask(rig, line);
    double value = NAN;

    assert_int_equal(mb_number_parse(text, strcspn(text, "\n,"), &value), 0);
    return value;
}

static void pass(struct rig *rig, double seconds)
{
    rig->ns += (uint64_t)(seconds * 1e9 + 0.5);
    sim_world_advance(rig->world, rig->ns);
    assert_int_equal(sim_world_now_ns(rig->world), rig->ns);
}

static void run_motor(struct rig *rig, double torque_nm)
{
    sim_world_supply(rig->world, 400, 50, true);
    pass(rig, 20);
    sim_world_brake(rig->world, torque_nm, torque_nm > 0);
    pass(rig, 20);
}

static void item(struct rig *rig, const char *what)
{
    char line[64];

    (void)snprintf(line, sizeof line, ":NUM:NORM:NUM 1;ITEM1 %s", what);
    assert_string_equal(ask(rig, line), "");
}

static double measure(struct rig *rig, const char *what)
{
    item(rig, what);
    return ask_number(rig, ":NUM:NORM:VAL?");
}

static void plain(struct rig *rig)
{
    assert_string_equal(
        ask(rig, ":COMM:HEAD OFF;VERB OFF;:INP:WIR V3A3;:INP:VOLT:AUTO OFF;RANG 600V;:INP:CURR:AUTO OFF;"
                 "RANG 20A"),
        "");
    assert_string_equal(ask(rig, ":STAT:ERR?"), "0,\"No error\"\n");
}

static void test_analyser_grammar(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_analyser_new, 1, 0.1);
    assert_string_equal(ask(&rig, "*idn?"), "YOKOGAWA,WT333E,C3SIM0001V,F1.04\n");
    assert_string_equal(ask(&rig, ":input:wiring?"), ":INPUT:WIRING P3W4\n");
    assert_string_equal(ask(&rig, ":COMM:VERB OFF;:INP:WIR?;MODE?"), ":INP:WIR P3W4;:INP:MODE RMS\n");
    assert_string_equal(ask(&rig, ":communicate:header off"), "");
    assert_string_equal(ask(&rig, "NUMERIC:NORMAL:ITEM3 lamb,sigma,total"), "");
    assert_string_equal(ask(&rig, ":NUM:NORM:ITEM3?"), "LAMB,SIGM\n");
    assert_string_equal(ask(&rig, " :RATE 500MS ; RATE? "), "500.0E-03\n");
    assert_string_equal(ask(&rig, ":RATE 2S;:RATE?"), "2.000E+00\n");
    assert_string_equal(ask(&rig, ":INP:VOLT:RANG:ALL 150V;AUTO?"), "");
    assert_string_equal(ask(&rig, ":STAT:ERR?"), "113,\"Undefined header\"\n"); /* :INP:VOLT:RANG:AUTO */
    assert_string_equal(ask(&rig, ":INP:VOLT:RANG?"), "150.0E+00\n");
    assert_string_equal(ask(&rig, ":INP:VOLTA:RANG 150"), ""); /* neither the short nor the long form */
    assert_string_equal(ask(&rig, ":INP:VOLT:RANG 155"), "");
    assert_string_equal(ask(&rig, ":INP:WIR DELTA"), "");
    assert_string_equal(ask(&rig, ":INP:CURR:RANG"), "");
    assert_string_equal(ask(&rig, ":STAT:ERR?;ERR?;ERR?;ERR?;ERR?"),
                        "113,\"Undefined header\";222,\"Data out of range\";141,\"Invalid character data\";"
                        "109,\"Missing parameter\";0,\"No error\"\n");
    assert_string_equal(ask(&rig, ":FOO 1"), "");
    assert_string_equal(ask(&rig, "*CLS;:STAT:ERR?"), "0,\"No error\"\n");
    assert_string_equal(ask(&rig, ";; ;"), "");
    rig_close(&rig);
}

/* What is drawn in an hour is the power; nothing is counted before the start and after the stop. */
static void test_analyser_energy(void **state)
{
    struct rig rig;
    double power_w, counted_wh;

    (void)state;
    rig_open(&rig, sim_analyser_new, 3, 0);
    plain(&rig);
    run_motor(&rig, 30);
    assert_true(measure(&rig, "WHP,SIGM") == 0);
    assert_string_equal(ask(&rig, ":INTEG:STAT?"), "RES\n");
    assert_string_equal(ask(&rig, ":INTEG:STAR;STAT?"), "STAR\n");
    pass(&rig, 36);
    power_w = measure(&rig, "P,SIGM");
    counted_wh = measure(&rig, "WHP,SIGM");
    assert_true(power_w > 1000);
    assert_true(fabs(counted_wh - power_w / 100) < 0.02 * power_w / 100);
    assert_int_equal(rig.device->ops->control(rig.device, "energy", "full"), -EINVAL);
    assert_int_equal(rig.device->ops->control(rig.device, "energy", "reset"), 0);
    assert_true(measure(&rig, "WHP,SIGM") == 0);
    pass(&rig, 2);
    counted_wh = measure(&rig, "WHP,SIGM");
    assert_true(counted_wh > 0);
    assert_string_equal(ask(&rig, ":INTEG:STOP;STAT?"), "STOP\n");
    pass(&rig, 2);
    assert_true(measure(&rig, "WHP,SIGM") == counted_wh);
    rig_close(&rig);
}

static void test_analyser_values(void **state)
{
    const struct plant_state *truth;
    struct rig rig;
    double u;

    (void)state;
    rig_open(&rig, sim_analyser_new, 1, 0);
    truth = sim_world_state(rig.world);
    plain(&rig);
    item(&rig, "U,SIGMA");
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), "NAN\n"); /* nothing measured yet */
    pass(&rig, 0.5);
    item(&rig, "FU,1");
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), "NAN\n"); /* no voltage, no frequency */
    run_motor(&rig, 70);
    u = (truth->u_line_v[0] + truth->u_line_v[1] + truth->u_line_v[2]) / 3;
    assert_true(fabs(measure(&rig, "U,SIGMA") - u) < 1e-3 * u);
    assert_true(fabs(measure(&rig, "U,2") - truth->u_line_v[1]) < 1e-3 * u);
    assert_true(fabs(measure(&rig, "P,SIGMA") - truth->p_w) < 2e-3 * truth->p_w);
    assert_true(fabs(measure(&rig, "P,1") + measure(&rig, "P,2") - measure(&rig, "P,SIGMA")) <
                1e-6 * truth->p_w);
    assert_true(fabs(measure(&rig, "S,SIGMA") - truth->s_va) < 2e-3 * truth->s_va);
    assert_true(fabs(measure(&rig, "LAMBDA,SIGMA") - truth->p_w / truth->s_va) < 2e-3);
    assert_true(fabs(measure(&rig, "FU,1") - 50) < 1e-9);
    assert_true(fabs(measure(&rig, "U,1,5") / measure(&rig, "U,1,1") - 0.004) < 1e-9);
    assert_true(measure(&rig, "U,1,2") == 0 && measure(&rig, "U,1,40") == 0);
    assert_true(fabs(measure(&rig, "UTHD,1") -
                     100 * sqrt(0.004 * 0.004 + 0.003 * 0.003 + 0.002 * 0.002 + 1e-6)) < 1e-9);
    /* Phase voltages with the other wiring. */
    assert_string_equal(ask(&rig, ":INP:WIR P3W4;:NUM:NORM:VAL?"), "NAN\n");
    pass(&rig, 0.5);
    assert_true(fabs(measure(&rig, "U,SIGMA") * sqrt(3.0) - u) < 1e-3 * u);
    assert_true(fabs(measure(&rig, "P,SIGMA") - truth->p_w) < 2e-3 * truth->p_w);
    rig_close(&rig);
}

static void test_analyser_interval(void **state)
{
    struct rig rig;
    char first[64];

    (void)state;
    rig_open(&rig, sim_analyser_new, 1, 0.1);
    plain(&rig);
    assert_string_equal(ask(&rig, ":STAT:FILT1 FALL"), "");
    run_motor(&rig, 70);
    item(&rig, "P,SIGMA");
    (void)snprintf(first, sizeof first, "%s", ask(&rig, ":NUM:NORM:VAL?"));
    assert_int_equal(strcspn(first, "\n"), strlen("11.929E+03")); /* five figures */
    assert_string_equal(ask(&rig, ":STAT:EESR?"), "1\n");
    pass(&rig, 0.45);
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), first);
    assert_string_equal(ask(&rig, ":STAT:EESR?"), "0\n");
    pass(&rig, 0.05);
    assert_string_not_equal(ask(&rig, ":NUM:NORM:VAL?"), first);
    assert_string_equal(ask(&rig, ":STAT:EESR?"), "1\n");
    (void)snprintf(first, sizeof first, "%s", ask(&rig, ":NUM:HOLD ON;:NUM:NORM:VAL?"));
    pass(&rig, 1);
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), first);
    assert_string_not_equal(ask(&rig, ":NUM:HOLD OFF;:NUM:NORM:VAL?"), first);
    rig_close(&rig);
}

static void test_analyser_noise(void **state)
{
    struct rig rig;
    double lowest = 1e9, highest = 0;

    (void)state;
    rig_open(&rig, sim_analyser_new, 1, 0.1);
    plain(&rig);
    run_motor(&rig, 70);
    pass(&rig, 60);
    for (int i = 0; i < 50; i++) {
        double u = measure(&rig, "U,1");

        lowest = fmin(lowest, u);
        highest = fmax(highest, u);
        pass(&rig, 0.5);
    }
    /* Standard deviation 0.005 % in class 0.1: about 0.02 V. */
    assert_true(highest - lowest > 0.04 && highest - lowest < 0.2);
    rig_close(&rig);
}

static void test_analyser_ranges(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_analyser_new, 1, 0.1);
    plain(&rig);
    run_motor(&rig, 70);
    assert_string_equal(ask(&rig, ":STAT:COND?"), "0\n");
    assert_string_equal(ask(&rig, ":INP:CURR:RANG 10A"), ""); /* 19.8 A is above 140 % of it */
    pass(&rig, 0.5);
    item(&rig, "I,1");
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), "INF\n");
    item(&rig, "P,SIGMA");
    assert_string_equal(ask(&rig, ":NUM:NORM:VAL?"), "INF\n");
    assert_string_equal(ask(&rig, ":STAT:COND?"),
                        "4680\n"); /* sum overflow, OVR of three elements: 8 + 64 + 512 + 4096 */
    assert_true(measure(&rig, "U,1") > 395);
    assert_string_equal(ask(&rig, ":INP:CURR:AUTO ON"), "");
    pass(&rig, 1);
    assert_string_equal(ask(&rig, ":INP:CURR:RANG?;:STAT:COND?"), "20.00E+00;0\n");
    rig_close(&rig);
}

/* What one seed reads is the same every time, another seed reads something else, both within their class. */
static double power_of_seed(uint64_t seed, double accuracy_class)
{
    struct rig rig;
    double p;

    rig_open(&rig, sim_analyser_new, 1, accuracy_class);
    sim_errors_draw(seed, accuracy_class, 120, &rig.errors);
    plain(&rig);
    run_motor(&rig, 70);
    p = measure(&rig, "P,SIGMA");
    rig_close(&rig);
    return p;
}

static void test_analyser_accuracy(void **state)
{
    double truth = power_of_seed(1, 0), one = power_of_seed(1, 0.2), two = power_of_seed(2, 0.2);

    (void)state;
    assert_true(one == power_of_seed(1, 0.2));
    assert_true(one != two && one != truth);
    assert_true(fabs(one / truth - 1) < 0.003 && fabs(two / truth - 1) < 0.003);
}

static void test_brake(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_brake_new, 1, 0.1);
    assert_string_equal(rig.device->ops->terminator, "\r\n");
    run_motor(&rig, 0);
    assert_string_equal(ask(&rig, "Q73.28"), "");
    pass(&rig, 10);
    assert_int_equal(strncmp(ask(&rig, "OD"), "S 147", 5), 0);
    assert_int_equal(rig.reply.size, strlen("S 1476T71.47R\r\n"));
    assert_string_equal(rig.reply.data + 12, "R\r\n");
    assert_true(fabs(atof(rig.reply.data + 7) - 73.28) < 3); /* the controller's own scale error */
    assert_string_equal(ask(&rig, "Q"), "");
    pass(&rig, 10);
    assert_true(fabs(sim_world_state(rig.world)->torque_nm) < 1.5);
    assert_string_equal(ask(&rig, "od"), ""); /* capitals only, and no answer to what it does not know */
    assert_string_equal(rig.device->ops->display(rig.device), "I/O ERROR");
    assert_string_equal(ask(&rig, "Q12,5"), "");
    assert_string_equal(rig.device->ops->display(rig.device), "I/O ERROR");
    assert_string_equal(ask(&rig, "Q99999"), "");
    assert_string_equal(rig.device->ops->display(rig.device), "I/O ERROR");
    assert_string_equal(ask(&rig, "ALT30"), "");
    assert_string_equal(rig.device->ops->display(rig.device), "");
    assert_string_equal(ask(&rig, "Q60"), "");
    pass(&rig, 10);
    assert_non_null(strstr(ask(&rig, "OD"), "A\r\n"));
    assert_string_equal(ask(&rig, "AL"), "");
    assert_string_equal(rig.device->ops->display(rig.device), "I/O ERROR");
    assert_string_equal(ask(&rig, "ALL0"), "");
    assert_non_null(strstr(ask(&rig, "OD"), "R\r\n"));
    rig_close(&rig);
}

static void test_brake_speed_loop(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_brake_new, 1, 0.1);
    run_motor(&rig, 0);
    assert_string_equal(ask(&rig, "N1480"), "");
    pass(&rig, 60);
    assert_true(fabs(sim_world_state(rig.world)->speed_rpm - 1480) < 1);
    assert_string_equal(ask(&rig, "N0"), "");
    pass(&rig, 10);
    assert_true(sim_world_state(rig.world)->speed_rpm > 1498);
    assert_string_equal(ask(&rig, "N-1480"), ""); /* a brake turns nothing */
    assert_string_equal(rig.device->ops->display(rig.device), "I/O ERROR");
    rig_close(&rig);
}

static void test_source(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_source_new, 1, 0.1);
    assert_int_equal(strncmp(ask(&rig, "*IDN?"), "Chroma ATE 61511,", 17), 0);
    assert_string_equal(ask(&rig, "VOLT:AC 230"), ""); /* the low range ends at 150 V */
    assert_string_equal(ask(&rig, "SYST:ERR?"), "-222,\"Data out of range\"\n");
    assert_string_equal(ask(&rig, "VOLT:RANG HIGH;AC 230;:FREQ 50;:OUTP ON;:SYST:ERR?"), "0,\"No error\"\n");
    assert_string_equal(ask(&rig, "OUTP?;:VOLT:RANG?;AC?"), "ON;HIGH;230.00\n");
    pass(&rig, 20);
    /* 230 V commanded, 1.2 % scale error of this bench, behind a small source resistance. */
    assert_true(fabs(sim_world_state(rig.world)->u_line_v[0] - 230 * sqrt(3.0) * 1.012) < 4);
    assert_true(fabs(ask_number(&rig, "FETC:VOLT:ACDC?") -
                     sim_world_state(rig.world)->u_line_v[0] / sqrt(3.0)) < 0.01);
    assert_true(fabs(ask_number(&rig, "FETC:POW:AC?") - sim_world_state(rig.world)->p_w / 3) < 0.1);
    assert_string_equal(ask(&rig, "VOLT:AC 100;RANG LOW"), ""); /* not under load */
    assert_string_equal(ask(&rig, "SYST:ERR?"), "-221,\"Settings conflict\"\n");
    assert_string_equal(ask(&rig, "MEAS:FOO?"), "");
    assert_string_equal(ask(&rig, "SYST:ERR?"), "-113,\"Undefined header\"\n");
    rig_close(&rig);
}

static void test_source_trips(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_source_new, 1, 0.1);
    assert_string_equal(ask(&rig, "VOLT:RANG HIGH;AC 230;:FREQ 50;:CURR:LIM 5;DEL 2;:OUTP ON;:SYST:ERR?"),
                        "0,\"No error\"\n");
    pass(&rig, 0.9);
    assert_string_equal(ask(&rig, "OUTP?"), "ON\n"); /* 1 s is allowed */
    pass(&rig, 0.5);
    assert_string_equal(ask(&rig, "OUTP?"), "OFF\n");
    assert_false(sim_world_state(rig.world)->output_on);
    assert_string_equal(rig.device->ops->display(rig.device), "OCP");
    assert_string_equal(ask(&rig, "OUTP ON;:OUTP?;:SYST:ERR?"), "OFF;-221,\"Settings conflict\"\n");
    assert_string_equal(ask(&rig, "OUTP:PROT:CLE;:CURR:LIM 200;:OUTP ON;OUTP?"), "ON\n");
    rig_close(&rig);
}

static void test_ohmmeter(void **state)
{
    struct rig rig;
    double first, cold;

    (void)state;
    rig_open(&rig, sim_ohmmeter_new, 1, 0.1);
    assert_string_equal(ask(&rig, "FETC?"), "+9.900000E+37,+0,\n"); /* before the first conversion */
    pass(&rig, 0.3);
    first = ask_number(&rig, "FETC?");
    pass(&rig, 5);
    cold = ask_number(&rig, "FETCH:IMPEDANCE?");
    assert_true(first < 0.95 * cold); /* the current still rises */
    assert_true(fabs(cold - sim_world_state(rig.world)->r_line_ohm) < 2e-3 * cold);
    assert_int_equal(strlen(ask(&rig, "FETC?")), strlen("+6.954000E-01,+0,\n"));
    sim_world_supply(rig.world, 0, 50, true); /* no voltage yet, but the output is on */
    pass(&rig, 0.05);
    assert_string_equal(ask(&rig, "FETC?"), "+9.900000E+37,+0,\n");
    sim_world_supply(rig.world, 400, 50, true);
    pass(&rig, 10);
    sim_world_supply(rig.world, 400, 50, false);
    pass(&rig, 2);
    assert_true(sim_world_state(rig.world)->speed_rpm > 5);
    assert_string_equal(ask(&rig, "FETC?"), "+9.900000E+37,+0,\n"); /* the rotor turns */
    sim_world_brake(rig.world, 60, true);
    pass(&rig, 30);
    assert_true(ask_number(&rig, "FETC?") > cold);
    rig_close(&rig);
}

static void test_ohmmeter_exact(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, sim_ohmmeter_new, 1, 0);
    pass(&rig, 30);
    assert_true(fabs(ask_number(&rig, "FETC?") - sim_world_state(rig.world)->r_line_ohm) < 1e-9);
    assert_string_equal(ask(&rig, "APER FAST;APER?;:BLA;:SYST:ERR?"), "FAST;-113,\"Undefined header\"\n");
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_analyser_grammar),  cmocka_unit_test(test_analyser_energy),
        cmocka_unit_test(test_analyser_values),   cmocka_unit_test(test_analyser_interval),
        cmocka_unit_test(test_analyser_ranges),   cmocka_unit_test(test_analyser_noise),
        cmocka_unit_test(test_analyser_accuracy), cmocka_unit_test(test_brake),
        cmocka_unit_test(test_brake_speed_loop),  cmocka_unit_test(test_source),
        cmocka_unit_test(test_source_trips),      cmocka_unit_test(test_ohmmeter),
        cmocka_unit_test(test_ohmmeter_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
