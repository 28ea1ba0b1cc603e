/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing, stamping and exporting a record from the command line, against the daemon; and a bundle verified
 * where there is none. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/daemon_fixture.h"
#include "support/papers.h"

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", NULL};

struct world {
    struct daemon_fixture f;
    char uuid[MB_UUID_SIZE], simulated[MB_UUID_SIZE];
    bool papers;
};

/* Records as an earlier daemon has left them: one of a real bench, one of a simulated one. */
static void make_records(struct daemon_fixture *f)
{
    struct world *w = (struct world *)f; /* its first member */
    struct mb_store *store = daemon_fixture_new_store(f);

    papers_record(store, false, true, w->uuid);
    papers_record(store, true, true, w->simulated);
    (void)mb_store_close(store);
    w->papers = papers_make(f->folder);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;

    daemon_fixture_clear(&w->f);
    free(w);
    return 0;
}

static const char *in(const struct world *w, const char *leaf, char buffer[static 96])
{
    assert_true(snprintf(buffer, 96, "%s/%s", w->f.folder, leaf) < 96);
    return buffer;
}

static void expect(struct world *w, int status, const char *words, const char *const line[])
{
    struct run_result result;

    daemon_fixture_cli(&w->f, &result, line);
    if (result.status != status || (words && !strstr(result.out, words) && !strstr(result.err, words)))
        daemon_fixture_fail(&w->f, "%s: %d, %s%s", line[0], result.status, result.out, result.err);
    run_result_clear(&result);
}
#define EXPECT(w, status, words, ...) expect((w), (status), (words), (const char *const[]){__VA_ARGS__, NULL})

static void sign_and_stamp(struct world *w)
{
    char key[96], crt[96], other[96], tsq[96], tsr[96], statement[96], signature[96];

    EXPECT(w, 0, "seal 1", "sign", w->uuid, "--key", in(w, "approver.key", key), "--cert",
           in(w, "approver.crt", crt));
    EXPECT(w, 2, "not the key", "sign", w->uuid, "--key", in(w, "other.key", other), "--cert", crt);
    EXPECT(w, 2, "was not valid", "sign", w->uuid, "--key", in(w, "expired.key", key), "--cert",
           in(w, "expired.crt", crt));
    EXPECT(w, 2, "a simulated run cannot be signed", "sign", w->simulated, "--key",
           in(w, "approver.key", key), "--cert", in(w, "approver.crt", crt));
    EXPECT(w, 0, NULL, "sign", w->uuid, "--request", in(w, "statement", statement), "--name", "B. Second",
           "--meaning", "reviewed");
    papers_openssl(w->f.folder,
                   (const char *const[]){"cms", "-sign", "-binary", "-nodetach", "-in", "statement",
                                         "-signer", "other.crt", "-inkey", "other.key", "-outform", "DER",
                                         "-out", "signature", NULL});
    EXPECT(w, 0, "seal 2", "sign", w->uuid, "--attach", in(w, "signature", signature));
    EXPECT(w, 0, NULL, "timestamp", w->uuid, "--request", in(w, "q.tsq", tsq), "--signature", "1");
    papers_openssl(w->f.folder,
                   (const char *const[]){"ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq",
                                         "-signer", "tsa.crt", "-inkey", "tsa.key", "-out", "a.tsr", NULL});
    EXPECT(w, 0, "seal 3", "timestamp", w->uuid, "--attach", in(w, "a.tsr", tsr));
}

static void signed_record_travels(void **state)
{
    struct world *w = *state;
    char bundle[96], ca[96], nowhere[96];

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = make_records});
    if (!w->papers)
        SKIP_TEST("no program openssl");
    sign_and_stamp(w);
    EXPECT(w, 0, "approver (approved)", "verify", w->uuid);
    EXPECT(w, 3, "NOT TRUSTED", "verify", w->uuid, "--ca", in(w, "ca.crt", ca));
    EXPECT(w, 0, NULL, "export", w->uuid, "--format", "bundle", "-o", in(w, "run.mbb", bundle));
    assert_int_equal(daemon_fixture_stop(&w->f), 0);
    EXPECT(w, 5, NULL, "verify", w->uuid);
    EXPECT(w, 0, "reviewed", "verify", bundle);
    EXPECT(w, 3, "CN=approver,O=Lab", "verify", bundle, "--ca", ca);
    EXPECT(w, 2, "not a motorbench record", "verify", w->f.store);
    EXPECT(w, 2, "nowhere", "verify", in(w, "nowhere", nowhere));
}

/* What the command line refuses before it asks anyone. */
static void words_that_do_not_fit(void **state)
{
    struct world *w = *state;

    daemon_fixture_start(&w->f, &(struct daemon_fixture_setting){.sim = simulator, .edit = make_records});
    EXPECT(w, 2, "one of --key, --request, --attach", "sign", w->uuid);
    EXPECT(w, 2, "--key needs --cert", "sign", w->uuid, "--key", "x");
    EXPECT(w, 2, "needs --name", "sign", w->uuid, "--request", "/nonexistent/x");
    EXPECT(w, 2, "one of --request, --attach", "timestamp", w->uuid);
    EXPECT(w, 2, "-o FILE is missing", "export", w->uuid, "--format", "bundle");
    EXPECT(w, 2, "no signature 7", "timestamp", w->uuid, "--request", "/nonexistent/x", "--signature", "7");
    EXPECT(w, 2, "no certificate", "sign", w->uuid, "--key", "/dev/null", "--cert", "/dev/null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signed_record_travels, setup, teardown),
        cmocka_unit_test_setup_teardown(words_that_do_not_fit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
