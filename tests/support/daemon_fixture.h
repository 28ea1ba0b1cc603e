/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole product as processes, below one temporary folder: a private bus with the policy that is
 * installed, motorbench-sim, motorbenchd, and the command line against them. Everything dies with the test.
 * Functions that cannot do what they are for end the test (cmocka) and print the logs. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "support/child.h"
#include "support/run_program.h"
#include "support/sim_process.h"

/* For everything that is only a matter of the machine's load. */
#define FIXTURE_PATIENCE_MS 30000u

struct daemon_fixture;
struct mb_store;

struct daemon_fixture_setting {
    const char *const *sim;  /* further options of motorbench-sim, NULL at the end; NULL: no simulator */
    const char *bench;       /* text of a bench file where there is no simulator */
    const char *bench_extra; /* lines put into the simulator's bench file below "bench:"; may be NULL */
    void (*edit)(struct daemon_fixture *f); /* changes files before the daemon reads them; may be NULL */
    bool own_data;                          /* the daemon reads a copy of the data files in `data` */
    const char *overlay; /* a folder of files that are put over `folder` before it starts; may be NULL */
    bool guard;          /* motorbench-guard runs, too; whether the bench wants it says bench_extra */
};

struct daemon_fixture {
    char folder[48], address[96], data[64], state[64], motor[96], store[80];
    struct child bus, guard, daemon, run; /* run: `motorbench run` in the background */
    struct sim_process sim;
    sd_bus *client;
    char uuid[40]; /* of the run in the background */
    /* Variables of the environment of daemon and guard, NAME=VALUE, NULL at the end; may be NULL. */
    const char *const *environment;
    const char *programs; /* folder of the daemon to start; NULL: that of this build */
};

/* Of a test (cmocka) whose state is a fixture: zeroed, to be started by the test; cleared and freed. */
int daemon_fixture_setup(void **state);
int daemon_fixture_teardown(void **state);

/* Starts all of it; the daemon has every instrument (where there is a simulator) ready when this returns. */
void daemon_fixture_start(struct daemon_fixture *f, const struct daemon_fixture_setting *setting);
/* Ends all of it, last started first, and removes the folder. Checks nothing: for a teardown. */
void daemon_fixture_clear(struct daemon_fixture *f);

/* The daemon alone, again: until it owns its name and (simulator) its bench is ready. */
void daemon_fixture_launch(struct daemon_fixture *f);
/* Its process only. */
void daemon_fixture_spawn(struct daemon_fixture *f);
/* The guard, again, on the socket that the daemon knows. */
void daemon_fixture_guard(struct daemon_fixture *f);
/* SIGTERM: its exit status. */
int daemon_fixture_stop(struct daemon_fixture *f);

/* The command line against this bus; the words end with NULL. The caller clears the result. */
void daemon_fixture_cli(struct daemon_fixture *f, struct run_result *ret, const char *const words[]);
#define FIXTURE_CLI(f, ret, ...) daemon_fixture_cli((f), (ret), (const char *const[]){__VA_ARGS__, NULL})
/* As above, but only the exit status is of interest. */
int daemon_fixture_status(struct daemon_fixture *f, const char *const words[]);
#define FIXTURE_STATUS(f, ...) daemon_fixture_status((f), (const char *const[]){__VA_ARGS__, NULL})
/* With --json: the document; status as expected. The caller owns it. */
json_t *daemon_fixture_json(struct daemon_fixture *f, int expected_status, const char *const words[]);
#define FIXTURE_JSON(f, status, ...)                                                                         \
    daemon_fixture_json((f), (status), (const char *const[]){__VA_ARGS__, NULL})

/* `motorbench run` of the simulator's motor in the background; returns when the run is known to the daemon.
 */
void daemon_fixture_run(struct daemon_fixture *f);
/* Likewise, with options; NULL at the end. */
void daemon_fixture_run_with(struct daemon_fixture *f, const char *const options[]);
/* Its exit status once it has ended. */
int daemon_fixture_run_status(struct daemon_fixture *f, unsigned timeout_ms);
/* What it has printed so far; the caller frees it. */
char *daemon_fixture_run_output(const struct daemon_fixture *f);

/* A text property of that run, "" when it cannot be read. */
const char *daemon_fixture_run_text(struct daemon_fixture *f, const char *property, char *buffer,
                                    size_t size);
/* Until a text property of the run begins with the given text. */
void daemon_fixture_await(struct daemon_fixture *f, const char *property, const char *beginning,
                          unsigned timeout_ms);
/* Until a property of the bench is that text. */
void daemon_fixture_await_bench(struct daemon_fixture *f, const char *property, const char *text,
                                unsigned timeout_ms);

/* One command to the simulator, which must say "ok". */
void daemon_fixture_simulator(struct daemon_fixture *f, const char *command);
/* A value of its `status`. */
double daemon_fixture_truth(struct daemon_fixture *f, const char *name);
bool daemon_fixture_output_on(struct daemon_fixture *f);
/* Until it is on: a run that goes on begins its step from standstill. */
void daemon_fixture_await_on(struct daemon_fixture *f, unsigned timeout_ms);
/* Until the simulated source's output is off; the time that took, in ms, from the call. */
unsigned daemon_fixture_await_off(struct daemon_fixture *f, unsigned timeout_ms);

/* FROM becomes TO in a file below the fixture's folder, once. */
void daemon_fixture_change(const struct daemon_fixture *f, const char *leaf, const char *from,
                           const char *to);
/* The simulator's own profiles, of no real maker, become the laboratory's. */
void daemon_fixture_add_profiles(const struct daemon_fixture *f);
/* With own_data: the plan begins with this step. */
void daemon_fixture_begin_with(const struct daemon_fixture *f, const char *plan, const char *step);
/* With own_data: an inspection of minutes with a step of every kind. */
void daemon_fixture_shorten(struct daemon_fixture *f);
/* For `edit`: the store, new, for records of an earlier daemon; the caller closes it. */
struct mb_store *daemon_fixture_new_store(const struct daemon_fixture *f);
/* The record of the run as it lies on the disk, whether the daemon lives or not. The caller owns it. */
json_t *daemon_fixture_record(const struct daemon_fixture *f);
/* What was in it before is there still, with its hash. */
void daemon_fixture_assert_kept(const struct daemon_fixture *f, const json_t *before);

/* The first entry of that type in an exported record, borrowed, or NULL; from: entries to skip. */
json_t *record_entry(const json_t *document, const char *type, size_t from);

/* Prints the ends of the logs, then ends the test with the message. */
void daemon_fixture_fail(const struct daemon_fixture *f, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
