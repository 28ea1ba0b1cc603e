/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "core/error.h"
#include "core/text.h"

static void assert_cleaned(const char *before, const char *after)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%s", before);
    mb_text_clean(text);
    assert_string_equal(text, after);
}

static void text_stays(void **state)
{
    static const char *const texts[] = {
        "",
        "231.5 V",
        "20 \xc2\xb0 C",
        "\xe8\xbf\x9c\xe6\x96\xb9 PF9800", /* a maker's name */
        "\xf0\x9f\x94\x8c",
        "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_cleaned(texts[i], texts[i]);
}

static void control_characters_become_blanks(void **state)
{
    (void)state;
    assert_cleaned("a\r\nb\tc\x7f"
                   "d\x01",
                   "a  b c d ");
}

static void foreign_bytes_become_question_marks(void **state)
{
    (void)state;
    assert_cleaned("\xff\xfe"
                   "1.5\x80",
                   "??1.5?");
    assert_cleaned("\xd4\xb6\xb7\xbd", "\xd4\xb6??"); /* GB 18030, of which two bytes happen to be a letter */
    assert_cleaned("\xc0\xaf \xc1\xbf", "?? ??");     /* overlong */
    assert_cleaned("\xe0\x9f\xbf", "???");            /* overlong */
    assert_cleaned("\xed\xa0\x80", "???");            /* a surrogate */
    assert_cleaned("\xf4\x90\x80\x80\xf5", "?????");  /* beyond Unicode */
    assert_cleaned("\xf0\x8f\xbf\xbf", "????");       /* overlong */
    assert_cleaned("\xe8\xbf", "??");                 /* cut at the end */
    assert_cleaned("\xe8\xbf\x41\xc2", "??A?");
}

static void errors_are_clean(void **state)
{
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_error_set(&err, -EPROTO, "the reply %.4s is\nbad", "1\xff\xe8\xbf\x9c"), -EPROTO);
    assert_string_equal(err.text, "the reply 1??? is bad");
    assert_int_equal(mb_error_set(NULL, -EPROTO, "x"), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays),
        cmocka_unit_test(control_characters_become_blanks),
        cmocka_unit_test(foreign_bytes_become_question_marks),
        cmocka_unit_test(errors_are_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
