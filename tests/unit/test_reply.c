/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts of replies with values, one small profile each. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "scpi/profile.h"
#include "scpi/reply.h"

#define HEAD                                                                                                 \
    "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n"                    \
    "identify: {query: '*IDN?', match: 'X'}\nupdate_interval_s: 1\n"                                         \
    "invalid: [{token: NAN, validity: no-data}, {above: 9e36, validity: over-range}]\n"

#define assert_near(value, expected) assert_true(fabs((value) - (expected)) < 1e-9)

static struct mb_profile *make(const char *text)
{
    struct mb_profile *p = NULL;
    struct mb_error err = {0};

    if (mb_profile_parse("reply.yaml", text, strlen(text), &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

static int parse(const struct mb_profile *p, const char *text, struct mb_reply_value *ret)
{
    const struct mb_value_field *fields[8];

    for (size_t i = 0; i < p->groups[0].field_count; i++)
        fields[i] = &p->groups[0].fields[i];
    return mb_reply_values(p, &p->groups[0], fields, p->groups[0].field_count, text, ret, NULL);
}

static void lists_may_end_early(void **state)
{
    struct mb_profile *p =
        make(HEAD "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage},\n"
                  "  {name: i, quantity: current, optional: true},\n"
                  "  {name: p, quantity: active-power, optional: true}]}]\n");
    struct mb_reply_value v[3];

    (void)state;
    assert_int_equal(parse(p, "1,2,3", v), 0);
    assert_near(v[2].value, 3);
    assert_int_equal(parse(p, "1,2", v), 0);
    assert_near(v[1].value, 2);
    assert_int_equal(v[2].validity, MB_NO_DATA);
    assert_int_equal(parse(p, "1", v), 0);
    assert_int_equal(v[1].validity, MB_NO_DATA);
    assert_int_equal(parse(p, "1,2,3,4", v), -EPROTO);
    assert_int_equal(parse(p, "1,", v), -EPROTO);
    assert_int_equal(parse(p, "", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void the_separator_is_the_one_agreed(void **state)
{
    struct mb_profile *p = make(HEAD "read: [{query: 'V?', layout: comma, separator: ';', fields: [\n"
                                     "  {name: u, quantity: voltage}, {name: i, quantity: current}]}]\n");
    struct mb_reply_value v[2];

    (void)state;
    assert_int_equal(parse(p, "1.5;2.5", v), 0);
    assert_near(v[1].value, 2.5);
    assert_int_equal(parse(p, "1.5,2.5", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void units_belong_to_the_number(void **state)
{
    struct mb_profile *p = make(HEAD "read: [{query: 'V?', layout: comma, fields: [\n"
                                     "  {name: u, quantity: voltage, units: {V: 1, kV: 1000}},\n"
                                     "  {name: i, quantity: current, units: {mA: 0.001}}]}]\n");
    struct mb_reply_value v[2];

    (void)state;
    assert_int_equal(parse(p, "0.024kV,0.013 mA", v), 0);
    assert_near(v[0].value, 24);
    assert_near(v[1].value, 0.000013);
    assert_int_equal(parse(p, "230V,1mA", v), 0);
    assert_near(v[0].value, 230);
    assert_int_equal(parse(p, "230,1mA", v), -EPROTO);   /* no unit */
    assert_int_equal(parse(p, "230MV,1mA", v), -EPROTO); /* "V" is not the whole unit */
    assert_int_equal(parse(p, "230V,1uA", v), -EPROTO);
    assert_int_equal(parse(p, "230V,mA", v), -EPROTO);
    assert_int_equal(parse(p, "9.9E37V,NAN", v), 0);
    assert_int_equal(v[0].validity, MB_OVER_RANGE);
    assert_int_equal(v[1].validity, MB_NO_DATA);
    (void)mb_profile_free(p);
}

static void labelled_values_come_in_any_order(void **state)
{
    struct mb_profile *p = make(HEAD "read: [{query: 'V?', layout: labelled, separator: ';', fields: [\n"
                                     "  {name: u, quantity: voltage, marker: U1},\n"
                                     "  {name: i, quantity: current, marker: I1},\n"
                                     "  {name: f, quantity: frequency, marker: FREQU1, optional: true}]}]\n");
    struct mb_reply_value v[3];

    (void)state;
    assert_int_equal(parse(p, "I1 +5.0E+0;U1 +231.50E+0", v), 0);
    assert_near(v[0].value, 231.5);
    assert_near(v[1].value, 5);
    assert_int_equal(v[2].validity, MB_NO_DATA);
    assert_int_equal(parse(p, "u1=231.5; P1=7 ;i1=5;FREQU1=50", v), 0);
    assert_near(v[2].value, 50);
    assert_int_equal(parse(p, "U1 231.5", v), -EPROTO);       /* one is missing */
    assert_int_equal(parse(p, "U1 1;I1 2;U1 3", v), -EPROTO); /* one is twice */
    assert_int_equal(parse(p, "U1 1;2", v), -EPROTO);         /* one has no label */
    assert_int_equal(parse(p, "U1 1;I1 abc", v), -EPROTO);
    assert_int_equal(parse(p, "U11 1;I1 2", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void values_are_found_by_channel(void **state)
{
    struct mb_profile *p = make(HEAD "read: [{query: 'READ?', layout: channels, fields: [\n"
                                     "  {name: t-1, quantity: temperature, marker: '101'},\n"
                                     "  {name: t-2, quantity: temperature, marker: '102'}]}]\n");
    struct mb_reply_value v[2];

    (void)state;
    assert_int_equal(parse(p, "+2.31E+01,101,+2.40E+01,102", v), 0);
    assert_near(v[0].value, 23.1);
    assert_int_equal(parse(p, "+2.40E+01,102,+9.9E+37,101", v), 0);
    assert_near(v[1].value, 24);
    assert_int_equal(v[0].validity, MB_OVER_RANGE);
    assert_int_equal(parse(p, "+2.31E+01,101", v), -EPROTO);
    assert_int_equal(parse(p, "+2.31E+01,101,+2.40E+01,103", v), -EPROTO);
    assert_int_equal(parse(p, "+2.31E+01,101,+2.40E+01,102,+1E0,103", v), -EPROTO);
    assert_int_equal(parse(p, "+2.31E+01,101,+2.40E+01", v), -EPROTO);
    assert_int_equal(parse(p, "101,+2.31E+01,102,+2.40E+01", v), -EPROTO);
    (void)mb_profile_free(p);
}

static void headers_of_the_query_are_dropped(void **state)
{
    (void)state;
    assert_string_equal(mb_reply_body(":NUMERIC:NORMAL:NUMBER?", ":NUM:NORM:NUMB 8"), "8");
    assert_string_equal(mb_reply_body("NUM:NORM:NUMB?", ":NUMERIC:NORMAL:NUMBER  8"), "8");
    assert_string_equal(mb_reply_body(":VOLTage1:RANGe?", ":VOLTAGE1:RANGE 300"), "300");
    assert_string_equal(mb_reply_body(":RATE?", "8"), "8");
    assert_string_equal(mb_reply_body(":RATE?", " 1,2"), "1,2");
    assert_null(mb_reply_body(":VOLTage1:RANGe?", ":VOLTAGE2:RANGE 300"));
    assert_null(mb_reply_body(":VOLTage1:RANGe?", ":VOLTAGE1:AUTO 1"));
    assert_null(mb_reply_body(":VOLTage1:RANGe?", ":VOLTAGE1 1"));
    assert_null(mb_reply_body(":RATE?", ":RATE:X 1"));
    assert_null(mb_reply_body(":RATE?", ":RATE"));
    assert_null(mb_reply_body(":RATE?", ": 1"));
}

static void labels_are_compared_as_a_whole(void **state)
{
    (void)state;
    assert_true(mb_reply_labels_fit("Urms,Irms,P", "urms, IRMS,P"));
    assert_false(mb_reply_labels_fit("Urms,Irms,P", "Urms,Irms"));
    assert_false(mb_reply_labels_fit("Urms,Irms", "Urms,Irms,P"));
    assert_false(mb_reply_labels_fit("Urms,Irms", "Irms,Urms"));
    assert_false(mb_reply_labels_fit("Urms", ""));
    assert_false(mb_reply_labels_fit("P", "PF"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_may_end_early),
        cmocka_unit_test(the_separator_is_the_one_agreed),
        cmocka_unit_test(units_belong_to_the_number),
        cmocka_unit_test(labelled_values_come_in_any_order),
        cmocka_unit_test(values_are_found_by_channel),
        cmocka_unit_test(headers_of_the_query_are_dropped),
        cmocka_unit_test(labels_are_compared_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
