# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-2A (2-1-1A of a synchronous motor): output over input with the excitation."""
import math

from vector import write

BRUSH_V = 2.0
# Rated load and the load curve: percent, current, power at the terminals, torque.
CURVE = ((125, "190.6", "118540", "1074.3"), (100, "151.8", "94570", "859.4"), (75, "115.9", "71210", "644.6"),
         (50, "81.3", "48010", "429.7"), (25, "50.9", "25020", "214.9"))


def points():
    rows = [{"load_percent": str(percent), "u_v": "400.0", "i_a": i, "p1_w": p1, "t_nm": t, "n_rpm": "1000.0",
             "f_hz": "50.00"} for percent, i, p1, t in CURVE]
    rows[0].update(excitation_supply_v="64.1", excitation_a="28.90")
    rows[1].update(excitation_v="61.9", excitation_a="28.45")
    return rows  # the others have the excitation of rated load


SHEET = {
    "sheet": {"method": "2-1-2A", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-sync-90kw-direct"', "kind": "three-phase-synchronous", "conductor": "copper",
              "sealing_ring": "none", "brushes": "carbon",
              "rated": {"power_w": "90000", "voltage_v": "400", "frequency_hz": "50", "poles": "6",
                        "excitation_a": "28.4"}},
    "rated_load": {"u_v": "400.0", "i_a": "151.7", "p1_w": "94530", "t_nm": "859.2", "n_rpm": "1000.0",
                   "f_hz": "50.00", "excitation_v": "61.2", "excitation_a": "28.40", "coolant_c": "22.4"},
    "load": {"points": points()},
}
MISTAKES = {
    "no-excitation": "excitation left out",
    "no-brush": "drop of the brushes left out",
    "brush-twice": "drop of the brushes added to the voltage of the supply, too",
    "rated-everywhere": "excitation of rated load at every point",
    "taken-off": "excitation taken off the output instead",
}
TEXT = """
# 2-1-2A: synchronous motor, output over input

Synthetic 90 kW, 400 V, 50 Hz, 6 poles, excited through carbon brushes from a supply of its own; not a real motor. Generator:
`tests/support/vectors/method_2_1_2a.py`, written together with the evaluation.

| formula | mark |
|---|---|
| `P2 = 2π n T` | M+ |
| `Pe = Uf If`, at the winding `(Uf + 2.0 V) If` | M (procedures A3) |
| `η = P2/(P1 + Pe)`: the excitation comes from a source of its own | M |
| a point of the load curve without a reading of the excitation has that of rated load | reading of this vector |

Compared with `motorbench evaluate`: all members agree.
"""


def excitation(row, mistake):
    brush = 0.0 if mistake == "no-brush" else BRUSH_V
    if mistake == "no-excitation":
        return 0.0
    if "excitation_supply_v" in row:
        return (row["excitation_supply_v"] + (brush if mistake == "brush-twice" else 0.0)) * row["excitation_a"]
    return (row["excitation_v"] + brush) * row["excitation_a"]


def efficiency(row, pe, mistake):
    output = 2 * math.pi * row["n_rpm"] / 60 * row["t_nm"]
    if mistake == "taken-off":
        return (output - pe) / row["p1_w"]
    return output / (row["p1_w"] + pe)


def evaluate(d, mistake):
    full, rows = d["rated_load"], d["load"]["points"]
    rated = excitation(full, mistake)
    own = [excitation(p, mistake) if "excitation_a" in p and mistake != "rated-everywhere" else rated for p in rows]
    return {"method": "2-1-1A", "standard": "IEC 60034-2-1:2014", "valid": True,
            "points": [{"output_w": 2 * math.pi * p["n_rpm"] / 60 * p["t_nm"], "efficiency": efficiency(p, pe, mistake)}
                       for p, pe in zip(rows, own)],
            "excitation": {"rated_w": rated, "points_w": own}, "efficiency": efficiency(full, rated, mistake)}


if __name__ == "__main__":
    write("2-1-2A", "Vector of 2-1-2A: synthetic 90 kW, 400 V, 50 Hz, 6 poles synchronous motor; not a real motor.",
          SHEET, evaluate, MISTAKES, TEXT)
