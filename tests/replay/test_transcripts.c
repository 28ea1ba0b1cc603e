/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every profile against what its instrument was heard to say, or should say by the maker's grammar: the
 * driver opens it on a replay, does what the head of the transcript asks, and the readings must be those of
 * the file beside it. All recordings run at once, as some instruments want pauses.
 *
 * MOTORBENCH_REGENERATE=1 writes the files of readings anew; look at the difference before it is kept. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/number.h"
#include "instrument/replay_server.h"
#include "instrument/session.h"
#include "scpi/profile.h"

#define PROFILES "driver/profiles"
#define FOLDER "tests/replay/transcripts"
#define CASES_MAX 256
#define DEADLINE_S 60.0
/* Bench seconds a real second: intervals of instruments pass quickly, and a busy machine still has time. */
#define FACTOR 4.0

struct replay_case {
    char profile[64], path[PATH_MAX];
    struct mb_transcript *transcript;
    struct replay_server *server;
    struct mb_clock clock;
    struct session *session;
    bool done;
    struct mb_error error; /* why it could not begin */
    char unknown[512];     /* what the driver said that is not in the recording */
};

struct suite {
    sd_event *event;
    struct replay_case *cases;
    size_t count;
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

static void on_unknown(const char *text, const char *why, void *userdata)
{
    struct replay_case *c = userdata;
    size_t used = strlen(c->unknown);

    (void)snprintf(c->unknown + used, sizeof c->unknown - used, "'%s' %s; ", text, why);
}

static void on_done(void *userdata)
{
    struct replay_case *c = userdata;

    c->done = true;
}

/* A number of the head; 0: not given. */
static double head_number(const struct mb_transcript *t, enum mb_transcript_key key)
{
    double value = 0;

    if (t->head[key])
        assert_int_equal(mb_number_parse(t->head[key], strlen(t->head[key]), &value), 0);
    return value;
}

static int head_wiring(const struct mb_transcript *t)
{
    const char *wiring = t->head[MB_TRANSCRIPT_WIRING];

    for (int i = 0; wiring && mb_wirings[i]; i++)
        if (strcmp(mb_wirings[i], wiring) == 0)
            return i;
    assert_null(wiring);
    return -1;
}

static int begin(sd_event *event, struct replay_case *c)
{
    struct mb_instrument_setting instrument = {.id = c->profile, .profile = c->profile, .clock = &c->clock};
    struct session_setting setting = {.instrument = &instrument,
                                      .profile_directory = PROFILES,
                                      .timeout_s = DEADLINE_S,
                                      .replayed = true,
                                      .done = on_done,
                                      .userdata = c};
    struct replay_options options = {.unknown = on_unknown, .userdata = c};
    int r = mb_transcript_load(c->path, &c->transcript, &c->error);

    if (r < 0)
        return r;
    /* Those made by hand have a delay only where it matters. */
    options.delays = c->transcript->head[MB_TRANSCRIPT_ORIGIN] &&
                     strcmp(c->transcript->head[MB_TRANSCRIPT_ORIGIN], "hand-made") == 0;
    r = replay_server_new(event, c->transcript, &options, &c->server, &c->error);
    if (r < 0)
        return r;
    mb_clock_init(&c->clock, FACTOR);
    instrument.address = replay_server_address(c->server);
    instrument.wiring = head_wiring(c->transcript);
    instrument.voltage_range_v = head_number(c->transcript, MB_TRANSCRIPT_VOLTAGE_RANGE_V);
    instrument.current_range_a = head_number(c->transcript, MB_TRANSCRIPT_CURRENT_RANGE_A);
    setting.actions = c->transcript->head[MB_TRANSCRIPT_ACTIONS];
    if (!setting.actions)
        return mb_error_set(&c->error, -EINVAL, "the head has no 'actions'");
    return session_new(event, &setting, &c->session, &c->error);
}

static bool all_done(const struct suite *suite)
{
    for (size_t i = 0; i < suite->count; i++)
        if (!suite->cases[i].done)
            return false;
    return true;
}

static void run_for(sd_event *event, uint64_t until_ns)
{
    while (mb_monotonic_ns() < until_ns)
        if (sd_event_run(event, 10000) < 0)
            break;
}

static void run_all(struct suite *suite)
{
    uint64_t end_ns = mb_monotonic_ns() + (uint64_t)(DEADLINE_S * 1e9);

    for (size_t i = 0; i < suite->count; i++)
        if (begin(suite->event, &suite->cases[i]) < 0)
            suite->cases[i].done = true;
    while (!all_done(suite) && mb_monotonic_ns() < end_ns)
        run_for(suite->event, mb_monotonic_ns() + 10000000);
    run_for(suite->event, mb_monotonic_ns() + 50000000); /* what is said at closing arrives */
}

static void expected_path(const struct replay_case *c, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "%.*s.expected", (int)(strlen(c->path) - strlen(".transcript")), c->path);
}

static void compare(const struct replay_case *c)
{
    char path[PATH_MAX], *got = NULL, *expected;
    struct mb_error err = {""};
    size_t size;

    assert_true(asprintf(&got, "# %s\naction,channel,value,unit,validity\n%s", session_identity(c->session),
                         session_text(c->session)) > 0);
    expected_path(c, path, sizeof path);
    if (getenv("MOTORBENCH_REGENERATE") && mb_file_write(path, got, strlen(got), &err) < 0)
        fail_msg("%s", err.text);
    if (mb_file_read(path, 1u << 20, &expected, &size, &err) < 0)
        fail_msg("%s", err.text);
    if (strcmp(expected, got) != 0)
        fail_msg("%s: readings differ, expected:\n%s\ngot:\n%s", path, expected, got);
    free(expected);
    free(got);
}

static void head_is_complete(const struct replay_case *c)
{
    static const enum mb_transcript_key needed[] = {MB_TRANSCRIPT_DEVICE, MB_TRANSCRIPT_DATE,
                                                    MB_TRANSCRIPT_PROFILE, MB_TRANSCRIPT_ORIGIN,
                                                    MB_TRANSCRIPT_SOURCE};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!c->transcript->head[needed[i]])
            fail_msg("%s: the head has no '%s'", c->path, mb_transcript_key_name(needed[i]));
    assert_string_equal(c->transcript->head[MB_TRANSCRIPT_PROFILE], c->profile);
}

static void replay_is_understood(void **state)
{
    const struct replay_case *c = *state;
    const char *why, *first;

    if (c->error.text[0])
        fail_msg("%s: %s", c->path, c->error.text);
    head_is_complete(c);
    if (c->unknown[0])
        fail_msg("%s: %s", c->path, c->unknown);
    if (!c->done || session_error(c->session, &why) < 0)
        fail_msg("%s: %s\n%s", c->path, c->done ? why : "did not end", session_text(c->session));
    if (replay_server_unheard(c->server, &first) > 0)
        fail_msg("%s: the driver does not say '%s'", c->path, first);
    compare(c);
}

static void profile_has_a_transcript(void **state)
{
    const struct replay_case *c = *state; /* path: a folder */
    DIR *folder = opendir(c->path);
    const struct dirent *entry;
    size_t count = 0;

    while (folder && (entry = readdir(folder)))
        count += ends_with(entry->d_name, ".transcript");
    if (folder)
        (void)closedir(folder);
    if (count == 0)
        fail_msg("profile %s has no transcript in %s", c->profile, c->path);
}

static bool was_recorded(const struct suite *suite, const char *profile)
{
    for (size_t i = 0; i < suite->count; i++) {
        const struct mb_transcript *t = suite->cases[i].transcript;

        if (strcmp(suite->cases[i].profile, profile) == 0 && t && t->head[MB_TRANSCRIPT_ORIGIN] &&
            strcmp(t->head[MB_TRANSCRIPT_ORIGIN], "recorded") == 0)
            return true;
    }
    return false;
}

/* `verified` is said of a profile that a real device was recorded with. */
static void verified_means_recorded(void **state)
{
    const struct suite *suite = *state;
    struct mb_profile *p;
    struct mb_error err = {""};

    for (size_t i = 0; i < suite->count; i++) {
        const char *profile = suite->cases[i].profile;

        if (mb_profile_load(PROFILES, profile, &p, &err) < 0)
            fail_msg("%s", err.text);
        if (p->maturity == MB_MATURITY_VERIFIED && !was_recorded(suite, profile))
            fail_msg("%s is 'verified', but its transcripts are made by hand", profile);
        (void)mb_profile_free(p);
    }
}

static void add_case(struct replay_case *list, size_t *count, const char *profile, const char *path)
{
    if (*count < CASES_MAX) {
        (void)snprintf(list[*count].profile, sizeof list->profile, "%s", profile);
        (void)snprintf(list[*count].path, sizeof list->path, "%s", path);
        (*count)++;
    }
}

/* The transcripts of one folder, in the order of their names. */
static void add_folder(struct replay_case *list, size_t *count, const char *profile)
{
    char path[PATH_MAX];
    struct dirent **entries = NULL;
    int n;

    (void)snprintf(path, sizeof path, FOLDER "/%s", profile);
    n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, FOLDER "/%s/%s", profile, entries[i]->d_name);
        if (ends_with(entries[i]->d_name, ".transcript"))
            add_case(list, count, profile, path);
        free(entries[i]);
    }
    free(entries);
}

static size_t list_transcripts(struct replay_case *list)
{
    struct dirent **entries = NULL;
    int n = scandir(FOLDER, &entries, NULL, alphasort);
    size_t count = 0;

    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            add_folder(list, &count, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count;
}

static size_t list_profiles(struct replay_case *list)
{
    struct dirent **entries = NULL;
    int n = scandir(PROFILES, &entries, NULL, alphasort);
    char id[64], path[PATH_MAX];
    size_t count = 0;

    for (int i = 0; i < n; i++) {
        if (ends_with(entries[i]->d_name, ".yaml")) {
            (void)snprintf(id, sizeof id, "%.*s", (int)(strlen(entries[i]->d_name) - strlen(".yaml")),
                           entries[i]->d_name);
            (void)snprintf(path, sizeof path, FOLDER "/%s", id);
            add_case(list, &count, id, path);
        }
        free(entries[i]);
    }
    free(entries);
    return count;
}

static void clear(struct suite *suite)
{
    for (size_t i = 0; i < suite->count; i++) {
        (void)session_free(suite->cases[i].session);
        (void)replay_server_free(suite->cases[i].server);
        (void)mb_transcript_free(suite->cases[i].transcript);
    }
    sd_event_unref(suite->event);
}

int main(void)
{
    static struct replay_case cases[CASES_MAX], profiles[CASES_MAX];
    static struct CMUnitTest tests[2 * CASES_MAX + 1];
    struct suite suite = {.cases = cases, .count = list_transcripts(cases)};
    size_t profile_count = list_profiles(profiles), n = 0;
    int failed;

    if (sd_event_new(&suite.event) < 0)
        return 1;
    run_all(&suite);
    for (size_t i = 0; i < profile_count; i++)
        tests[n++] = (struct CMUnitTest){
            .name = profiles[i].path, .test_func = profile_has_a_transcript, .initial_state = &profiles[i]};
    for (size_t i = 0; i < suite.count; i++)
        tests[n++] = (struct CMUnitTest){
            .name = cases[i].path, .test_func = replay_is_understood, .initial_state = &cases[i]};
    tests[n++] = (struct CMUnitTest){
        .name = "verified_means_recorded", .test_func = verified_means_recorded, .initial_state = &suite};
    failed = _cmocka_run_group_tests("transcripts", tests, n, NULL, NULL);
    clear(&suite);
    return failed;
}
