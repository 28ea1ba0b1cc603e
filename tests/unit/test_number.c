/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

static void accepts_plain_and_exponent_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0", 0},      {"-1", -1}, {"+1.5", 1.5}, {".5", .5}, {"5.", 5}, {"104.75E+00", 104.75},
                 {"1e-3", 1e-3}};
    double value;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(mb_number_parse(cases[i].text, strlen(cases[i].text), &value), 0);
        assert_true(value == cases[i].value);
    }
}

/* Up to 15 digits and beyond, the point anywhere: as the C library reads them. */
static void every_decimal_is_the_nearest_double(void **state)
{
    uint64_t random = 88172645463325252u; /* xorshift */
    char digits[32], text[40];
    double value;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        int length, point;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        length = snprintf(digits, sizeof digits, "%" PRIu64, random >> (random % 61));
        point = (int)(random % (unsigned)(length + 1));
        (void)snprintf(text, sizeof text, "%s%.*s.%s", random & 1 ? "-" : "", point, digits, digits + point);
        assert_int_equal(mb_number_parse(text, strlen(text), &value), 0);
        if (value != strtod(text, NULL) || signbit(value) != signbit(strtod(text, NULL)))
            fail_msg("%s is read as %.17g", text, value);
    }
}

static void refuses_what_is_not_a_number(void **state)
{
    static const char *const cases[] = {"",   " 1", "1 ", "7500 W", "1,5", "0x1p3", "inf", "nan",
                                        "1e", "e5", ".",  "+",      "--1", "1.2.3", "1e+", "\x00"};
    double value = 42;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(mb_number_parse(cases[i], strlen(cases[i]), &value), -EINVAL);
    assert_int_equal(mb_number_parse("1e400", 5, &value), -ERANGE);
    assert_true(value == 42);
}

static void integers_are_whole(void **state)
{
    int64_t value;

    (void)state;
    assert_int_equal(mb_integer_parse("-12", 3, &value), 0);
    assert_int_equal(value, -12);
    assert_int_equal(mb_integer_parse("1.0", 3, &value), -EINVAL);
    assert_int_equal(mb_integer_parse("99999999999999999999", 20, &value), -ERANGE);
}

static int block(const char *text, size_t n, size_t *offset, size_t *length)
{
    return mb_block_parse((const uint8_t *)text, n, 1000, offset, length);
}

static void blocks_by_their_length(void **state)
{
    size_t offset, length;

    (void)state;
    assert_int_equal(block("#14abcd\n", 8, &offset, &length), 0);
    assert_int_equal(offset, 3);
    assert_int_equal(length, 4);
    for (size_t n = 0; n < 7; n++) /* a truncated block asks for more and never reads past its end */
        assert_int_equal(block("#14abcd", n, &offset, &length), -EAGAIN);
    assert_int_equal(block("#0abcd", 6, &offset, &length), -EINVAL);
    assert_int_equal(block("#1x", 3, &offset, &length), -EINVAL);
    assert_int_equal(block("#49999", 6, &offset, &length), -EINVAL);
    assert_int_equal(block("1,2", 3, &offset, &length), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_plain_and_exponent_numbers),
        cmocka_unit_test(every_decimal_is_the_nearest_double),
        cmocka_unit_test(refuses_what_is_not_a_number),
        cmocka_unit_test(integers_are_whole),
        cmocka_unit_test(blocks_by_their_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
