/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles: every file that ships, what the check refuses, the reply parser and the scripts. */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "scpi/profile.h"
#include "scpi/reply.h"
#include "scpi/script.h"
#include "scpi/text.h"

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 1e-9)

static struct mb_profile *load(const char *id)
{
    struct mb_profile *p = NULL;
    struct mb_error err = {0};

    if (mb_profile_load("driver/profiles", id, &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

/* Calls check with every profile that ships; the number of them. */
static int each_shipped(void (*check)(const struct mb_profile *))
{
    DIR *folder = opendir("driver/profiles");
    struct mb_profile *p;
    struct dirent *entry;
    char id[64];
    int n = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        const char *dot = strrchr(entry->d_name, '.');

        if (!dot || strcmp(dot, ".yaml") != 0)
            continue;
        (void)snprintf(id, sizeof id, "%.*s", (int)(dot - entry->d_name), entry->d_name);
        p = load(id);
        check(p);
        (void)mb_profile_free(p);
        n++;
    }
    (void)closedir(folder);
    return n;
}

/* Everything that reads values names its family, whose markers are then all mapped; nothing calls itself
 * verified without a recording. */
static void check_shipped(const struct mb_profile *p)
{
    if (p->group_count > 0 && !p->dialect)
        fail_msg("%s: no dialect", p->id);
    if (p->maturity == MB_MATURITY_VERIFIED)
        fail_msg("%s: verified, but no device of ours was recorded", p->id);
}

static void test_every_file(void **state)
{
    (void)state;
    assert_true(each_shipped(check_shipped) >= 15);
}

static void test_load_refuses_paths(void **state)
{
    struct mb_profile *p = NULL;
    struct mb_error err = {0};

    (void)state;
    assert_int_equal(mb_profile_load("driver/profiles", "../profiles/chroma-61500", &p, &err), -EINVAL);
    assert_int_equal(mb_profile_load("driver/profiles", "", &p, &err), -EINVAL);
    assert_int_equal(mb_profile_load("driver/profiles", "no-such-thing", &p, &err), -ENOENT);
    assert_null(p);
}

#define HEAD "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n"
#define IDENTIFY "identify: {query: '*IDN?', match: 'X'}\nupdate_interval_s: 1\n"
#define READ "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage}]}]\n"
#define SAFE "safe: {time_to_safe_s: 1, steps: [{write: 'OFF', query: 'OFF?', match: '1'}]}\n"

/* The good text passes; each change to it must be refused, and the message must name the reason. */
static void test_check_refuses(void **state)
{
    static const struct {
        const char *text, *word;
    } bad[] = {
        {"profile: {id: X, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n" IDENTIFY,
         "lower-case"},
        {"profile: {id: x, maker: M, kind: k, models: [], maturity: unverified, source: s}\n" IDENTIFY,
         "list"},
        {HEAD "identify: {query: '*IDN?', match: '('}\nupdate_interval_s: 1\n", "regular expression"},
        {HEAD IDENTIFY "setup: [{write: 'MODE?'}]\n", "question mark"},
        {HEAD IDENTIFY "setup: [{query: 'MODE', match: 'A'}]\n", "question mark"},
        {HEAD IDENTIFY "setup: [{query: 'MODE?'}]\n", "belong together"},
        {HEAD IDENTIFY "setup: [{write: 'MODE {mode}'}]\n", "not known"},
        {HEAD IDENTIFY "setup: [{query: 'MODE?', match: '['}]\n", "regular expression"},
        {HEAD IDENTIFY "setup: [{when: weather, write: 'A'}]\n", "weather"},
        {HEAD IDENTIFY "errors: {query: 'ERR', ok: '^0'}\n", "question mark"},
        {HEAD IDENTIFY "read: [{query: 'V', layout: comma, fields: [{name: u, quantity: voltage}]}]\n",
         "question mark"},
        {HEAD IDENTIFY "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: volts}]}]\n",
         "quantity"},
        {HEAD IDENTIFY "read: [{query: 'V?', layout: comma, fields: [{name: U, quantity: voltage}]}]\n",
         "lower-case"},
        {HEAD IDENTIFY "read: [{query: 'V?', layout: comma, fields: []}]\n", "no fields"},
        {HEAD IDENTIFY "read: [{query: 'V?', layout: letters, fields: [{name: u, quantity: voltage}]}]\n",
         "marker"},
        {HEAD IDENTIFY "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage}, {name: u, "
                       "quantity: voltage}]}]\n",
         "twice"},
        {HEAD IDENTIFY
         "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage, wirings: [5P]}]}]\n",
         "wiring"},
        {HEAD IDENTIFY READ "condition: {query: 'C?', bits: [{bit: 1, validity: stale, channels: [w]}]}\n",
         "channel"},
        {HEAD IDENTIFY READ "invalid: [{validity: stale}]\n", "exactly one"},
        {HEAD IDENTIFY READ "invalid: [{token: A, above: 3, validity: stale}]\n", "exactly one"},
        {HEAD IDENTIFY "ranges: {voltage_v: [10, 5]}\n", "rising"},
        {HEAD IDENTIFY SAFE
         "set: [{quantity: voltage, minimum: 5, maximum: 5, digits: 1, steps: [{write: 'V {value}'}]}]\n",
         "below"},
        {HEAD IDENTIFY SAFE
         "set: [{quantity: voltage, minimum: 0, maximum: 5, digits: 1, steps: [{write: 'V 1'}]}]\n",
         "{value}"},
        {HEAD IDENTIFY
         "set: [{quantity: voltage, minimum: 0, maximum: 5, digits: 1, steps: [{write: 'V {value}'}]}]\n",
         "safe"},
        {HEAD IDENTIFY "output: {on: [{write: 'ON'}], off: [{write: 'OFF'}]}\n", "safe"},
        {HEAD IDENTIFY "safe: {time_to_safe_s: 1, steps: [{write: 'OFF'}]}\n", "confirms"},
        {HEAD IDENTIFY "safe: {time_to_safe_s: 1, steps: [{query: 'OFF?', match: '1'}]}\n", "begin"},
        {HEAD IDENTIFY
         "safe: {time_to_safe_s: 1, steps: [{when: wiring, write: 'OFF', query: 'OFF?', match: '1'}]}\n",
         "depend"},
        {HEAD IDENTIFY "nonsense: 1\n", "nonsense"},
    };
    static const char good[] = HEAD IDENTIFY READ SAFE;
    struct mb_profile *p = NULL;
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_profile_parse("good.yaml", good, strlen(good), &p, &err), 0);
    p = mb_profile_free(p);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err.text[0] = '\0';
        if (mb_profile_parse("bad.yaml", bad[i].text, strlen(bad[i].text), &p, &err) != -EINVAL || p)
            fail_msg("taken: %s", bad[i].text);
        if (!strstr(err.text, bad[i].word) || strncmp(err.text, "bad.yaml:", 9) != 0)
            fail_msg("'%s' does not say '%s'", err.text, bad[i].word);
    }
}

static void all_fields(const struct mb_group *g, const struct mb_value_field **ret)
{
    for (size_t i = 0; i < g->field_count; i++)
        ret[i] = &g->fields[i];
}

static int parse(const struct mb_profile *p, const char *text, struct mb_reply_value *ret)
{
    const struct mb_value_field *fields[64];

    all_fields(&p->groups[0], fields);
    return mb_reply_values(p, &p->groups[0], fields, p->groups[0].field_count, text, ret, NULL);
}

static void test_reply_letters(void **state)
{
    struct mb_profile *p = load("magtrol-dsp6001");
    struct mb_reply_value v[2];

    (void)state;
    assert_int_equal(parse(p, "S    0T0.488R", v), 0);
    assert_near(v[0].value, 0);
    assert_near(v[1].value, 0.488);
    assert_int_equal(parse(p, "S 1433T73.28L", v), 0);
    assert_near(v[0].value, 1433);
    assert_near(v[1].value, 73.28);
    assert_int_equal(parse(p, "S 1433T73.28A", v), 0);
    assert_int_equal(v[0].validity, MB_OVER_RANGE);
    assert_int_equal(v[1].validity, MB_OVER_RANGE);
    assert_int_equal(parse(p, "S 1433T7.328E+01R", v), 0);
    assert_near(v[1].value, 73.28);
    assert_int_equal(parse(p, "S 1433T73.28", v), -EPROTO);
    assert_int_equal(parse(p, "S 1433T73.28RX", v), -EPROTO);
    assert_int_equal(parse(p, "S 1433TR", v), -EPROTO);
    assert_int_equal(parse(p, "T73.28S 1433R", v), -EPROTO);
    assert_int_equal(parse(p, "S 14 33T73.28R", v), -EPROTO);
    assert_int_equal(parse(p, "", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void test_reply_ohmmeter(void **state)
{
    struct mb_profile *p = load("tonghui-th2516");
    struct mb_reply_value v[3];

    (void)state;
    assert_int_equal(parse(p, "+1.998670E+03,+0,", v), 0);
    assert_near(v[0].value, 1998.67);
    assert_int_equal(parse(p, "+9.900000E+37,+0,", v), 0);
    assert_int_equal(v[0].validity, MB_OVER_RANGE);
    assert_near(v[0].value, 0); /* the sentinel itself goes no further */
    assert_int_equal(parse(p, "+1.998670E+03,+0", v), -EPROTO);
    assert_int_equal(parse(p, "+1.998670E+03,+0,,", v), -EPROTO);
    assert_int_equal(parse(p, "+1.998670E+03,+0.5,", v), -EPROTO);
    assert_int_equal(parse(p, "1,998670E+03,+0,", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void test_reply_numbers(void **state)
{
    uint32_t condition;
    double number;

    (void)state;
    assert_int_equal(mb_reply_number(" 12.5 ", NULL, &number, NULL), 0);
    assert_near(number, 12.5);
    assert_int_equal(mb_reply_number("S 10T0.25R", "T", &number, NULL), 0);
    assert_near(number, 0.25);
    assert_int_equal(mb_reply_number("S 10R", "T", &number, NULL), -EPROTO);
    assert_int_equal(mb_reply_number("12.5 V", NULL, &number, NULL), -EPROTO);
    assert_int_equal(mb_reply_condition("4294967295", &condition, NULL), 0);
    assert_int_equal(mb_reply_condition("-1", &condition, NULL), -EPROTO);
    assert_int_equal(mb_reply_condition("1.0", &condition, NULL), -EPROTO);
    assert_int_equal(mb_reply_condition("4294967296", &condition, NULL), -EPROTO);
}

static void test_texts(void **state)
{
    const struct mb_variable variables[] = {{"value", "1.5"}, {"wiring", NULL}, {NULL, NULL}};
    char *text = NULL;

    (void)state;
    assert_int_equal(mb_text_expand("A {value},{value}{2}{", variables, &text, NULL), 0);
    assert_string_equal(text, "A 1.5,1.5{2}{");
    free(text);
    text = NULL;
    assert_int_equal(mb_text_expand("{wiring}", variables, &text, NULL), -EINVAL);
    assert_int_equal(mb_text_expand("{other}", variables, &text, NULL), -EINVAL);
    assert_null(text);
}

struct context {
    struct mb_script_context script;
    struct mb_channel *channels;
    size_t channel_count;
};

static int make_context(const struct mb_profile *p, double voltage_v, const char *wiring, struct context *ret)
{
    struct mb_instrument_setting setting = {.voltage_range_v = voltage_v, .wiring = -1};

    for (int i = 0; wiring && mb_wirings[i]; i++)
        if (strcmp(mb_wirings[i], wiring) == 0)
            setting.wiring = i;
    return mb_script_context_init(p, &setting, &ret->script, &ret->channels, &ret->channel_count, NULL);
}

static void context_done(struct context *c)
{
    mb_script_context_done(&c->script);
    free(c->channels);
}

static bool has_step(const struct mb_script *s, enum mb_step_kind kind, const char *text)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == kind && s->steps[i].text && strcmp(s->steps[i].text, text) == 0)
            return true;
    return false;
}

static bool has_channel(const struct context *c, const char *name)
{
    for (size_t i = 0; i < c->channel_count; i++)
        if (strcmp(c->channels[i].name, name) == 0)
            return true;
    return false;
}

static void test_script_of_analyser(void **state)
{
    struct mb_profile *p = load("yokogawa-wt300e");
    struct mb_script s = {0};
    struct context c;

    (void)state;
    assert_int_equal(make_context(p, 600, "3V3A", &c), 0);
    assert_int_equal(c.channel_count, 23);
    assert_int_equal(mb_script_open(&c.script, &s, NULL), 0);
    assert_int_equal(s.steps[0].kind, MB_STEP_IDENTIFY);
    assert_true(has_step(&s, MB_STEP_WRITE, ":INPut:WIRing V3A3"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":INPut:VOLTage:RANGe 600"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":INPut:CURRent:AUTO ON"));
    assert_false(has_step(&s, MB_STEP_WRITE, ":INPut:VOLTage:AUTO ON"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:NUMber 23"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:ITEM7 P,SIGMA"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:ITEM17 U,1,13"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:ITEM19 U,2,1"));
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:ITEM23 I,3,1"));
    assert_int_equal(s.steps[s.count - 1].kind, MB_STEP_CLEAN);
    mb_script_done(&s);
    context_done(&c);
    (void)mb_profile_free(p);
}

static void test_script_by_wiring(void **state)
{
    struct mb_profile *p = load("yokogawa-wt300e");
    struct mb_script s = {0};
    struct context c;

    (void)state;
    assert_int_equal(make_context(p, 0, "1P2W", &c), 0);
    assert_true(has_channel(&c, "voltage-1"));
    assert_false(has_channel(&c, "voltage-2"));
    assert_int_equal(mb_script_open(&c.script, &s, NULL), 0);
    assert_true(has_step(&s, MB_STEP_WRITE, ":NUMeric:NORMal:ITEM3 P,1"));
    mb_script_done(&s);
    context_done(&c);
    assert_int_equal(make_context(p, 0, "3P4W", &c), 0);
    assert_false(has_channel(&c, "voltage-1")); /* a phase voltage is not the quantity "voltage" */
    context_done(&c);
    assert_int_equal(make_context(p, 500, "3V3A", &c), -EINVAL); /* no such range */
    (void)mb_profile_free(p);
}

static void test_script_of_source(void **state)
{
    struct mb_profile *p = load("chroma-61500");
    struct mb_script s = {0};
    struct context c;

    (void)state;
    assert_int_equal(make_context(p, 0, NULL, &c), 0);
    assert_int_equal(mb_script_set(&c.script, MB_VOLTAGE, 400, &s, NULL), 0);
    assert_string_equal(s.steps[0].text, "VOLT:AC 230.9");
    mb_script_done(&s);
    assert_int_equal(mb_script_set(&c.script, MB_VOLTAGE, 521, &s, NULL), -ERANGE);
    assert_int_equal(mb_script_set(&c.script, MB_TORQUE, 1, &s, NULL), -ENOTSUP);
    assert_int_equal(mb_script_safe(&c.script, &s, NULL), 0);
    assert_string_equal(s.steps[0].text, "OUTP OFF");
    mb_script_done(&s);
    context_done(&c);
    assert_int_equal(make_context(p, 0, "1P2W", &c), 0);
    assert_int_equal(mb_script_set(&c.script, MB_VOLTAGE, 230, &s, NULL), 0);
    assert_string_equal(s.steps[0].text, "VOLT:AC 230.0");
    mb_script_done(&s);
    context_done(&c);
    (void)mb_profile_free(p);
}

/* No set-up of a shipped profile may switch an output on or move a level. */
static void check_setup(const struct mb_profile *p)
{
    for (size_t j = 0; j < p->setup.count; j++) {
        const char *write = p->setup.rows[j].write;

        for (size_t k = 0; write && k < p->set_point_count; k++) {
            const char *set = p->set_points[k].steps.rows[0].write;

            if (strncmp(write, set, strcspn(set, "{")) == 0)
                fail_msg("%s: '%s' moves a level", p->id, write);
        }
        for (size_t k = 0; write && k < p->output.on.count; k++)
            if (p->output.on.rows[k].write && strcmp(write, p->output.on.rows[k].write) == 0)
                fail_msg("%s: '%s' switches on", p->id, write);
    }
}

static void test_setup_starts_nothing(void **state)
{
    (void)state;
    (void)each_shipped(check_setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file),
        cmocka_unit_test(test_load_refuses_paths),
        cmocka_unit_test(test_check_refuses),
        cmocka_unit_test(test_reply_letters),
        cmocka_unit_test(test_reply_ohmmeter),
        cmocka_unit_test(test_reply_numbers),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_script_of_analyser),
        cmocka_unit_test(test_script_by_wiring),
        cmocka_unit_test(test_script_of_source),
        cmocka_unit_test(test_setup_starts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
