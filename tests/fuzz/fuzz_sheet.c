/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a test sheet: refused with one line, or read and evaluated. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "document/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_efficiency_result *result = malloc(sizeof *result);
    struct mb_sheet *sheet = NULL;
    struct mb_error err = {""};

    if (!result)
        return 0;
    if (mb_sheet_parse("fuzz", (const char *)data, size, &sheet, &err) >= 0) {
        mb_efficiency_evaluate(&sheet->input, result);
        if (result->valid != (result->reason_count == 0))
            abort();
    } else if (!err.text[0] || strchr(err.text, '\n')) {
        abort();
    }
    sheet = mb_sheet_free(sheet);
    free(result);
    return 0;
}
