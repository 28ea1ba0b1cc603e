/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of daemon/bench only. */
#pragma once

#include "bench/bench.h"
#include "bench/protection.h"
#include "bench/regulator.h"

/* Where one channel of an instrument goes. */
struct channel_use {
    size_t channel;
    int signal;   /* enum mb_signal, or -1 */
    int harmonic; /* order, or 0 */
    bool partner; /* a harmonic of its analyser */
};

struct member { /* one instrument of the bench */
    struct mb_bench *bench;
    struct mb_instrument *instrument;
    struct channel_use *uses;
    size_t use_count;
    bool used_at_rest, used_running;
    struct mb_reading *last; /* of each channel, as last answered; MB_NO_DATA before */
    bool reading;            /* an answer is outstanding */
    bool was_ready;
    bool unconfirmed; /* ready again, its safe state not yet confirmed */
};

/* A set point on its way: at most one command outstanding, the newest value wins. */
struct actuator {
    struct mb_bench *bench;
    struct mb_instrument *instrument;
    enum mb_quantity quantity;
    struct mb_regulator regulator;
    double wanted, sent;   /* in the instrument's unit; sent NAN: unknown */
    unsigned saturated;    /* corrections in a row at their end with the error still there */
    uint64_t observed_ns;  /* bench clock: the last reading that the loop has seen */
    uint64_t sent_real_ns; /* when that was */
    bool pending;
};

/* The field winding's supply: it holds a current by itself, nothing is regulated here. */
struct bench_excitation {
    struct mb_instrument *instrument; /* NULL: the bench has none */
    double wanted_a, sent_a;          /* 0: off */
    double since_s;                   /* bench time, when that was sent */
    bool pending, on, established;    /* established: the reading has been there since */
    bool first;                       /* the supply waits until it is established */
    unsigned missing;                 /* readings in a row */
};

/* Voltage harmonics of one analyser in the poll being built. */
struct bench_harmonics {
    double v[MB_HARMONICS];
    bool read, bad;
};

/* The source of the machine that is the load in a pair: its voltage goes with its frequency, and the
 * frequency below the motor's sets the torque. */
struct bench_partner {
    bool wanted_reversed, reversed; /* from the next switching on; now: the partner drives the tested motor */
    unsigned step;                  /* of switching on; 0: off */
    double voltage_share;           /* 0..1: the way of its ramp */
    double frequency_hz;            /* last one asked for */
    double sent_v, sent_hz;         /* one command at a time, as of every actuator: load.pending */
    struct mb_snapshot view;        /* the last one as the driving machine sees it */
    struct mb_protection guarded;   /* of the machine that is the load */
};

struct mb_bench {
    sd_event *event;
    struct mb_bench_setting *setting;
    struct mb_clock clock;
    struct member *members;
    size_t member_count;
    const struct mb_bench_observer *observer;
    void *observer_userdata;
    void (*watcher)(struct mb_bench *bench, void *userdata);
    void *watcher_userdata;
    const struct mb_bench_guard *guard;
    void *guard_userdata;

    enum mb_bench_mode mode;
    sd_event_source *poll_timer, *loss_timer, *notify;
    uint64_t poll_started_ns; /* bench clock */
    unsigned polls_pending;
    struct mb_snapshot building, last;
    struct bench_harmonics harmonics, partner_harmonics;
    bool single_phase;          /* the analyser has one voltage */
    double previous_t_s;        /* of the last snapshot, for the loops */
    uint64_t bad_since_real_ns; /* 0: readings are good */
    struct mb_reading manual[MB_SIGNAL_COUNT];

    double rated_voltage_v, rated_torque_nm, frequency_hz;
    double load_rpm; /* the speed when the load was last looked at */
    struct actuator supply, load, load_speed;
    struct mb_protection_limits protection_limits;
    struct mb_protection protection;
    struct bench_capture *capture; /* NULL: none */
    struct bench_record *record;   /* the same */
    struct bench_excitation excitation;
    struct bench_partner partner;
    bool speed_holds; /* the load machine holds a speed, not a torque */
    bool drives;      /* and turns the shaft to it, on the ramp of load_speed's regulator */
    bool source_off;  /* energised without the source */
    bool converter;   /* the voltage is its fundamental */
    bool held;        /* no corrections */
    unsigned energise_step;
    bool contactor_closed; /* the guard has said so since the last switching on */

    const struct mb_bench_test_observer *test_observer; /* NULL: nobody waits for a test */
    void *test_userdata;

    enum mb_safe_state safe_state;
    unsigned safe_pending;
    bool safe_failed;
    enum mb_shaft shaft;
    bool source_is_off; /* confirmed, and neither switched on nor lost since */
    bool field_waits;   /* on the way to off: for the source */
    bool recheck_safe;  /* an instrument has (re)appeared: its output may be in any state */
    char fault[512];
    bool fault_announced;
    struct bench_stop_line *stop_line; /* stop_line.c; NULL: none is configured */
    bool stopped_by_line;              /* the present fault is its */

    struct bench_stream *streams; /* stream.c */
    struct bench_live *live;      /* live.c */
};

/* Where energise_step ends: the loops may command. */
#define SWITCHED_ON 4

/* safe.c */
/* The only way to another safe state: the guard hears of it first. */
void bench_set_safe_state(struct mb_bench *bench, enum mb_safe_state state);
/* Profiles that declare a time to safe have something on them that can be live. */
bool bench_can_be_live(const struct mb_instrument *instrument);
void bench_fault(struct mb_bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Tells the observer from the loop, after the present call has returned. */
void bench_notify(struct mb_bench *bench);
int bench_notify_init(struct mb_bench *bench);
/* control.c */
void bench_control_init(struct mb_bench *bench);
void bench_control_stop(struct mb_bench *bench);
/* Says the guard: what waits for it goes on. */
void bench_contactor_closed(struct mb_bench *bench);
void bench_control_step(struct mb_bench *bench, const struct mb_snapshot *snapshot, double dt_s);
void bench_control_begin_supply(struct mb_bench *bench);
/* excitation.c */
void bench_excitation_init(struct mb_bench *bench);
/* Energised: sends what is wanted. Whether the supply must wait for it. */
bool bench_excitation_begin(struct mb_bench *bench);
void bench_excitation_stop(struct mb_bench *bench);
/* Looks whether it is there, and still there. */
void bench_excitation_watch(struct mb_bench *bench, const struct mb_snapshot *snapshot);
/* partner.c: without a partner nothing, and the snapshot as it is */
void bench_partner_begin(struct mb_bench *bench);
void bench_partner_stop(struct mb_bench *bench);
/* The last snapshot as the machine that drives sees it. */
const struct mb_snapshot *bench_partner_view(struct mb_bench *bench);
/* Brings the load to this torque by its frequency; off: its source goes off. */
void bench_partner_step(struct mb_bench *bench, double torque_nm, double dt_s, bool off);
/* Up, so that a torque can be regulated. */
bool bench_partner_is_up(const struct mb_bench *bench);
bool bench_partner_settled(const struct mb_bench *bench);
/* Why everything must go off; false: it need not. */
bool bench_partner_check(struct mb_bench *bench, char *reason, size_t size);
/* Line-to-line V at the motor per V commanded. */
double bench_source_ratio(const struct mb_bench *bench, const struct mb_instrument *source);
/* protect.c */
void bench_protect(struct mb_bench *bench, const struct mb_snapshot *snapshot);
void bench_protect_vibration(struct mb_bench *bench, double velocity_mps);
/* shaft.c */
void bench_shaft_look(struct mb_bench *bench, const struct mb_snapshot *snapshot);
/* It has not been read at rest since it may have turned. */
bool bench_shaft_may_turn(const struct mb_bench *bench);
/* stop_line.c: every one of them does nothing, or says yes, where none is configured */
int bench_stop_line_new(struct mb_bench *bench);
void bench_stop_line_free(struct mb_bench *bench);
/* The contact is closed; else the bench has a fault now. Opens the line if it is not. */
bool bench_stop_line_closed(struct mb_bench *bench);
/* The same after its debounce time: an edge may have been lost, the chip may be gone. */
void bench_stop_line_poll(struct mb_bench *bench);
/* 0, or -EBUSY with the sentence: nobody goes on with the button pressed. */
int bench_stop_line_may_reset(struct mb_bench *bench, struct mb_error *err);
/* capture.c */
void bench_capture_stop(struct mb_bench *bench);
/* poll.c */
int bench_poll_init(struct mb_bench *bench, struct mb_error *err);
void bench_poll_start(struct mb_bench *bench);
/* stream.c, live.c: after the instruments */
void bench_streams_free(struct mb_bench *bench);
void bench_live_free(struct mb_bench *bench);
