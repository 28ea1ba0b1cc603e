/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "procedure/question.h"

#include <stddef.h>

const char *const mb_question_kind_names[] = {"word", "yes-no", "number", "choice", "text", NULL};
const char *const mb_question_photo_names[] = {"none", "allowed", "required", NULL};
