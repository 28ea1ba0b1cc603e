/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument, whatever is behind it: SCPI over any transport (driver/scpi, described by a profile), an IIO
 * context (driver/iio). One ops struct a family. Asynchronous on one sd-event loop; each operation answers
 * exactly once, with a result or an error, within its deadline.
 *
 * Channels: what the instrument can read, known after mb_instrument_new, fixed order. An operation on an
 * instrument that is not MB_INSTRUMENT_READY answers -ENOTCONN at once (from the loop, never from inside the
 * call). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/quantity.h"
#include "core/reading.h"
#include "core/safety.h"

enum mb_instrument_state {
    MB_INSTRUMENT_CLOSED,
    MB_INSTRUMENT_OPENING, /* connecting, identifying, setting up, reading back */
    MB_INSTRUMENT_READY,
    MB_INSTRUMENT_LOST, /* does not answer or is gone; retried every few seconds */
};

struct mb_channel {
    char name[32]; /* "voltage-1", "active-power-sigma", "temperature-frame": unique in the instrument */
    enum mb_quantity quantity;
};

struct mb_instrument;

/* result of read: n readings parallel to the channels; error is 0 or a negative errno (then every reading
 * carries a validity that says why: MB_LINK_FAULT, MB_GARBLED, MB_STALE). text: one line for a person when
 * error, else "". */
typedef void (*mb_read_done)(struct mb_instrument *instrument, int error, const char *text,
                             const struct mb_reading *readings, size_t n, void *userdata);
/* result of set, output, safe */
typedef void (*mb_command_done)(struct mb_instrument *instrument, int error, const char *text,
                                void *userdata);

/* A safety test goes on: at most one call a step of it, from the loop. elapsed_s: bench seconds since the
 * start command, 0 before it. */
typedef void (*mb_test_progress)(struct mb_instrument *instrument, enum mb_safety_phase phase,
                                 double elapsed_s, void *userdata);
/* error 0: the tester has run the test and said how it ended. Else result->verdict is MB_SAFETY_NOT_MEASURED,
 * or INTERLOCK or REFUSED where nothing was started; text says whether the stop is confirmed, or that the
 * output may still be live. */
typedef void (*mb_test_done)(struct mb_instrument *instrument, int error, const char *text,
                             const struct mb_safety_result *result, void *userdata);

struct mb_test_callbacks {
    mb_test_progress progress; /* may be NULL */
    mb_test_done done;
    void *userdata;
};

struct mb_stream_setting;
struct mb_stream_callbacks;

struct mb_instrument_ops {
    const char *family;                    /* "scpi", "iio" */
    void (*free)(struct mb_instrument *i); /* closes, answers what is pending with -ECANCELED */
    /* Starts to open; the state callback tells the outcome. Reconnects by itself after a loss until close. */
    int (*open)(struct mb_instrument *i);
    void (*close)(struct mb_instrument *i);
    /* One new value of every channel, read at the same moment. At most one read may be pending: -EBUSY. */
    int (*read)(struct mb_instrument *i, mb_read_done done, void *userdata);
    /* Sets what the profile lists under `set`. -ENOTSUP: no such set point here; -ERANGE: outside the
     * profile's range (nothing is sent). done comes after the set-up was sent and the error queue was read
     * clean. */
    int (*set)(struct mb_instrument *i, enum mb_quantity quantity, double value, mb_command_done done,
               void *userdata);
    /* Output on or off where the profile has one; -ENOTSUP elsewhere. */
    int (*output)(struct mb_instrument *i, bool on, mb_command_done done, void *userdata);
    /* The profile's safe commands, ahead of everything queued; what was queued is answered with -ECANCELED.
     * Works in every state but CLOSED: where the link is stuck it is opened anew for it. -ENOTSUP: the
     * instrument has nothing to make safe (done is not called). */
    int (*safe)(struct mb_instrument *i, mb_command_done done, void *userdata);
    /* One safety test from stop to stop: set-up with every value read back, interlock, start, result,
     * discharge; everything else waits for it, only safe does not. NULL where the family has no testers.
     * -ENOTSUP: not this kind, or a value this tester does not have; -ERANGE: outside the profile's limits,
     * no duration, or a limit that is missing; -EPERM: its interlock cannot be asked and nobody has
     * acknowledged that; -EBUSY: a test or the safe commands are under way. Nothing is sent in these cases.
     */
    int (*test)(struct mb_instrument *i, const struct mb_safety_test *test,
                const struct mb_test_callbacks *callbacks, struct mb_error *err);
    /* Samples in blocks until stopped (waveform/stream.h): setting NULL stops, and `ended` answers that too,
     * from the loop. Both structs are copied. Single readings wait meanwhile where the device cannot do both.
     * NULL where the family has none. -ENOTSUP: no channel of this instrument streams; -EBUSY: it streams
     * already; -EALREADY: stopped already; -ENOTCONN: not READY. */
    int (*stream)(struct mb_instrument *i, const struct mb_stream_setting *setting,
                  const struct mb_stream_callbacks *callbacks, struct mb_error *err);
};

/* First member of each implementation's struct. */
struct mb_instrument {
    const struct mb_instrument_ops *ops;
    char *id;      /* name in the bench file */
    char *profile; /* profile id */
    char *address;
    char identity[160]; /* answer to the identify query, "" until known */
    enum mb_instrument_state state;
    char fault[256]; /* why LOST, one line */
    char
        notice[256]; /* what it reported at the last reading and a person should know, one line; "" nothing */
    struct mb_channel *channels;
    size_t channel_count;
    double update_interval_s;     /* bench seconds between new values */
    double time_to_safe_s;        /* declared by the profile */
    const struct mb_clock *clock; /* bench clock, for t_ns; deadlines of links are real time */
    void (*state_changed)(struct mb_instrument *i, void *userdata); /* set by the owner after new */
    void *userdata;
    bool simulated; /* readings get MB_READING_SIMULATED */
};

/* What the bench file says about one instrument. */
struct mb_instrument_setting {
    const char *id, *profile, *address;
    const struct mb_clock *clock;
    bool simulated;
    double voltage_range_v, current_range_a;   /* 0: the profile's default (automatic ranging) */
    int wiring;                                /* index into mb_wirings, -1: leave as it is */
    const struct mb_iio_channel *iio_channels; /* iio only, as all below */
    size_t iio_channel_count;
    double rate_hz;         /* of what streams; 0: what the device runs at */
    const char *trigger;    /* of what streams: a name, hrtimer:NAME, sysfs:NUMBER; NULL: as it is */
    double update_s;        /* of a power analyser made of samples; 0: its own */
    double counts_per_turn; /* encoder only: lines times what its function makes of one */
    const char *function;   /* encoder only, "quadrature x4" ...; NULL: as it is */
};

/* iio only: one channel of the context mapped to a quantity. value = ((raw + offset) * scale in the IIO unit,
 * converted to V or degC) * factor + zero. */
struct mb_iio_channel {
    char name[32];    /* channel name in the bench: "torque", "speed", "temperature-frame" */
    char device[64];  /* IIO device name or id */
    char channel[64]; /* IIO channel id, e.g. voltage0, temp1 */
    enum mb_quantity quantity;
    double factor;   /* unit of the quantity per V (voltage channels) or per degC; 1 when absent */
    double zero;     /* in the unit of the quantity */
    double accuracy; /* half-width of a rectangular interval, unit of the quantity; 0: not known */
    bool stream;     /* captured as a waveform on demand (op stream) */
    /* Of waveforms only: what the sensor's certificate says (dsp/correction.h); pulses of an encoder a turn,
     * 0: the channel is none; of a torque flange the frequency at no torque, 0: it is none, and N m a hertz.
     */
    double delay_s, phase_rad, phase_hz, per_turn, zero_hz, torque_per_hz;
};

extern const char *const mb_wirings[]; /* "1P2W", "1P3W", "3P3W", "3P4W", "3V3A", NULL */

/* Makes an instrument from a profile found in profile_directory ("iio" needs none). The setting's texts are
 * copied. */
int mb_instrument_new(sd_event *event, const char *profile_directory,
                      const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                      struct mb_error *err);
struct mb_instrument *mb_instrument_free(struct mb_instrument *i);
const char *mb_instrument_state_name(enum mb_instrument_state state);
