/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw recordings (waveform/recording.h) beside the store: FOLDER OF THE STORE/waveforms/UUID/NAME.wave. They
 * are too large for it; the chain holds the SHA-256 of each, in an entry of the type "waveform" {"name",
 * "sha256", "size"}, so that a changed byte is found there, too. */
#pragma once

#include "record/record.h"

#define MB_WAVEFORM_BYTES_MAX ((uint64_t)1 << 30) /* of one that is handed out */
#define MB_WAVEFORM_PATH_MAX 512

/* Where a recording of this run is to be written; makes the folder. name: up to 48 of a-z 0-9 - _, as the
 * step's id and a number. -EINVAL, -errno. */
int mb_record_waveform_path(const struct mb_record *record, const char *name,
                            char ret[static MB_WAVEFORM_PATH_MAX], struct mb_error *err);
/* The recording is finished: makes it durable and unchangeable by mistake (mode 0440), and puts its hash into
 * the chain. Reads the whole file. -ENOENT, -EEXIST: there is such an entry already; -errno. */
int mb_record_waveform_attach(struct mb_record *record, uint64_t t_ns, const char *name,
                              struct mb_error *err);

/* A recording as the chain knows it. */
struct mb_waveform {
    int fd; /* the file, for reading */
    uint64_t size;
    char name[49], sha256[65];
};

/* name "": the run's only one. -ENOENT: no entry, or the file is gone; -ENOTUNIQ: several; -EFBIG. The
 * descriptor is the caller's. */
int mb_store_waveform(struct mb_store *store, const char *uuid, const char *name, struct mb_waveform *ret,
                      struct mb_error *err);
/* Copies it into sealed memory, at its start. Touches no store, so any thread may do it; takes as long as the
 * disk does. -EBADMSG: its bytes are not those of the chain. */
int mb_waveform_copy(const struct mb_waveform *waveform, int *ret_memfd, struct mb_error *err);
