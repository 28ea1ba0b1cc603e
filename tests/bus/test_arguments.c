/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a client sends as the arguments of a method: an answer or an error comes in time, the daemon stays
 * and the bench is safe at the end. Seeded; ARGUMENTS=ROUNDS calls each method so often instead of a few
 * times. */
#include "support/test.h"

#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "support/daemon_fixture.h"

#define NAME "org.motorbench1"
#define ROOT "/org/motorbench1"
#define ROUNDS 6
#define ANSWER_US (20 * 1000000ull)
#define DEPTH_MAX 8     /* of variants in variants */
#define LONG_ARRAY 3000 /* elements */
#define LONG_TEXT 5000  /* bytes */

static const char *const simulator[] = {"--preset", "11kW-4p", "--factor", "20", "--seed", "4", NULL};

struct sender {
    struct daemon_fixture *f;
    uint64_t seed;
    char *long_text;
    int file; /* to be handed over */
    unsigned answers, errors;
};

/* xorshift64* */
static unsigned pick(struct sender *s, unsigned below)
{
    s->seed ^= s->seed >> 12;
    s->seed ^= s->seed << 25;
    s->seed ^= s->seed >> 27;
    return (unsigned)((s->seed * 0x2545F4914F6CDD1Dull) >> 33) % below;
}

/* ---- Values. ---- */

static const char *text(struct sender *s)
{
    const char *const texts[] = {"",
                                 "sim",
                                 "analyser",
                                 "motor",
                                 "items",
                                 "rule",
                                 "why",
                                 "method",
                                 "photo",
                                 "bench",
                                 "done",
                                 "uncouple",
                                 "pdf",
                                 "json",
                                 "bundle",
                                 "GB 18613-2020",
                                 "../../../etc/passwd",
                                 "/",
                                 "%n%s%s",
                                 "-1",
                                 "1e999",
                                 "\xe7\x94\xb5\xe6\x9c\xba",
                                 "line\nline",
                                 s->f->motor,
                                 s->f->uuid,
                                 s->long_text};

    return texts[pick(s, sizeof texts / sizeof *texts)];
}

static double number(struct sender *s)
{
    static const double numbers[] = {0, -0.0, 1, -1, 0.5, 1e300, -1e300, DBL_MIN, NAN, INFINITY, -INFINITY};

    return numbers[pick(s, sizeof numbers / sizeof *numbers)];
}

static uint64_t integer(struct sender *s)
{
    static const uint64_t integers[] = {0, 1, 2, 255, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};

    return integers[pick(s, sizeof integers / sizeof *integers)];
}

static void append_basic(struct sender *s, sd_bus_message *m, char type)
{
    uint64_t i = integer(s), whole = type == 'b' ? i & 1 : i; /* little endian: its lower bytes */
    double d = number(s);
    const char *t = type == 'o' ? ROOT "/bench/sim" : type == 'g' ? "a{sv}" : text(s);
    const void *value = type == 'd' ? (const void *)&d : type == 'h' ? (const void *)&s->file : &whole;

    if (type == 's' || type == 'o' || type == 'g')
        value = t;
    assert_true(sd_bus_message_append_basic(m, type, value) >= 0);
}

/* Of the first complete type in a signature. */
static size_t type_length(const char *signature)
{
    size_t n = 1, open = 1;

    if (*signature == 'a')
        return 1 + type_length(signature + 1);
    if (*signature != '(' && *signature != '{')
        return 1;
    for (; open > 0; n++)
        open += (signature[n] == '(' || signature[n] == '{') - (signature[n] == ')' || signature[n] == '}');
    return n;
}

static void append_all(struct sender *s, sd_bus_message *m, const char *signature, unsigned depth);

static void append_container(struct sender *s, sd_bus_message *m, const char *type, size_t n, unsigned depth)
{
    static const char *const variants[] = {"s", "d", "u", "b", "as", "a{sv}", "v", "(sd)", "ay"};
    char kind = *type == '(' ? 'r' : *type == '{' ? 'e' : *type;
    char contents[256];
    unsigned count = 1;

    if (kind == 'v')
        (void)snprintf(contents, sizeof contents, "%s",
                       variants[depth < DEPTH_MAX ? pick(s, sizeof variants / sizeof *variants) : 0]);
    else
        (void)snprintf(contents, sizeof contents, "%.*s", (int)(kind == 'a' ? n - 1 : n - 2), type + 1);
    if (kind == 'a')
        count = pick(s, 8) == 0 && depth < 2 ? LONG_ARRAY : pick(s, 4);
    assert_true(sd_bus_message_open_container(m, kind, contents) >= 0);
    for (unsigned i = 0; i < count; i++)
        append_all(s, m, contents, depth + 1);
    assert_true(sd_bus_message_close_container(m) >= 0);
}

static void append_all(struct sender *s, sd_bus_message *m, const char *signature, unsigned depth)
{
    for (size_t n; *signature; signature += n) {
        n = type_length(signature);
        if (strchr("a(v{", *signature))
            append_container(s, m, signature, n, depth);
        else
            append_basic(s, m, *signature);
    }
}

/* ---- Calls. ---- */

/* Neither silence nor the end of the connection is an answer. */
static void call(struct sender *s, const char *path, const char *interface, const char *member,
                 const char *signature)
{
    static const char *const no_answers[] = {SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT,
                                             SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_DISCONNECTED};
    sd_bus_message *m = NULL, *reply = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;

    assert_true(sd_bus_message_new_method_call(s->f->client, &m, NAME, path, interface, member) >= 0);
    append_all(s, m, signature, 0);
    if (sd_bus_call(s->f->client, m, ANSWER_US, &error, &reply) < 0) {
        for (size_t i = 0; i < sizeof no_answers / sizeof *no_answers; i++)
            if (!error.name || strcmp(error.name, no_answers[i]) == 0)
                daemon_fixture_fail(s->f, "%s.%s(%s): %s", interface, member, signature,
                                    error.name ? error.name : "no answer");
        s->errors++;
    } else {
        s->answers++;
    }
    sd_bus_error_free(&error);
    sd_bus_message_unref(reply);
    sd_bus_message_unref(m);
}

static void call_wrongly(struct sender *s, const char *path, const char *interface, const char *member,
                         const char *right)
{
    static const char *const wrong[] = {"", "s", "as", "a{sv}", "ay", "h", "v", "uu", "(ii)", "sa{sv}a{sv}d"};

    if (pick(s, 3) == 0)
        right = wrong[pick(s, sizeof wrong / sizeof *wrong)];
    call(s, path, interface, member, right);
}

/* The value of an XML attribute behind `from`, before `end`. */
static bool attribute(const char *from, const char *end, const char *name, char *ret, size_t size)
{
    const char *at = strstr(from, name);

    if (!at || at >= end)
        return false;
    at += strlen(name);
    (void)snprintf(ret, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

/* The types of all arguments that go in, one behind the other. */
static void arguments_of(const char *method, const char *end, char *ret, size_t size)
{
    *ret = 0;
    for (const char *p = method; (p = strstr(p, "<arg ")) && p < end; p++) {
        const char *tag_end = strchr(p, '>');
        size_t used = strlen(ret);
        char direction[8] = "";

        if (attribute(p, tag_end, "direction=\"", direction, sizeof direction) &&
            strcmp(direction, "in") == 0)
            (void)attribute(p, tag_end, "type=\"", ret + used, size - used);
    }
}

static void call_each_method(struct sender *s, const char *path, const char *leaf)
{
    char file[96], interface[64], member[64], signature[64], *xml = NULL;
    struct mb_error err = {""};
    size_t size;

    (void)snprintf(interface, sizeof interface, NAME ".%s", leaf);
    (void)snprintf(file, sizeof file, "docs/dbus/%s.xml", interface);
    assert_int_equal(mb_file_read(file, 1 << 20, &xml, &size, &err), 0);
    for (const char *p = xml; (p = strstr(p, "<method ")); p++) {
        const char *end = strstr(p, "</method>");

        assert_true(end && attribute(p, end, "name=\"", member, sizeof member));
        arguments_of(p, end, signature, sizeof signature);
        call_wrongly(s, path, interface, member, signature);
    }
    free(xml);
}

static void call_object(struct sender *s, const char *prefix, const char *interface)
{
    char *path = NULL;

    assert_true(sd_bus_path_encode(prefix, s->f->uuid, &path) >= 0);
    call_each_method(s, path, interface);
    free(path);
}

static void a_round(struct sender *s)
{
    call_each_method(s, ROOT, "Manager");
    call_each_method(s, ROOT "/standards", "Standards");
    call_each_method(s, ROOT "/bench/sim", "Bench");
    call_object(s, ROOT "/run", "Run");
    call_object(s, ROOT "/record", "Record");
}

static void any_arguments(void **state)
{
    const char *rounds = getenv("ARGUMENTS");
    struct daemon_fixture *f = *state;
    struct sender s = {.f = f, .seed = 20261122, .file = open("/dev/null", O_RDONLY | O_CLOEXEC)};

    s.long_text = malloc(LONG_TEXT + 1);
    assert_non_null(s.long_text);
    memset(s.long_text, 'x', LONG_TEXT);
    s.long_text[LONG_TEXT] = 0;
    daemon_fixture_start(f, &(struct daemon_fixture_setting){.sim = simulator});
    daemon_fixture_run(f);
    for (unsigned long i = 0, n = rounds ? strtoul(rounds, NULL, 10) : ROUNDS; i < n; i++)
        a_round(&s);
    printf("# %u answers, %u errors\n", s.answers, s.errors);
    assert_true(s.answers > 0 && s.errors > s.answers / 4);
    assert_int_equal(FIXTURE_STATUS(f, "stop", "sim"), 0);
    (void)daemon_fixture_await_off(f, FIXTURE_PATIENCE_MS);
    assert_int_equal(daemon_fixture_stop(f), 0);
    (void)close(s.file);
    free(s.long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_arguments, daemon_fixture_setup, daemon_fixture_teardown)};

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
