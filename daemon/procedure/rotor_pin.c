/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pin of a locked-rotor step that was interrupted: a person says that it is out before the run energises
 * anything else, and the bench takes no other run before it was reset. What the record says of it outlives
 * the daemon. */
#include <errno.h>
#include <string.h>

#include "procedure/internal.h"
#include "procedure/kinds.h"

#define ASK "pin"
#define OUT "out"

void run_note_pin(struct mb_run *run, const char *ask)
{
    if (strcmp(ask, MB_ASK_LOCK) == 0)
        run->data.rotor_locked = true;
    else if (strcmp(ask, MB_ASK_RELEASE) == 0 || strcmp(ask, ASK) == 0)
        run->data.rotor_locked = false;
}

bool run_ask_pin(struct mb_run *run, size_t index)
{
    run->pin = run->data.rotor_locked && run->procedure->powered && index < run->procedure->step_count &&
               run->procedure->steps[index].kind != &mb_step_locked_rotor; /* that one asks by itself */
    if (!run->pin)
        return false;
    run->index = index;
    run_services.ask(run, ASK,
                     "The locked-rotor test was interrupted with the rotor locked. Is the pin out, the shaft "
                     "free and everyone clear? Answer: " OUT);
    return true;
}

int run_answer_pin(struct mb_run *run, const char *word, const char *who)
{
    if (strcmp(word, OUT) != 0)
        return -EINVAL;
    if (run_append(run, "operator",
                   json_pack("{s:s, s:s, s:s, s:s}", "ask", ASK, "answer", word, "who", who, "text",
                             run->question.text)) < 0)
        return -EIO;
    run_note_pin(run, ASK);
    run->pin = false;
    run_services.ask(run, "", "");
    run_begin_step(run, run->index);
    return 0;
}

void run_leave_pin(struct mb_run *run)
{
    if (run->data.rotor_locked)
        mb_bench_trip(run->bench,
                      "the last run ended with the rotor locked: take the pin out, then reset the "
                      "bench");
}
