# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a vector: the sheet (YAML), what evaluate shall answer (JSON), and the tables for docs/vectors."""
import json
import os
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
# Printed places by the end of a member's name; the tolerance is half a unit of the last place.
PLACES = [("_ohm", 5), ("_w", 3), ("_v", 3), ("_a", 4), ("_c", 3), ("_k", 3), ("k_theta", 6), ("slip", 5), ("exponent", 5),
          ("efficiency", 6), ("_form", 6), ("_corrected", 6), ("factor", 5), ("ratio", 5), ("r", 5), ("_j_omega", 5)]


def places(path, special):
    for end, n in list(special.items()) + PLACES:
        if path.endswith(end):
            return n
    return 5


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    return str(value)


def block(value, indent=""):
    """YAML of nested mappings; a list has one flow mapping a line. Numbers are the texts that were noted."""
    out = ""
    for key, member in value.items():
        if isinstance(member, list):
            out += f"{indent}{key}:\n" + "".join(f"{indent}  - {flow(m)}\n" for m in member)
        elif isinstance(member, dict):
            out += f"{indent}{key}:\n" + block(member, indent + "  ")
        else:
            out += f"{indent}{key}: {member}\n"
    return out


def numbers(value):
    """The sheet as the evaluation reads it: every text that is a number becomes one."""
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items()}
    if isinstance(value, list):
        return [numbers(v) for v in value]
    try:
        return float(value)
    except ValueError:
        return value


def flatten(value, prefix=""):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in items:
        path = f"{prefix}{key}"
        if isinstance(member, (dict, list)):
            yield from flatten(member, path + ".")
        else:
            yield path, member


def expected_of(result, special, unprinted, open_points):
    """unprinted: beginnings of paths that evaluate does not print; open_points: {path: why evaluate differs}."""
    rows = []
    for path, value in flatten(result):
        if path.startswith(tuple(unprinted)):
            continue
        if isinstance(value, (bool, str)) or value is None:
            rows.append({"path": path, "value": value})
        else:
            n = places(path, special)
            rows.append({"path": path, "value": round(value, n), "tolerance": float(f"{0.51 * 10 ** -n:.3g}")})
        if path in open_points:
            rows[-1]["open"] = open_points[path]
    return rows


def efficiency_of(flat):
    return f"{flat['efficiency']:.6f}" if "efficiency" in flat else "–"


def mutation_table(evaluate, data, mistakes, special):
    """For each mistake the three intermediates that move most, counted in units of their last place."""
    right = dict(flatten(evaluate(data, None)))
    out = "| mistake | efficiency | what moves |\n|---|---|---|\n"
    out += f"| none | {efficiency_of(right)} | |\n"
    for word, sentence in mistakes.items():
        wrong = dict(flatten(evaluate(data, word)))
        moved = {p: wrong[p] - v for p, v in right.items()
                 if isinstance(v, float) and isinstance(wrong.get(p), float)}
        order = sorted(moved, key=lambda p: -abs(moved[p]) / max(abs(right[p]), 1e-9))
        order = [p for p in order if abs(moved[p]) > 0.51 * 10 ** -places(p, special)]
        if not order:
            sys.exit(f"mistake {word} moves nothing")
        kinds = {}
        for path in order:  # one of each kind of member
            kinds.setdefault([part for part in path.split(".") if not part.isdigit()][-1], path)
        shown = "; ".join(f"`{p}` {right[p]:.{places(p, special)}f} → {wrong[p]:.{places(p, special)}f}"
                          for p in list(kinds.values())[:3])
        out += f"| {sentence} | {efficiency_of(wrong)} | {shown} |\n"
    return out


def printed(path, value, special):
    if isinstance(value, float):
        return f"{value:.{places(path, special)}f}"
    return str(value)


def value_tables(result, special, prefix=""):
    """Single members in one table, lists of points in a table each with a row a point."""
    single, lists = "", ""
    for path, value in flatten({k: v for k, v in result.items() if not isinstance(v, (dict, list))}):
        single += f"| `{prefix}{path}` | {printed(prefix + path, value, special)} |\n"
    for key, member in result.items():
        if isinstance(member, dict):
            lists += value_tables(member, special, f"{prefix}{key}.")
        elif isinstance(member, list) and not isinstance(member[0], dict):
            lists += "".join(f"`{prefix}{key}.{i}` {printed(f'{prefix}{key}.{i}', v, special)}  \n"
                             for i, v in enumerate(member)) + "\n"
        elif isinstance(member, list):
            names = list(member[0])
            lists += f"`{prefix}{key}`\n\n| # | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|\n"
            lists += "".join(f"| {i} | " + " | ".join(printed(n, row[n], special) for n in names) + " |\n"
                             for i, row in enumerate(member)) + "\n"
    return ("| member | value |\n|---|---|\n" + single + "\n" if single else "") + lists


def shortened(value):
    """A sheet as its page shows it: of a long list the first rows."""
    if isinstance(value, dict):
        return {k: shortened(v) for k, v in value.items()}
    if isinstance(value, list) and len(value) > 60:
        return value[:4] + [f"... and {len(value) - 4} more"]
    return value


def written_by_hand(path):
    """What a page has behind its table of mutations."""
    if not os.path.exists(path):
        return ""
    with open(path) as f:
        behind = f.read().partition("\n## Mutations\n")[2].partition("\n## ")
    return "".join(behind[1:])


def write(name, comment, sheet, evaluate, mistakes, text, special=None, unprinted=(), open_points=None):
    special, open_points = special or {}, open_points or {}
    data = numbers(sheet)
    rows = expected_of(evaluate(data, None), special, unprinted, open_points)
    folder = os.path.join(TOP, "tests/data/sheets")
    with open(os.path.join(folder, name + ".yaml"), "w") as f:
        f.write(f"# {comment}\n" + block(sheet))
    with open(os.path.join(folder, name + ".expected.json"), "w") as f:
        body = ",\n".join("  " + json.dumps(r, ensure_ascii=False) for r in rows)
        f.write(f'{{"sheet": "{name}.yaml", "members": [\n{body}\n]}}\n')
    path = os.path.join(TOP, "docs/vectors", name + ".md")
    more = written_by_hand(path)
    with open(path, "w") as f:
        page = (text.strip() + f"\n\n## Readings\n\n`tests/data/sheets/{name}.yaml`:\n\n```yaml\n"
                + block(shortened({k: v for k, v in sheet.items() if k not in ("sheet", "motor")})) + "```\n\n"
                + "## Intermediates\n\nComputed from the readings as printed.\n\n" + value_tables(evaluate(data, None), special)
                + "## Mutations\n\nEach row: the evaluation with one mistake, and the members that move most"
                  " for their size.\n\n" + mutation_table(evaluate, data, mistakes, special) + more)
        f.write("".join(line.rstrip() + "\n" for line in page.splitlines()))
