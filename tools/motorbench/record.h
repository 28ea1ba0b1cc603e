/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

#include "motorbench/client.h"
#include "motorbench/command.h"

#define RECORD_INTERFACE CLIENT_NAME ".Record"

/* The bus and the object of the record that a command's first word names. EXIT_DONE, or what fail() returned.
 */
int open_record(const char *word, const struct options *options, sd_bus **ret_bus,
                char path[static CLIENT_PATH_MAX]);
/* Whether a word can be the beginning of a UUID; what cannot is a file, and "./abcd" is one, too. */
bool names_run(const char *word);
/* The bytes of a report's memory file, mapped; munmap() them. */
struct report {
    const char *bytes;
    size_t size;
};
/* OpenReport in a format. As above. */
int fetch_report(const char *word, const struct options *options, const char *format, struct report *ret);
/* The export document of a run, from the daemon. EXIT_DONE, or what fail() returned. */
int load_record(const char *word, const struct options *options, json_t **ret);

int verify_record(int argc, char **argv, const struct options *options);
