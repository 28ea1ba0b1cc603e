/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instrument with one link is closed here while the guard proves that it can open it. What appears again
 * afterwards is made safe by the bench, as ever. */
#include <stdio.h>
#include <string.h>

#include "bench/guard_internal.h"

bool guard_can_lend(const struct guard_bench *b)
{
    return b->bench->safe_state == MB_SAFE && b->bench->shaft != MB_SHAFT_TURNS &&
           (!b->bench->observer || b->bench->fault[0]);
}

static bool is_shared(const struct mb_bench *bench, size_t index)
{
    return bench_can_be_live(bench->members[index].instrument) &&
           !bench->setting->instruments[index].guard.address;
}

void guard_lend(struct guard_bench *b, struct mb_guard_message *ret)
{
    size_t used = 0;

    mb_guard_message_init(ret, MB_GUARD_PROVE, b->number, 0);
    for (size_t i = 0; i < b->bench->member_count; i++) {
        struct mb_instrument *instrument = b->bench->members[i].instrument;

        if (bench_can_be_live(instrument) && used < sizeof ret->text)
            used += (size_t)snprintf(ret->text + used, sizeof ret->text - used, "%s\t%s\n", instrument->id,
                                     instrument->identity);
        if (is_shared(b->bench, i))
            instrument->ops->close(instrument);
    }
    b->proving = true;
}

void guard_take_back(struct guard_bench *b)
{
    if (!b->proving)
        return;
    b->proving = false;
    for (size_t i = 0; i < b->bench->member_count; i++) {
        struct mb_instrument *instrument = b->bench->members[i].instrument;

        /* A refusal is a matter of memory; the bench says then which instrument is closed. */
        if (is_shared(b->bench, i) && instrument->state == MB_INSTRUMENT_CLOSED)
            (void)instrument->ops->open(instrument);
    }
}
