/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person is asked, and what may be answered. */
#pragma once

enum mb_question_kind {
    MB_QUESTION_WORD, /* as the text says: "done" */
    MB_QUESTION_YES_NO,
    MB_QUESTION_NUMBER,
    MB_QUESTION_CHOICE,
    MB_QUESTION_TEXT,
};
/* "word", "yes-no", "number", "choice", "text", NULL */
extern const char *const mb_question_kind_names[];

enum mb_question_photo { MB_PHOTO_NONE, MB_PHOTO_ALLOWED, MB_PHOTO_REQUIRED };
extern const char *const mb_question_photo_names[]; /* "none", "allowed", "required", NULL */

struct mb_question {
    char id[48], text[400];
    enum mb_question_kind kind;
    char unit[16];           /* of a number; "" none */
    double minimum, maximum; /* of a number; NAN: open */
    char choices[256];       /* "a;b;c" */
    enum mb_question_photo photo;
};
