/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/machine.h"

#define DEFAULT_PRESET "11kW-4p"
#define DEFAULT_CLASS 0.1

enum {
    OPT_PRESET = 256,
    OPT_MOTOR,
    OPT_FACTOR,
    OPT_SEED,
    OPT_ERRORS,
    OPT_COLD,
    OPT_DRIVES,
    OPT_PARTNER,
    OPT_TRUTH,
    OPT_SWITCHING,
    OPT_BENCH,
    OPT_SAMPLES,
    OPT_WRITE_MOTOR,
    OPT_SCENARIO,
    OPT_GADGET,
    OPT_FUNCTIONFS,
    OPT_READY,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"preset", required_argument, NULL, OPT_PRESET},
    {"motor", required_argument, NULL, OPT_MOTOR},
    {"factor", required_argument, NULL, OPT_FACTOR},
    {"seed", required_argument, NULL, OPT_SEED},
    {"errors", required_argument, NULL, OPT_ERRORS},
    {"cold-c", required_argument, NULL, OPT_COLD},
    {"drives", no_argument, NULL, OPT_DRIVES},
    {"partner", no_argument, NULL, OPT_PARTNER},
    {"truth", required_argument, NULL, OPT_TRUTH},
    {"switching", required_argument, NULL, OPT_SWITCHING},
    {"write-bench", required_argument, NULL, OPT_BENCH},
    {"samples", required_argument, NULL, OPT_SAMPLES},
    {"write-motor", required_argument, NULL, OPT_WRITE_MOTOR},
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"gadget", required_argument, NULL, OPT_GADGET},
    {"functionfs", required_argument, NULL, OPT_FUNCTIONFS},
    {"ready-fd", required_argument, NULL, OPT_READY},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static void help(void)
{
    printf("usage: motorbench-sim [OPTION...]\n"
           "A simulated motor bench behind real protocols, on loopback ports. Prints \"ready\" and serves "
           "until SIGTERM.\n\n"
           "  --preset NAME        motor:");
    for (size_t i = 0; plant_preset_names[i] != NULL; i++)
        printf(" %s", plant_preset_names[i]);
    for (size_t i = 0; plant_kind_preset_names[i] != NULL; i++)
        printf(" %s", plant_kind_preset_names[i]);
    for (size_t i = 0; plant_field_preset_names[i] != NULL; i++)
        printf(" %s", plant_field_preset_names[i]);
    printf("\n"
           "  --motor FILE         motor and bench parameters instead\n"
           "  --factor N           bench seconds a real second (200)\n"
           "  --seed N             of all noise and instrument errors (1)\n"
           "  --errors on|off|C    instruments of class 0.1, ideal with all digits, or of class C\n"
           "  --cold-c T           temperature of everything at the start, and of the coolant (22)\n"
           "  --drives             the load machine drives, too\n"
           "  --partner            it is a second motor of the same, with a source that takes power back\n"
           "  --scenario FILE|demo disturbances\n"
           "  --truth FILE         the truth as CSV, a row every 10 bench seconds\n"
           "  --switching FILE     when outputs went on and off, CSV by the monotonic clock\n"
           "  --write-bench FILE   bench file with the addresses\n"
           "  --samples HZ         its power analyser is the data acquisition at this rate\n"
           "  --write-motor FILE   motor file with the nameplate\n"
           "  --gadget NAME=SERIAL[,vendor=0xVVVV][,product=0xPPPP]\n"
           "                       the instrument NAME as a USB device of this kernel too (needs root)\n"
           "  --functionfs NAME=FOLDER\n"
           "                       the same behind a FunctionFS that is mounted there\n"
           "  --ready-fd N         also write \"ready\" to this descriptor and close it\n");
}

static int number(const char *name, const char *text, double minimum, double maximum, double *ret,
                  struct mb_error *err)
{
    double value;

    if (mb_number_parse(text, strlen(text), &value) < 0 || value < minimum || value > maximum)
        return mb_error_set(err, -EINVAL, "--%s %s: a number from %g to %g is wanted", name, text, minimum,
                            maximum);
    *ret = value;
    return 0;
}

static int integer(const char *name, const char *text, int64_t maximum, int64_t *ret, struct mb_error *err)
{
    int64_t value;

    if (mb_integer_parse(text, strlen(text), &value) < 0 || value < 0 || value > maximum)
        return mb_error_set(err, -EINVAL, "--%s %s: a whole number from 0 to %lld is wanted", name, text,
                            (long long)maximum);
    *ret = value;
    return 0;
}

static int preset(const char *name, struct sim_options *o, struct mb_error *err)
{
    uint64_t seed = o->config.seed;

    if (plant_preset(name, &o->config) < 0)
        return mb_error_set(err, -EINVAL, "--preset %s: no such motor, --help lists them", name);
    o->config.seed = seed;
    o->model = name;
    return 0;
}

static int errors(const char *text, struct sim_options *o, struct mb_error *err)
{
    if (strcmp(text, "on") == 0)
        o->accuracy_class = DEFAULT_CLASS;
    else if (strcmp(text, "off") == 0)
        o->accuracy_class = 0;
    else if (number("errors", text, 0.001, 5, &o->accuracy_class, err) < 0)
        return mb_error_set(err, -EINVAL,
                            "--errors %s: on, off or an accuracy class from 0.001 to 5 is wanted", text);
    return 0;
}

static int gadget(int option, const char *text, struct sim_options *o, struct mb_error *err)
{
    struct sim_gadget_option *g = &o->gadgets[o->gadget_count];
    int r;

    if (o->gadget_count == SIM_GADGETS_MAX)
        return mb_error_set(err, -EINVAL, "at most %d USB instruments", SIM_GADGETS_MAX);
    r = option == OPT_GADGET ? sim_gadget_option_parse(text, g, err)
                             : sim_gadget_functionfs_parse(text, g, err);
    for (unsigned i = 0; r == 0 && i < o->gadget_count; i++)
        if (strcmp(o->gadgets[i].instrument, g->instrument) == 0)
            r = mb_error_set(err, -EINVAL, "the %s cannot have two plugs", g->instrument);
    o->gadget_count += r == 0;
    return r;
}

/* Seed, temperature and load machine hold for whatever motor is chosen, in any order of the options. */
struct late {
    int64_t seed;
    double cold_c; /* NAN: as the motor has it */
    bool drives, partner;
};

static int take(int option, const char *arg, struct sim_options *o, struct late *late, struct mb_error *err)
{
    int64_t fd;
    int r;

    switch (option) {
    case OPT_PRESET:
        return preset(arg, o, err);
    case OPT_MOTOR:
        o->model = "custom";
        return sim_plant_load(arg, &o->config, err);
    case OPT_FACTOR:
        return number("factor", arg, 0.01, 5000, &o->factor, err);
    case OPT_SEED:
        return integer("seed", arg, INT64_MAX, &late->seed, err);
    case OPT_ERRORS:
        return errors(arg, o, err);
    case OPT_COLD:
        return number("cold-c", arg, -20, 60, &late->cold_c, err);
    case OPT_DRIVES:
        late->drives = true;
        return 0;
    case OPT_PARTNER:
        late->partner = true;
        return 0;
    case OPT_TRUTH:
        o->truth = arg;
        return 0;
    case OPT_SWITCHING:
        o->switching = arg;
        return 0;
    case OPT_BENCH:
        o->write_bench = arg;
        return 0;
    case OPT_SAMPLES:
        return number("samples", arg, 1000, 200000, &o->samples_hz, err);
    case OPT_WRITE_MOTOR:
        o->write_motor = arg;
        return 0;
    case OPT_SCENARIO:
        o->scenario = arg;
        return 0;
    case OPT_GADGET:
    case OPT_FUNCTIONFS:
        return gadget(option, arg, o, err);
    case OPT_READY:
        r = integer("ready-fd", arg, 1023, &fd, err);
        o->ready_fd = r == 0 ? (int)fd : -1;
        return r;
    default:
        return mb_error_set(err, -EINVAL, "unknown option or missing value, --help lists them");
    }
}

static int load_machine(const struct late *late, struct sim_options *o, struct mb_error *err)
{
    o->config.load_drives |= late->drives;
    o->config.load_partner |= late->partner;
    if (o->config.load_partner && o->config.load_drives)
        return mb_error_set(err, -EINVAL, "--partner: the load machine is a motor or a drive");
    if (o->config.load_partner && o->config.motor.machine != PLANT_INDUCTION)
        return mb_error_set(err, -EINVAL, "--partner: only induction motors of three phases have one");
    return 0;
}

int sim_options_parse(int argc, char *argv[], struct sim_options *ret, struct mb_error *err)
{
    struct sim_options o = {.factor = 200, .accuracy_class = DEFAULT_CLASS, .ready_fd = -1};
    struct late late = {.seed = 1, .cold_c = NAN};
    int option, r = preset(DEFAULT_PRESET, &o, err);

    opterr = 0;
    optind = 1;
    while (r == 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP)
            help();
        else if (option == OPT_VERSION)
            printf("motorbench-sim %s\n", MB_VERSION);
        else
            r = take(option, optarg, &o, &late, err);
        if (option == OPT_HELP || option == OPT_VERSION)
            return SIM_OPTIONS_DONE;
    }
    if (r == 0 && optind < argc)
        r = mb_error_set(err, -EINVAL, "%s: no such argument, --help lists the options", argv[optind]);
    if (r == 0 && o.samples_hz > 0 && machine_of(&o.config.motor)->phases != 3)
        r = mb_error_set(err, -EINVAL, "--samples: the waveforms are those of a motor with three phases");
    if (r == 0)
        r = load_machine(&late, &o, err);
    if (r < 0)
        return r;
    o.config.seed = (uint64_t)late.seed;
    if (isfinite(late.cold_c))
        o.config.coolant_c = late.cold_c;
    *ret = o;
    return SIM_OPTIONS_RUN;
}
