/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What profiles may say about new data, columns, commands that are answered and bits of a register, spoken
 * over real TCP with a fake instrument; and a product that is added as a file while everything else runs. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/instrument.h"
#include "scpi/instrument.h"
#include "scpi/profile.h"
#include "support/fake_instrument.h"
#include "support/instrument_watch.h"

#define HEAD                                                                                                 \
    "profile: {id: fake, maker: Fake, kind: k, models: [F1], maturity: unverified, source: none}\n"          \
    "update_interval_s: 0.05\n"
#define IDENTIFY "identify: {query: '*IDN?', match: '^FAKE,'}\n"
#define LINK "link: {timeout_s: 0.3}\n"
#define READ                                                                                                 \
    "read: [{query: 'VAL?', layout: comma, fields: [{name: u, quantity: voltage}, {name: i, quantity: "      \
    "current}]}]\n"

static const struct fake_reply table[] = {
    {"*IDN?", "FAKE,F1,77,1.0"}, {"VAL?", "231.5,5.25"}, {"NEW?", "1"},    {"COND?", "0"},
    {"HEAD?", "Urms,Irms"},      {"NUMB?", ":NUMB 2"},   {"ID?", "OTHER"}, {NULL, NULL},
};

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 1e-9)

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct fake_instrument *fake;
    struct mb_instrument *instrument;
    struct instrument_watch got;
};

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_instrument_free(rig->instrument);
    (void)fake_instrument_free(rig->fake);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static struct mb_instrument_setting setting_of(struct rig *rig, const char *profile)
{
    return (struct mb_instrument_setting){.id = "meter",
                                          .profile = profile,
                                          .address = fake_instrument_address(rig->fake),
                                          .clock = &rig->clock,
                                          .wiring = -1};
}

static void start(struct rig *rig)
{
    instrument_watch(&rig->got, rig->instrument);
    assert_int_equal(rig->instrument->ops->open(rig->instrument), 0);
}

/* An instrument of this profile, asked to open. */
static void begin(struct rig *rig, const char *profile_text)
{
    struct mb_instrument_setting setting;
    struct mb_profile *profile;
    struct mb_error err = {0};

    rig->fake = fake_instrument_new(rig->event, table, "\n");
    setting = setting_of(rig, "fake");
    if (mb_profile_parse("fake.yaml", profile_text, strlen(profile_text), &profile, &err) < 0)
        fail_msg("%s", err.text);
    if (mb_scpi_new(rig->event, profile, &setting, &rig->instrument, &err) < 0)
        fail_msg("%s", err.text);
    start(rig);
}

static void expect_ready(struct rig *rig)
{
    if (!fake_run_until(rig->event, &rig->got.ready, 4000))
        fail_msg("not ready: %s", rig->instrument->fault);
}

static void expect_lost(struct rig *rig, const char *word)
{
    assert_true(fake_run_until(rig->event, &rig->got.lost, 2000));
    if (!strstr(rig->instrument->fault, word))
        fail_msg("'%s' does not say '%s'", rig->instrument->fault, word);
}

static void read_once(struct rig *rig)
{
    instrument_watch_begin_read(&rig->got, rig->instrument);
    assert_true(fake_run_until(rig->event, &rig->got.read_done, 3000));
}

static void an_old_value_is_stale(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD IDENTIFY LINK READ
          "new_data: {query: 'NEW?', match: '^1$', interval_s: 0.01, timeout_s: 0.05}\n");
    expect_ready(rig);
    read_once(rig);
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
    assert_int_equal(fake_instrument_count(rig->fake, "NEW?"), 1);
    fake_instrument_answer(rig->fake, "NEW?", "0");
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.readings[0].validity, MB_STALE);
    assert_int_equal(rig->got.readings[1].validity, MB_STALE);
    assert_int_equal(fake_instrument_count(rig->fake, "NEW?"), 6);
    fake_instrument_answer(rig->fake, "NEW?", "1");
    read_once(rig);
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
}

static void bits_warn_or_stop(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD IDENTIFY LINK READ
          "condition:\n"
          "  query: 'COND?'\n"
          "  bits:\n"
          "    - {bit: 0, severity: warn, text: 'the fan is slow'}\n"
          "    - {bit: 1, severity: stop, text: 'it has tripped', validity: no-data, channels: [i]}\n");
    expect_ready(rig);
    read_once(rig);
    assert_string_equal(rig->instrument->notice, "");
    fake_instrument_answer(rig->fake, "COND?", "1");
    read_once(rig);
    assert_int_equal(rig->got.readings[1].validity, MB_VALID);
    assert_string_equal(rig->instrument->notice, "the fan is slow");
    fake_instrument_answer(rig->fake, "COND?", "3");
    read_once(rig);
    assert_int_equal(rig->got.readings[0].validity, MB_VALID);
    assert_false(rig->got.readings[0].flags & MB_READING_STOP);
    assert_int_equal(rig->got.readings[1].validity, MB_NO_DATA);
    assert_true(rig->got.readings[1].flags & MB_READING_STOP);
    assert_string_equal(rig->instrument->notice, "the fan is slow; it has tripped");
    fake_instrument_answer(rig->fake, "COND?", "0");
    read_once(rig);
    assert_string_equal(rig->instrument->notice, "");
    fake_instrument_answer(rig->fake, "COND?", "1");
    read_once(rig);
    rig->instrument->ops->close(rig->instrument);
    assert_string_equal(rig->instrument->notice, "");
}

static const char columns[] = HEAD IDENTIFY
    "link: {timeout_s: 0.3, reply_header: true}\n"
    "read: [{query: 'VAL?', layout: comma, item_write: 'ITEM{index} {item}', count_query: 'NUMB?',\n"
    "  labels_query: 'HEAD?', fields: [{name: u, quantity: voltage, item: U, label: Urms},\n"
    "  {name: i, quantity: current, item: I, label: Irms}]}]\n";

static void columns_are_checked_by_name(void **state)
{
    struct rig *rig = *state;

    begin(rig, columns);
    expect_ready(rig);
    assert_int_equal(fake_instrument_count(rig->fake, "ITEM2 I"), 1);
    read_once(rig);
    assert_near(rig->got.readings[1].value, 5.25);
    fake_instrument_answer(rig->fake, "VAL?", ":OTHER 1,2");
    read_once(rig);
    assert_int_equal(rig->got.read_error, -EPROTO);
    assert_non_null(strstr(rig->got.text, "another query"));
}

static void other_columns_are_refused(void **state)
{
    struct rig *rig = *state;

    begin(rig, columns);
    fake_instrument_answer(rig->fake, "HEAD?", "Irms,Urms");
    expect_lost(rig, "columns");
    fake_instrument_answer(rig->fake, "HEAD?", "Urms,Irms");
    fake_instrument_answer(rig->fake, "NUMB?", "3");
    rig->got.lost = false;
    expect_lost(rig, "NUMB?");
}

/* Each command is answered; one that is refused is found out. */
static void commands_are_acknowledged(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD IDENTIFY READ "link: {timeout_s: 0.3, acknowledge: {match: '^OK$', over: tcp}}\n"
                                  "setup: [{write: 'MODE 1'}, {write: 'MODE 2'}]\n");
    fake_instrument_answer(rig->fake, "MODE 1", "OK");
    fake_instrument_answer(rig->fake, "MODE 2", "NO");
    expect_lost(rig, "MODE 2: the instrument refused it");
    fake_instrument_answer(rig->fake, "MODE 2", "OK");
    expect_ready(rig);
    read_once(rig);
    assert_near(rig->got.readings[0].value, 231.5);
}

static void other_links_are_not_acknowledged(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD IDENTIFY READ "link: {timeout_s: 0.3, acknowledge: {match: '^OK$', over: usbtmc}}\n"
                                  "setup: [{write: 'MODE 1'}]\n");
    expect_ready(rig);
}

static void another_way_to_ask_who_it_is(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD LINK READ
          "identify: {query: 'WHO?', match: '^X', alternatives: [{query: 'ID?', match: '^OTHER$', "
          "name: Other meter}]}\n");
    expect_ready(rig); /* the first way is not answered at all */
    assert_string_equal(rig->instrument->identity, "Other meter");
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
}

static void the_panel_is_free_at_the_end(void **state)
{
    struct rig *rig = *state;

    begin(rig, HEAD IDENTIFY LINK READ "exit: [{write: 'LOCAL'}, {write: 'LIGHT OFF'}]\n");
    expect_ready(rig);
    rig->instrument->ops->close(rig->instrument);
    fake_run_for(rig->event, 50);
    assert_int_equal(fake_instrument_count(rig->fake, "LOCAL"), 1);
    assert_int_equal(fake_instrument_count(rig->fake, "LIGHT OFF"), 1);
}

static const char added[] = "like: yokogawa-wt300e\n"
                            "profile:\n"
                            "  id: added-today\n"
                            "  models: [WT999]\n"
                            "  maturity: unverified\n"
                            "  source: \"the maker's letter\"\n"
                            "identify: {query: \"*IDN?\", match: \"^YOKOGAWA,WT999,\"}\n"
                            "ranges: {voltage_v: [100, 1000]}\n"
                            "update_interval_s: 0.1\n";

static const struct fake_reply added_table[] = {
    {"*IDN?", "YOKOGAWA,WT999,1,F1.00"},
    {":STATus:ERRor?", "0,\"No error\""},
    {":COMMunicate:HEADer?", "0"},
    {":COMMunicate:VERBose?", "0"},
    {":INPut:WIRing?", "V3A3"},
    {":INPut:MODE?", "RMS"},
    {":INPut:VOLTage:AUTO?", "0"},
    {":INPut:VOLTage:RANGe?", "1.000E+03"},
    {":INPut:CURRent:AUTO?", "1"},
    {":INPut:FILTer:LINE?", "0"},
    {":MEASure:AVERaging:STATe?", "0"},
    {":RATE?", "500.0E-03"},
    {":NUMeric:FORMat?", "ASC"},
    {":STATus:EESR?", "1"},
    {":NUMeric:NORMal:VALue?",
     "104.75E+00,105.02E+00,105.0E+00,1E+00,1E+00,1E+00,180E+00,182E+00,50E+00,NAN,NAN,NAN,"
     "NAN,NAN,NAN,NAN,NAN,104.7E+00,NAN,NAN,NAN,NAN,NAN"},
    {":STATus:CONDition?", "0"},
    {NULL, NULL},
};

/* The figure of a known product: one file of 5 to 15 lines, put into a folder while everything runs. */
static void a_product_is_added_at_run_time(void **state)
{
    char folder[] = "/tmp/motorbench-added-XXXXXX", path[64], folders[96];
    struct rig *rig = *state;
    struct mb_instrument_setting setting;
    struct mb_error err = {0};
    size_t lines = 0;

    for (const char *c = added; *c; c++)
        lines += *c == '\n';
    assert_in_range(lines, 5, 15);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/added-today.yaml", folder);
    (void)snprintf(folders, sizeof folders, "%s:driver/profiles", folder);
    rig->fake = fake_instrument_new(rig->event, added_table, "\n");
    fake_instrument_ignore_commands(rig->fake, true);
    setting = setting_of(rig, "added-today");
    setting.wiring = 4; /* 3V3A */
    setting.voltage_range_v = 1000;
    assert_int_equal(mb_instrument_new(rig->event, folders, &setting, &rig->instrument, &err), -ENOENT);
    assert_int_equal(mb_file_write(path, added, strlen(added), NULL), 0);
    if (mb_instrument_new(rig->event, folders, &setting, &rig->instrument, &err) < 0)
        fail_msg("%s", err.text);
    start(rig);
    expect_ready(rig);
    read_once(rig);
    assert_int_equal(rig->got.read_error, 0);
    assert_int_equal(rig->got.count, 23);
    assert_near(rig->got.readings[0].value, 104.75);
    assert_near(rig->got.readings[6].value, 180);
    assert_int_equal(rig->got.readings[16].validity, MB_NO_DATA);
    assert_near(rig->got.readings[17].value, 104.7); /* the fundamental */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_old_value_is_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(bits_warn_or_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_are_checked_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(other_columns_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_are_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(other_links_are_not_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(another_way_to_ask_who_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(the_panel_is_free_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_product_is_added_at_run_time, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
