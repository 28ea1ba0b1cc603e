/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about a record that are answered beside the loop. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "core/error.h"
#include "record/record.h"
#include "record/seal.h"

struct mb_service;

struct record_job {
    /* In a thread, with a connection of its own: 0, or a negative errno with err. */
    int (*work)(struct record_job *job, struct mb_store *store);
    /* On the loop, after work has returned 0: sends the reply, or a negative errno. */
    int (*reply)(struct mb_service *service, sd_bus_message *call, struct record_job *job);
    /* What is asked: copied by record_ask. */
    char *words[2];
    uint64_t numbers[2];
    unsigned char *bytes; /* or what came out */
    size_t size;
    /* For the thread. */
    char *store, uuid[MB_UUID_SIZE]; /* of the record, or a beginning of it */
    unsigned number;                 /* of the question, in the life of the daemon */
    /* What came out: freed with the job. */
    json_t *document;
    char *text;
    uint64_t total;
    struct mb_sealing sealing;
    bool ok;
    int file; /* -1: none */
    int error;
    struct mb_error err;
};

/* Answers a call to a record by its path: at once with an error (returned like by a method handler), or
 * later. */
int record_ask(struct mb_service *service, sd_bus_message *m, const struct record_job *model,
               sd_bus_error *error);
/* The end of all that is under way or waits; waits for who is at work. */
void service_free_tasks(struct mb_service *service);
