/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The instrument's side of SCPI: a table of headers with short and long forms, several units in one message,
 * an error queue. Read from IEEE 488.2 and the makers' manuals, independently of driver/scpi. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/text.h"

struct sim_scpi;

struct sim_scpi_call {
    struct sim_scpi *scpi;
    void *device;
    int tag;          /* of the table row */
    int suffix;       /* the number behind the node marked #; 1 when left out */
    const char *args; /* trimmed, "" when none */
    struct sim_text *reply;
};

/* 0, or the number of an error for the queue. A query appends its answer without terminator. */
typedef int (*sim_scpi_function)(const struct sim_scpi_call *call);

struct sim_scpi_command {
    const char
        *header; /* ":INPut:VOLTage:RANGe[:ALL]": capitals = short form, # = number, [] = may be left out */
    sim_scpi_function set, query; /* NULL: no such form */
    int tag;
};

struct sim_scpi_error_text {
    int number; /* the row with 0 ends the table and is "no error" */
    const char *text;
};

struct sim_scpi_dialect {
    const struct sim_scpi_command *commands; /* ends with a NULL header */
    const struct sim_scpi_error_text *errors;
    int undefined_header, missing_parameter, bad_character_data, bad_number, out_of_range;
};

#define SIM_SCPI_QUEUE 16

struct sim_scpi {
    const struct sim_scpi_dialect *dialect;
    bool header, verbose; /* answers to settings queries repeat the header, in full words */
    int queue[SIM_SCPI_QUEUE];
    unsigned queued;
};

/* One program message: units separated by semicolons; answers joined by semicolons, ended by LF. */
void sim_scpi_line(struct sim_scpi *scpi, void *device, const char *line, struct sim_text *reply);
void sim_scpi_error(struct sim_scpi *scpi, int number);
void sim_scpi_clear(struct sim_scpi *scpi);
/* `0,"No error"`: takes the oldest from the queue. */
int sim_scpi_next_error(const struct sim_scpi_call *call);

/* Whether word is the short or the long form of a mnemonic like "LAMBda", without regard to case. */
bool sim_scpi_word(const char *mnemonic, const char *word, size_t n);
/* Index in the NULL-terminated list of mnemonics, or -1. */
int sim_scpi_choice(const char *const mnemonics[], const char *word);
/* A number with an optional unit ("300V", "500MA", "0.5", "500MS"); milli is the only prefix. 0 or an error
 * number. */
int sim_scpi_number(const struct sim_scpi_call *call, const char *unit, double minimum, double maximum,
                    double *ret);
int sim_scpi_bool(const struct sim_scpi_call *call, bool *ret); /* ON, OFF, 1, 0 */
/* A choice comes back as its short form, or in full with verbose on. */
void sim_scpi_answer_choice(const struct sim_scpi_call *call, const char *mnemonic);
