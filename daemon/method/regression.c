/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A1.6.5 and A1.7: PLr = A T^2 + B over the load points. */
#include "method/parts.h"

#include <math.h>

#include "method/fit.h"
#include "method/remark.h"
#include "method/rules.h"

#define NO_INDEX ((size_t)-1)
#define COUNT_MIN 3 /* a line through two points proves nothing */

struct sample {
    double torque2[MB_LOAD_POINTS_MAX], residual_w[MB_LOAD_POINTS_MAX];
    size_t index[MB_LOAD_POINTS_MAX]; /* into the load points */
    size_t n;
};

static void collect(const struct mb_efficiency_input *input, const struct mb_efficiency_result *result,
                    size_t without, struct sample *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < input->load_count; i++) {
        double t = input->load[i].t_nm, residual_w = result->points[i].residual_w;

        if (i == without || !isfinite(t) || !isfinite(residual_w))
            continue;
        ret->torque2[ret->n] = t * t;
        ret->residual_w[ret->n] = residual_w;
        ret->index[ret->n++] = i;
    }
}

static struct mb_line fit(const struct sample *s)
{
    return mb_fit_line(s->torque2, s->residual_w, s->n);
}

static bool acceptable(const struct mb_edition *edition, double r, double slope)
{
    return r >= edition->correlation.value && slope > 0;
}

bool mb_regression_accepted(const struct mb_efficiency_input *input,
                            const struct mb_efficiency_result *result)
{
    return acceptable(mb_input_edition(input), result->regression.r, result->regression.a_w_per_nm2);
}

/* The standards say only "worst": here the point farthest from the first line. */
static size_t farthest(const struct sample *s, const struct mb_line *line)
{
    size_t worst = NO_INDEX;
    double distance = -1;

    for (size_t k = 0; k < s->n; k++) {
        double d = fabs(s->residual_w[k] - (line->slope * s->torque2[k] + line->intercept));

        if (d > distance) {
            distance = d;
            worst = s->index[k];
        }
    }
    return worst;
}

/* Another reading of "worst" would delete another point: worth a line in the report. */
static void note_alternative(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                             size_t deleted, double r_kept)
{
    size_t best = deleted;
    double r = r_kept;
    struct sample s;

    for (size_t i = 0; i < input->load_count; i++) {
        struct mb_line line;

        collect(input, result, i, &s);
        line = fit(&s);
        if (line.r > r + MB_ROUNDING) {
            r = line.r;
            best = i;
        }
    }
    if (best != deleted)
        mb_remark_warning(
            result, MB_REASON_REGRESSION_CORRELATION,
            "point %zu was deleted as the farthest from the first line (r = %.4f), without point %zu it "
            "would be r = %.4f",
            deleted + 1, r_kept, best + 1, r);
}

static void refuse(const struct mb_efficiency_input *input, struct mb_efficiency_result *result,
                   const struct mb_line *line)
{
    const struct mb_edition *edition = mb_input_edition(input);
    const char *how = result->deleted_point >= 0 ? " after one point was deleted" : "";

    if (!(line->r >= edition->correlation.value))
        mb_remark_defect(input, result, MB_REASON_REGRESSION_CORRELATION,
                         "residual losses against torque squared: r = %.4f%s, at least %.2f is needed (%s)",
                         line->r, how, edition->correlation.value, edition->name);
    if (!(line->slope > 0))
        mb_remark_defect(input, result, MB_REASON_REGRESSION_SLOPE,
                         "residual losses change by A = %.6f W/(N m)^2%s, A must be above 0", line->slope,
                         how);
}

/* Accepted, and still worth a look. */
static void judge_correlation(struct mb_efficiency_result *result)
{
    if (result->regression.r < MB_CORRELATION_WANTED)
        mb_remark_warning(result, MB_REASON_REGRESSION_CORRELATION,
                          "residual losses against torque squared: r = %.4f, a sound bench reaches %.2f",
                          result->regression.r, MB_CORRELATION_WANTED);
}

/* A1.7: an intercept that is not well below the loss itself means an offset of the torque or power
 * measurement. */
static void judge_intercept(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    size_t reference = mb_load_reference(input);
    double t = input->has_rated_load           ? input->rated_load.t_nm
               : reference < input->load_count ? input->load[reference].t_nm
                                               : NAN;
    double pll = result->regression.a_w_per_nm2 * t * t;

    if (fabs(result->regression.b_w) >= MB_INTERCEPT_SHARE * pll)
        mb_remark_warning(result, MB_REASON_REGRESSION_INTERCEPT,
                          "intercept B = %.3f W, expected below %.0f %% of the additional load loss at rated "
                          "torque, %.3f W",
                          result->regression.b_w, 100 * MB_INTERCEPT_SHARE, pll);
}

static void store(struct mb_efficiency_result *result, const struct mb_line *line)
{
    result->regression.a_w_per_nm2 = line->slope;
    result->regression.b_w = line->intercept;
    result->regression.r = line->r;
}

void mb_evaluate_regression(const struct mb_efficiency_input *input, struct mb_efficiency_result *result)
{
    const struct mb_edition *edition = mb_input_edition(input);
    struct mb_line line;
    struct sample s;

    collect(input, result, NO_INDEX, &s);
    if (s.n < COUNT_MIN)
        return;
    line = fit(&s);
    result->regression.first_r = line.r;
    if (!acceptable(edition, line.r, line.slope) && s.n > COUNT_MIN && isfinite(line.slope)) {
        size_t worst = farthest(&s, &line);

        result->deleted_point = (int)worst;
        collect(input, result, worst, &s);
        line = fit(&s);
        note_alternative(input, result, worst, line.r);
    }
    store(result, &line);
    if (!mb_regression_accepted(input, result)) {
        refuse(input, result, &line);
        return;
    }
    judge_correlation(result);
    judge_intercept(input, result);
}
