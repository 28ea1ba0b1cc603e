/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate authority, approvers and a time-stamp authority in a folder, made with the program openssl,
 * and a record of a real bench that can be signed. */
#pragma once

#include "record/record.h"

/* Writes into the folder: ca.crt; approver, other (of another authority), expired, each .crt and .key;
 * tsa.crt, tsa.key, tsa.cnf. False: there is no program openssl. */
bool papers_make(const char *folder);
/* `openssl WORDS...` in the folder, which must succeed. */
void papers_openssl(const char *folder, const char *const words[]);
/* Signs text as NAME, with openssl; the caller frees the DER. */
char *papers_sign(const char *folder, const char *name, const char *text, size_t *ret_size);
/* The answer of the time-stamp authority; the caller frees it. */
char *papers_stamp(const char *folder, const void *request, size_t size, size_t *ret_size);
/* A finished run in a store: readings, something frozen, a recording. */
void papers_record(struct mb_store *store, bool simulated, bool finished, char ret_uuid[static MB_UUID_SIZE]);
