/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <string.h>

#include "document/evaluation.h"
#include "support/evaluated.h"

json_t *evaluated(const char *text, struct mb_error *err)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct mb_sheet *sheet = NULL;
    json_t *json = NULL;

    if (mb_sheet_parse("sheet", text, strlen(text), &sheet, err) == 0) {
        assert_int_equal(mb_limits_load("daemon/standard/data", &limits, err), 0);
        assert_int_equal(mb_evaluation_new(sheet, limits, &evaluation, err), 0);
        json = mb_evaluation_json(sheet, evaluation);
    }
    evaluation = mb_evaluation_free(evaluation);
    limits = mb_limits_free(limits);
    sheet = mb_sheet_free(sheet);
    return json;
}
