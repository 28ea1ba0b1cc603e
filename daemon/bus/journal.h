/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the journal is told, each with an id whose catalogue text says what to do
 * (daemon/system/motorbench.catalog). Fields are fixed and few: never the contents of a file, an address or a
 * credential. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum mb_journal_id {
    MB_JOURNAL_RUN_STARTED,
    MB_JOURNAL_RUN_ENDED,
    MB_JOURNAL_BENCH_FAULT,
    MB_JOURNAL_EMERGENCY_STOP,
    MB_JOURNAL_TAKEN_OVER,
    MB_JOURNAL_CLIENT_GONE,
    MB_JOURNAL_NOBODY_OPERATES,
    MB_JOURNAL_DENIED,
    MB_JOURNAL_NO_POLKIT,
    MB_JOURNAL_COUNT,
};

struct mb_journal_entry { /* NULL: the field is left out */
    const char *bench, *run, *who, *action, *reason, *verdict;
};

/* Where entries go. 0, or a negative errno: then the sentence goes to standard error. */
typedef int (*mb_journal_send)(const struct iovec *fields, int count, void *userdata);

#define MB_JOURNAL_BURST 10u                         /* entries of one id ... */
#define MB_JOURNAL_WINDOW_USEC (60ull * 1000 * 1000) /* ... in so long */
struct mb_journal {                                  /* all zero: the journal of the system */
    mb_journal_send send;
    void *userdata;
    struct {
        uint64_t since_usec;
        unsigned sent, dropped;
    } rate[MB_JOURNAL_COUNT];
};

/* Never fails towards the caller: what is done is done, told or not. */
void mb_journal_tell(struct mb_journal *journal, uint64_t now_usec, enum mb_journal_id id,
                     const struct mb_journal_entry *entry);
/* 32 hex digits. */
const char *mb_journal_message_id(enum mb_journal_id id);
