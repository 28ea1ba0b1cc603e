/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bench file: which instruments there are, what each is used for, and what must never be exceeded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bench/signal.h"
#include "bench/transformer.h"
#include "core/error.h"
#include "core/instrument.h"
#include "gpio/line.h"

#define MB_BENCH_INSTRUMENTS_MAX 16
#define MB_IIO_CHANNELS_MAX 32
#define MB_PROFILE_DAQ "daq"         /* an IIO device as a power analyser */
#define MB_PROFILE_COUNTER "counter" /* an encoder */
#define MB_SAFETY_TESTERS_MAX 4

struct mb_bench_instrument {
    char *id, *profile, *address;
    char *calibration; /* what the certificate says, free text; NULL */
    struct {
        char *address; /* a second link of the guard's own; NULL: none */
    } guard;
    double voltage_range_v, current_range_a; /* of the instrument itself, behind its transformers */
    struct mb_transformers transformers;     /* before it */
    int wiring;                              /* index into mb_wirings, -1: not stated */
    struct mb_iio_channel *iio_channels;
    size_t iio_channel_count;
    double rate_hz;  /* of what streams; 0: what the device runs at */
    char *trigger;   /* of what streams; NULL: as it is */
    double update_s; /* of a power analyser made of samples; 0: its own */
    double counts_per_turn;
    char *function; /* of an encoder; NULL: as it is */
};

/* "daq/torque" in a role, or the word "manual" */
struct mb_bench_source {
    int instrument; /* index, -1: role not filled */
    char channel[32];
    bool manual;
};

struct mb_bench_setting {
    char *name;
    bool simulated;
    double time_factor; /* 1; another only on a simulated bench */
    struct {
        double voltage_v, current_a, torque_nm,
            speed_rpm; /* beyond any of these the bench goes to its safe state */
        double winding_c, vibration_mps, excitation_a; /* the same; 0: not stated */
    } limits;
    struct {
        double ratio;  /* line-to-line V at the motor per V commanded */
        double ramp_s; /* 0 to rated voltage */
        double lag_s;  /* wait between two corrections */
    } supply;
    struct {
        double ramp_s; /* 0 to rated torque */
        double lag_s;
        bool drives;     /* it turns the shaft in both directions as well as it brakes it */
        bool partner;    /* it is a second motor like the tested one, fed by a source that takes power back */
        double ratio;    /* of that source: line-to-line V at the partner per V commanded */
        double run_up_s; /* of one that drives, from standstill to limits.speed_rpm */
    } load;
    double poll_s;              /* bench seconds between polls */
    double loss_s;              /* real seconds without valid readings until the outputs go off */
    double guard_proof_minutes; /* how old the guard's proof of its way may be at a start; 0: no guard */
    double guard_hang_s;        /* real seconds without a sign of life, of the daemon and of the guard */
    double lease_grace_s;       /* real seconds that an operator may be gone with a run active */
    struct {
        struct mb_gpio_setting line; /* chip NULL: none; active: the contact is closed */
        double debounce_s;
    } emergency_stop;
    struct {
        struct mb_gpio_setting line;     /* of its coil; chip NULL: none; active: it is to close */
        struct mb_gpio_setting feedback; /* line NULL: none; active: it has closed */
        double settle_s;                 /* the longest it takes to close or to open, real time */
    } contactor;
    double time_to_safe_s; /* what the instruments' profiles may add up to; 0: not stated */
    struct mb_bench_instrument *instruments;
    size_t instrument_count;
    int analyser, supply_source, load_machine; /* indices; -1 */
    int excitation;                            /* supply of a field winding; -1: none */
    int partner_analyser;                      /* -1: none */
    int safety_testers[MB_SAFETY_TESTERS_MAX]; /* the first that can do a test does it */
    size_t safety_tester_count;
    struct mb_bench_source ohmmeter, torque, speed, coolant, winding, partner_ohmmeter;
    struct mb_bench_source vibration,
        sound;         /* channel "": every one of the quantity that the instrument streams */
    bool speed_signed; /* positive: clockwise seen from the motor's drive end */
    struct mb_bench_source monitored[MB_MONITORED_MAX];
    size_t monitored_count;
    char *items; /* of an inspection that names none: item,item or all */
    char *text;  /* the file as it was read: a record freezes it */
    size_t text_size;
};

/* 0; -errno; -EINVAL with FILE:LINE in err. */
int mb_bench_setting_load(const char *path, struct mb_bench_setting **ret, struct mb_error *err);
int mb_bench_setting_parse(const char *name, const char *text, size_t size, struct mb_bench_setting **ret,
                           struct mb_error *err);
struct mb_bench_setting *mb_bench_setting_free(struct mb_bench_setting *setting);
