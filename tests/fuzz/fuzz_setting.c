/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a bench file, a motor file and a plan: each refused with one line, or read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/setting.h"
#include "procedure/plan.h"
#include "standard/motor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(int r, const struct mb_error *err)
{
    if (r < 0 && (!err->text[0] || strchr(err->text, '\n')))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct mb_bench_setting *bench = NULL;
    struct mb_procedure *plan = NULL;
    struct mb_error err = {""};
    struct mb_motor motor;
    int r;

    check_refusal(mb_bench_setting_parse("fuzz", text, size, &bench, &err), &err);
    (void)mb_bench_setting_free(bench);
    err.text[0] = 0;
    check_refusal(mb_procedure_parse("fuzz", text, size, &plan, &err), &err);
    mb_procedure_free(plan);
    err.text[0] = 0;
    r = mb_motor_parse("fuzz", text, size, &motor, &err);
    check_refusal(r, &err);
    if (r >= 0)
        mb_motor_clear(&motor);
    return 0;
}
