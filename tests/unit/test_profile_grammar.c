/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a profile says where an instrument is plugged in, what its family sends instead of values, and that it
 * is like another one. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "scpi/profile.h"
#include "scpi/script.h"

#define HEAD "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n"
#define IDENTIFY "identify: {query: '*IDN?', match: 'X'}\nupdate_interval_s: 0.5\n"
#define READ "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage}]}]\n"

static struct mb_profile *parse(const char *text)
{
    struct mb_profile *p = NULL;
    struct mb_error err = {0};

    if (mb_profile_parse("good.yaml", text, strlen(text), &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

static void links_are_data(void **state)
{
    struct mb_profile *p =
        parse(HEAD IDENTIFY READ
              "usb: [{vendor: '0b21', product: '0025', note: WT}, {vendor: '2184', as: serial}]\n"
              "serial: {baud: 19200, parity: even, flow: rtscts}\n"
              "tcp: {port: 5025}\n"
              "exit: [{write: ':COMM:REM OFF'}]\n"
              "new_data: {query: 'E?', match: '^1$'}\n");

    (void)state;
    assert_int_equal(p->usb_count, 2);
    assert_int_equal(p->usb[0].vendor, 0x0b21);
    assert_int_equal(p->usb[0].product, 0x0025);
    assert_int_equal(p->usb[0].serial, 0);
    assert_null(p->usb[1].product_text);
    assert_int_equal(p->usb[1].serial, 1);
    assert_int_equal(p->serial.baud, 19200);
    assert_int_equal(p->serial.data_bits, 8);
    assert_int_equal(p->serial.stop_bits, 1);
    assert_int_equal(p->serial.parity, MB_PARITY_EVEN);
    assert_int_equal(p->serial.flow, MB_FLOW_RTSCTS);
    assert_int_equal(p->tcp_port, 5025);
    assert_string_equal(p->exit.rows[0].write, ":COMM:REM OFF");
    assert_true(fabs(p->new_data.interval_s - 0.1) < 1e-9);
    assert_true(fabs(p->new_data.timeout_s - 1.5) < 1e-9);
    (void)mb_profile_free(p);
}

#define FIELDS(fields) "read: [{query: 'V?', layout: comma, fields: [" fields "]}]\n"

static void refused_with_a_reason(void **state)
{
    static const struct {
        const char *text, *word;
    } bad[] = {
        {READ "usb: [{vendor: '0xb21'}]\n", "hexadecimal"},
        {READ "usb: [{vendor: '0B21'}]\n", "hexadecimal"},
        {READ "usb: [{product: '0025'}]\n", "vendor"},
        {READ "serial: {baud: 10}\n", "range"},
        {READ "tcp: {port: 70000}\n", "range"},
        {READ "exit: [{write: 'LOC?'}]\n", "exit"},
        {READ "exit: [{write: 'LOC', query: 'X?', match: '1'}]\n", "exit"},
        {READ "new_data: {query: 'E', match: '1'}\n", "question mark"},
        {READ "new_data: {query: 'E?', match: '('}\n", "regular expression"},
        {READ "new_data: {query: 'E?', match: '1', interval_s: 5}\n", "below"},
        {READ "link: {acknowledge: {match: '('}}\n", "regular expression"},
        {READ "condition: {query: 'C?', bits: [{bit: 1, severity: warn}]}\n", "text"},
        {READ "condition: {query: 'C?', bits: [{bit: 1, severity: warn, text: t, validity: stale}]}\n",
         "stay valid"},
        {READ "condition: {query: 'C?', bits: [{bit: 1, severity: stop, text: t}]}\n", "validity"},
        {READ "condition: {query: 'C?', bits: [{bit: 1, validity: stale}]}\n", "channels"},
        {READ "like: y\n", "folder"},
        {FIELDS("{name: u, quantity: voltage, units: {}}"), "units"},
        {FIELDS("{name: u, quantity: voltage, units: {V: 0}}"), "range"},
        {FIELDS("{match: A, units: {V: 1}}"), "units"},
        {FIELDS("{name: u, quantity: voltage, optional: true}"), "optional"},
        {FIELDS("{name: u, quantity: voltage}, {match: A, optional: true}, {match: B}"), "optional"},
        {FIELDS("{name: u, quantity: voltage, label: U}"), "labels_query"},
        {FIELDS("{name: u, quantity: voltage, item: U}"), "items"},
        {"read: [{query: 'V?', layout: comma, labels_query: 'H', fields: [{name: u, quantity: voltage, "
         "label: U}]}]\n",
         "question mark"},
        {"read: [{query: 'V?', layout: comma, labels_query: 'H?', fields: [{name: u, quantity: voltage}]}]\n",
         "label"},
        {"read: [{query: 'V?', layout: labelled, fields: [{name: u, quantity: voltage}]}]\n", "marker"},
        {"read: [{query: 'V?', layout: channels, fields: [{name: u, quantity: voltage}]}]\n", "marker"},
    };
    struct mb_profile *p = NULL;
    struct mb_error err;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "%s%s", HEAD IDENTIFY, bad[i].text);
        err.text[0] = '\0';
        if (mb_profile_parse("bad.yaml", text, strlen(text), &p, &err) != -EINVAL || p)
            fail_msg("taken: %s", text);
        if (!strstr(err.text, bad[i].word) || strncmp(err.text, "bad.yaml:", 9) != 0)
            fail_msg("'%s' does not say '%s'", err.text, bad[i].word);
    }
}

/* Each family once with all it sends mapped, and once with a marker missing that a plain reader takes for a
 * value. */
static void a_dialect_wants_its_markers(void **state)
{
    static const struct {
        const char *dialect, *invalid, *missing;
    } families[] = {
        {"scpi", "{above: 9e36, validity: no-data}, {below: -9e36, validity: no-data}",
         "{above: 9e36, validity: no-data}"},
        {"yokogawa-wt", "{token: INF, validity: over-range}, {token: NAN, validity: no-data}",
         "{token: NAN, validity: no-data}"},
        {"hioki-pw33", "{above: 7e11, validity: no-data}, {below: -7e11, validity: no-data}",
         "{equals: 999.99e9, validity: over-range}, {equals: 777.77e9, validity: no-data}"},
        {"chroma-66200",
         "{equals: -1, validity: no-data}, {equals: -2, validity: no-data}, {equals: -3, validity: "
         "over-range}",
         "{equals: -1, validity: no-data}, {equals: -2, validity: no-data}"},
        {"tonghui", "{above: 9e36, validity: over-range}", "{equals: 9.91e37, validity: over-range}"},
    };
    struct mb_profile *p = NULL;
    struct mb_error err;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        for (int good = 0; good < 2; good++) {
            (void)snprintf(
                text, sizeof text,
                "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s, "
                "dialect: %s}\n" IDENTIFY READ "invalid: [%s]\n",
                families[i].dialect, good ? families[i].invalid : families[i].missing);
            assert_int_equal(mb_profile_parse("x.yaml", text, strlen(text), &p, &err), good ? 0 : -EINVAL);
            if (!good)
                assert_non_null(strstr(err.text, families[i].dialect));
            p = mb_profile_free(p);
        }
    }
    assert_int_equal(mb_profile_parse("x.yaml", HEAD, strlen(HEAD), &p, &err), -EINVAL);
}

static void script_of_items(void **state)
{
    struct mb_profile *p =
        parse(HEAD IDENTIFY
              "wirings: {1P2W: A, 3V3A: B}\n"
              "read:\n"
              "  - query: ':MEAS? {items}'\n"
              "    layout: comma\n"
              "    fields: [{name: u1, quantity: voltage, item: U1}, {name: u2, quantity: voltage, item: U2, "
              "wirings: [3V3A]}]\n"
              "  - query: 'VAL?'\n"
              "    layout: comma\n"
              "    item_write: 'ITEM:{item} ON'\n"
              "    count_query: 'NUMB?'\n"
              "    labels_query: 'HEAD?'\n"
              "    fields: [{name: i, quantity: current, item: A, label: I1}, {item: A, label: I2}, {item: "
              "W, label: P}]\n"
              "  - {query: 'X?', layout: single, fields: [{name: z, quantity: voltage, wirings: [3P4W]}]}\n");
    const struct mb_instrument_setting setting = {.wiring = 0}; /* 1P2W */
    struct mb_script_context c;
    struct mb_channel *channels;
    struct mb_script s = {0};
    size_t n;
    static const char *const expected[] = {"*IDN?", "ITEM:A ON", "ITEM:W ON", "NUMB?", "HEAD?"};

    (void)state;
    assert_int_equal(mb_script_context_init(p, &setting, &c, &channels, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(mb_script_open(&c, &s, NULL), 0);
    assert_int_equal(s.count, 5);
    for (size_t i = 0; i < s.count; i++)
        assert_string_equal(s.steps[i].text, expected[i]);
    assert_true(s.steps[3].has_number && s.steps[3].number == 3);
    assert_string_equal(s.steps[4].match, "I1,I2,P");
    mb_script_done(&s);
    assert_int_equal(mb_script_read(&c, &s, NULL), 0);
    assert_int_equal(s.count, 2); /* nothing of the third group exists with this wiring */
    assert_string_equal(s.steps[0].text, ":MEAS? U1");
    mb_script_done(&s);
    mb_script_context_done(&c);
    free(channels);
    (void)mb_profile_free(p);
}

struct folders {
    char own[64], list[160];
};

static int make_folders(void **state)
{
    struct folders *f = calloc(1, sizeof *f);

    assert_non_null(f);
    (void)snprintf(f->own, sizeof f->own, "/tmp/motorbench-like-XXXXXX");
    assert_non_null(mkdtemp(f->own));
    (void)snprintf(f->list, sizeof f->list, "%s:driver/profiles", f->own);
    *state = f;
    return 0;
}

static int remove_folders(void **state)
{
    struct folders *f = *state;
    DIR *folder = opendir(f->own);
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
    (void)closedir(folder);
    assert_int_equal(rmdir(f->own), 0);
    free(f);
    return 0;
}

static void put(const struct folders *f, const char *id, const char *text)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/%s.yaml", f->own, id);
    assert_int_equal(mb_file_write(path, text, strlen(text), NULL), 0);
}

#define OWN "profile: {id: mine, models: [M1], maturity: unverified, source: letter}\n"

static void like_another(void **state)
{
    const struct folders *f = *state;
    struct mb_profile *p = NULL, *base = NULL;
    struct mb_error err = {0};

    put(f, "mine",
        "like: yokogawa-wt300e\n" OWN "identify: {query: '*IDN?', match: '^MINE,'}\n"
        "ranges: {voltage_v: [100, 1000]}\nwirings: {3P4W: ~}\nexit: ~\n");
    if (mb_profile_load(f->list, "mine", &p, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(mb_profile_load(f->list, "yokogawa-wt300e", &base, NULL), 0);
    assert_string_equal(p->id, "mine");
    assert_string_equal(p->maker, base->maker);
    assert_string_equal(p->identify.match, "^MINE,");
    assert_int_equal(p->ranges.voltage_count, 2);
    assert_int_equal(p->ranges.current_count, base->ranges.current_count);
    assert_non_null(p->wirings[0]);
    assert_null(p->wirings[3]); /* 3P4W is taken away */
    assert_int_equal(p->exit.count, 0);
    assert_int_equal(base->exit.count, 1);
    assert_int_equal(p->groups[0].field_count, base->groups[0].field_count);
    (void)mb_profile_free(p);
    (void)mb_profile_free(base);
}

static void likeness_has_limits(void **state)
{
    const struct folders *f = *state;
    static const struct {
        const char *text, *word;
    } bad[] = {
        {"like: mine\n" OWN, "itself"},
        {"like: second\n" OWN, "itself"},
        {"like: no-such-thing\n" OWN, "no profile"},
        {"like: ../profiles/yokogawa-wt300e\n" OWN, "lower-case"},
        {"like: yokogawa-wt300e\nprofile: {id: mine, models: [M1], source: s}\n", "maturity"},
        {"like: yokogawa-wt300e\n", "profile"},
        {"like: yokogawa-wt300e\n" OWN "setup: [{write: 'A?'}]\n",
         "question mark"}, /* what is merged is checked */
        {"like: yokogawa-wt300e\n" OWN "invalid: ~\n", "INF"},
        {"like: yokogawa-wt300e\n" OWN "ranges: {voltage_v: [5, 4]}\n", "rising"},
        {"like: [a]\n" OWN, "expected"},
    };
    struct mb_profile *p = NULL;
    struct mb_error err;

    put(f, "second",
        "like: yokogawa-wt300e\nprofile: {id: second, models: [A], maturity: unverified, source: s}\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(f, "mine", bad[i].text);
        err.text[0] = '\0';
        if (mb_profile_load(f->list, "mine", &p, &err) >= 0 || p)
            fail_msg("taken: %s", bad[i].text);
        if (!strstr(err.text, bad[i].word))
            fail_msg("'%s' does not say '%s'", err.text, bad[i].word);
    }
}

/* A site's file goes before the one that ships, and the first folder decides. */
static void the_first_folder_decides(void **state)
{
    const struct folders *f = *state;
    struct mb_profile *p = NULL;

    put(f, "yokogawa-wt300e",
        "profile: {id: yokogawa-wt300e, maker: Site, kind: k, models: [A], maturity: unverified, source: "
        "s}\n" IDENTIFY);
    assert_int_equal(mb_profile_load(f->list, "yokogawa-wt300e", &p, NULL), 0);
    assert_string_equal(p->maker, "Site");
    p = mb_profile_free(p);
    assert_int_equal(mb_profile_load(f->list, "no-such-thing", &p, NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_data),
        cmocka_unit_test(refused_with_a_reason),
        cmocka_unit_test(a_dialect_wants_its_markers),
        cmocka_unit_test(script_of_items),
        cmocka_unit_test_setup_teardown(like_another, make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(likeness_has_limits, make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(the_first_folder_decides, make_folders, remove_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
