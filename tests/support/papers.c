/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/papers.h"

#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "record/waveform.h"
#include "support/run_program.h"

#define PATH_SIZE 128

static const char tsa_cnf[] =
    "[tsa]\ndefault_tsa = stamp\n"
    "[stamp]\nserial = serial\ncrypto_device = builtin\nsigner_digest = sha256\n"
    "default_policy = 1.2.3.4\ndigests = sha256\nordering = yes\ness_cert_id_alg = sha256\n"
    "[ext]\nextendedKeyUsage = critical, timeStamping\n";

static void put(const char *folder, const char *leaf, const void *bytes, size_t size)
{
    struct mb_error err = {""};
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    if (mb_file_write(path, bytes, size, &err) < 0)
        fail_msg("%s", err.text);
}

static char *take(const char *folder, const char *leaf, size_t *ret_size)
{
    struct mb_error err = {""};
    char path[PATH_SIZE], *bytes = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    if (mb_file_read(path, 1 << 20, &bytes, ret_size, &err) < 0)
        fail_msg("%s", err.text);
    return bytes;
}

/* openssl knows no folder to work in: the shell goes there, and the words are its arguments. */
static int openssl(const char *folder, const char *const words[])
{
    const char *argv[48] = {"sh", "-c", "cd \"$0\" && exec openssl \"$@\"", folder};
    struct run_result result;
    int status;

    for (size_t i = 0; words[i] && i + 5 < sizeof argv / sizeof *argv; i++)
        argv[i + 4] = words[i];
    assert_int_equal(run_program(argv, NULL, &result), 0);
    status = result.status;
    if (status != 0 && status != 127)
        print_message("%s\n", result.err);
    run_result_clear(&result);
    return status;
}

void papers_openssl(const char *folder, const char *const words[])
{
    assert_int_equal(openssl(folder, words), 0);
}
#define OPENSSL(folder, ...) papers_openssl(folder, (const char *const[]){__VA_ARGS__, NULL})

static void certificate(const char *folder, const char *name, const char *authority, const char *days)
{
    char key[32], csr[32], crt[32], ca_crt[32], ca_key[32], subject[48];
    bool stamps = strcmp(name, "tsa") == 0;

    (void)snprintf(key, sizeof key, "%s.key", name);
    (void)snprintf(csr, sizeof csr, "%s.csr", name);
    (void)snprintf(crt, sizeof crt, "%s.crt", name);
    (void)snprintf(ca_crt, sizeof ca_crt, "%s.crt", authority);
    (void)snprintf(ca_key, sizeof ca_key, "%s.key", authority);
    (void)snprintf(subject, sizeof subject, "/O=Lab/CN=%s", name);
    OPENSSL(folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", csr, "-subj", subject);
    OPENSSL(folder, "x509", "-req", "-in", csr, "-CA", ca_crt, "-CAkey", ca_key, "-CAcreateserial", "-days",
            days, "-out", crt, stamps ? "-extfile" : NULL, "tsa.cnf", "-extensions", "ext");
}

static void authority(const char *folder, const char *name)
{
    char key[32], crt[32], subject[48];

    (void)snprintf(key, sizeof key, "%s.key", name);
    (void)snprintf(crt, sizeof crt, "%s.crt", name);
    (void)snprintf(subject, sizeof subject, "/CN=%s", name);
    OPENSSL(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", crt, "-days", "30", "-subj", subject);
}

bool papers_make(const char *folder)
{
    if (openssl(folder, (const char *const[]){"version", NULL}) != 0)
        return false;
    put(folder, "tsa.cnf", tsa_cnf, sizeof tsa_cnf - 1);
    put(folder, "serial", "01\n", 3);
    authority(folder, "ca");
    authority(folder, "stranger");
    certificate(folder, "approver", "ca", "30");
    certificate(folder, "other", "stranger", "30");
    certificate(folder, "expired", "ca", "-1");
    certificate(folder, "tsa", "ca", "30");
    return true;
}

char *papers_sign(const char *folder, const char *name, const char *text, size_t *ret_size)
{
    char key[32], crt[32];

    (void)snprintf(key, sizeof key, "%s.key", name);
    (void)snprintf(crt, sizeof crt, "%s.crt", name);
    put(folder, "statement", text, strlen(text));
    OPENSSL(folder, "cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-in", "statement", "-signer",
            crt, "-inkey", key, "-outform", "DER", "-out", "signature");
    return take(folder, "signature", ret_size);
}

char *papers_stamp(const char *folder, const void *request, size_t size, size_t *ret_size)
{
    put(folder, "request.tsq", request, size);
    OPENSSL(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", "-signer", "tsa.crt",
            "-inkey", "tsa.key", "-out", "answer.tsr");
    return take(folder, "answer.tsr", ret_size);
}

static void append(struct mb_record *record, const char *type, json_t *payload)
{
    struct mb_error err = {""};

    if (mb_record_append(record, 1000, type, payload, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(payload);
}

static void add_recording(struct mb_record *record)
{
    static const char bytes[] = "MBWAVE1\nnot much of one";
    char path[MB_WAVEFORM_PATH_MAX];
    struct mb_error err = {""};

    assert_int_equal(mb_record_waveform_path(record, "no-load-1", path, &err), 0);
    assert_int_equal(mb_file_write(path, bytes, sizeof bytes, &err), 0);
    assert_int_equal(mb_record_waveform_attach(record, 2000, "no-load-1", &err), 0);
}

void papers_record(struct mb_store *store, bool simulated, bool finished, char ret_uuid[static MB_UUID_SIZE])
{
    const struct mb_record_head head = {.bench = "bench-1",
                                        .motor_id = "M1",
                                        .model = "YE4-132M-4",
                                        .simulated = simulated,
                                        .time_factor = 1,
                                        .program_version = MB_VERSION};
    static const char motor[] = "motor: {id: M1}\n", photo[] = "\xff\xd8\xff photograph";
    struct mb_error err = {""};
    struct mb_record *record;

    assert_int_equal(mb_record_create(store, &head, &record, &err), 0);
    assert_int_equal(mb_record_freeze(record, "motor-file", motor, sizeof motor - 1, &err), 0);
    assert_int_equal(mb_record_freeze(record, "photo/label-1.jpg", photo, sizeof photo - 1, &err), 0);
    append(record, "item", json_pack("{s:s, s:s}", "item", "noise", "state", "begun"));
    append(record, "reading",
           json_pack("{s:s, s:s, s:i, s:{s:f}}", "store", "cold", "step", "cold", "index", 0, "values",
                     "resistance_ohm", 0.4321));
    add_recording(record);
    if (finished)
        assert_int_equal(mb_record_finish(record, "aborted", "INVALID", "one item only", &err), 0);
    (void)snprintf(ret_uuid, MB_UUID_SIZE, "%s", mb_record_uuid(record));
    (void)mb_record_free(record);
}
