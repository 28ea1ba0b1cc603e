# SPDX-License-Identifier: GPL-3.0-or-later
"""Small linear algebra for the generators of test vectors: no package beyond python3."""


def solve(matrix, right):
    """Gauss with pivoting."""
    n = len(right)
    rows = [list(map(float, row)) + [float(r)] for row, r in zip(matrix, right)]
    for column in range(n):
        pivot = max(range(column, n), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(n):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def least_squares(columns, values):
    """Coefficients of values = sum of c * column."""
    normal = [[sum(a * b for a, b in zip(p, q)) for q in columns] for p in columns]
    return solve(normal, [sum(a * v for a, v in zip(p, values)) for p in columns])


def line(x, y):
    """Slope, intercept and correlation of y on x."""
    n, mx, my = len(x), sum(x) / len(x), sum(y) / len(y)
    xx = sum((a - mx) ** 2 for a in x)
    yy = sum((b - my) ** 2 for b in y)
    xy = sum((a - mx) * (b - my) for a, b in zip(x, y))
    return xy / xx, my - xy / xx * mx, xy / (xx * yy) ** 0.5


def parabola(x, y):
    """A function of x: least squares of second order, centred."""
    middle = sum(x) / len(x)
    d = [a - middle for a in x]
    c = least_squares([[1.0] * len(x), d, [a * a for a in d]], y)
    return lambda at: c[0] + c[1] * (at - middle) + c[2] * (at - middle) ** 2


def cubic(x, y, at):
    """Through two points on each side."""
    order = sorted(zip(x, y))
    above = next(i for i, (a, _) in enumerate(order) if a > at)
    first = min(max(above - 2, 0), len(order) - 4)
    near = order[first:first + 4]
    total = 0.0
    for a, b in near:
        for c, _ in near:
            if c != a:
                b *= (at - c) / (a - c)
        total += b
    return total
