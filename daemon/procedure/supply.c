/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What feeds the motor: a sinusoidal supply or a converter, whose voltage is held and recorded by its
 * fundamental. What the record says of it outlives the daemon. */
#include <string.h>

#include "document/number_json.h"
#include "procedure/internal.h"
#include "procedure/kinds.h"

const char *const mb_supply_names[] = {"unchanged", "sinusoidal", "converter", NULL};

static bool is_converter_fed(const struct mb_run *run)
{
    return run->motor.kind == MB_KIND_CONVERTER_FED_INDUCTION ||
           run->motor.kind == MB_KIND_PM_CONVERTER_FED || run->motor.kind == MB_KIND_EV_DRIVE;
}

/* Without gates the voltage is a means only: its rms value does where nothing better is read. */
void run_begin_supply(struct mb_run *run)
{
    run->data.converter = is_converter_fed(run) && !run->procedure->both_supplies &&
                          (run->procedure->gates.voltage > 0 || mb_bench_reads_fundamental(run->bench));
}

bool run_lacks_fundamental(const struct mb_run *run, const struct mb_procedure *procedure)
{
    return procedure->powered && !mb_bench_reads_fundamental(run->bench) &&
           (procedure->both_supplies || (is_converter_fed(run) && procedure->gates.voltage > 0));
}

void run_note_supply(struct mb_run *run, const json_t *entry)
{
    const char *supply = mb_json_text(json_object_get(entry, "values"), "supply");

    if (strcmp(supply, mb_supply_names[MB_SUPPLY_CONVERTER]) == 0)
        run->data.converter = true;
    else if (strcmp(supply, mb_supply_names[MB_SUPPLY_SINUSOIDAL]) == 0)
        run->data.converter = false;
}
