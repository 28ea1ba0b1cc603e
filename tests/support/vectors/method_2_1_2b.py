# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of 2-1-2B: synchronous motor by summation of losses; with one resistance of the short circuit, and with
that of a winding sensor at each of its points."""
import math
import random

from algebra import cubic, line
from induction import ROOT3, inner_voltage
from readings import COPPER_K
from vector import write

RANDOM = random.Random(212)
HOT_C, SHORT_C, COLD_C = 84.0, 41.0, 20.8
HOT_OHM = 0.04620


def at(c):
    return HOT_OHM * (COPPER_K + c) / (COPPER_K + HOT_C)


def noisy(value, digits):
    return f"{value * (1 + RANDOM.gauss(0, 2e-4)):.{digits}f}"


def open_circuit():
    return {"points": [{"u_v": f"{4 * x:.1f}", "p_w": noisy(640 + 1180 * (x / 100) ** 2, 1)}
                       for x in (110, 100, 95, 90, 60, 50, 40, 30)]}


def short_circuit():
    return {"r_ohm": f"{at(SHORT_C):.5f}", "points": [
        {"i_a": f"{i:.1f}", "p_w": noisy(640 + 1.5 * i * i * at(SHORT_C) + 0.0305 * i * i, 1)}
        for i in (190, 152, 130, 100, 70, 40)]}


SHEET = {
    "sheet": {"method": "2-1-2B", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-sync-90kw"', "kind": "three-phase-synchronous", "conductor": "copper",
              "sealing_ring": "none",
              "rated": {"power_w": "90000", "voltage_v": "400", "frequency_hz": "50", "poles": "6"}},
    "cold": {"resistance_ohm": f"{at(COLD_C):.5f}", "temperature_c": f"{COLD_C:.1f}"},
    "open_circuit": open_circuit(), "short_circuit": short_circuit(),
    "rated_load": {"u_v": "400.0", "i_a": "151.7", "p1_w": "94530", "excitation_v": "61.2", "excitation_a": "28.40",
                   "exciter_w": "96.0", "coolant_c": "22.4", "r_ohm": f"{HOT_OHM:.5f}"},
    "machine": {"brushes": "true"},
}
MISTAKES = {
    "ps-3": "Ps = 3 I²R with R line to line",
    "no-correction": "no correction to 25 °C",
    "short-friction": "friction not taken off the short-circuit loss",
    "short-hot": "stator loss of the short circuit with the hot resistance",
    "short-not-scaled": "stray loss of the highest short-circuit current at the load",
    "iron-at-u": "iron at the terminal voltage",
    "iron-with-friction": "open-circuit loss counted whole and friction again",
    "no-brush": "no brush loss",
    "no-exciter": "exciter left out",
    "excitation-in": "excitation in the losses, not in the input",
}
# The motor of the second sheet: 55 kW, 4 poles, whose winding cools while the curve goes down.
SENSOR_OHM, SENSOR_HOT_C = 0.07135, 96.5
SENSOR_RANDOM = random.Random(4060)


def sensor_at(c):
    return SENSOR_OHM * (COPPER_K + c) / (COPPER_K + SENSOR_HOT_C)


def sensor_points():
    points = []
    for i, (amps, c) in enumerate(((125, 91.2), (100, 88.4), (90, 84.9), (70, 80.6), (50, 75.3), (30, 71.0))):
        true = 455 + 1.5 * amps ** 2 * sensor_at(c) + 0.0127 * amps ** 2.08
        p = {"i_a": f"{amps:.2f}", "p_w": f"{true * (1 + SENSOR_RANDOM.gauss(0, 1e-4)):.1f}"}
        points.append(p | ({} if i == 3 else {"r_ohm": f"{sensor_at(c):.5f}"}))
    return points


def sensor_open():
    return [{"u_v": f"{u:.1f}",
             "p_w": f"{(455 + 790 * (u / 380) ** 2.1) * (1 + SENSOR_RANDOM.gauss(0, 1e-4)):.1f}"}
            for u in (418, 380, 361, 342, 228, 190, 152, 114)]


SENSOR = {
    "sheet": {"method": "2-1-2B", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-sync-55kw"', "kind": "three-phase-synchronous", "conductor": "copper",
              "brushes": "metal-graphite", "sealing_ring": "none",
              "rated": {"power_w": "55000", "voltage_v": "380", "frequency_hz": "50", "poles": "4"}},
    "cold": {"resistance_ohm": f"{sensor_at(19.4):.5f}", "temperature_c": "19.4"},
    "open_circuit": {"points": sensor_open()},
    "short_circuit": {"r_ohm": f"{sensor_at(69.0):.5f}", "points": sensor_points()},
    "rated_load": {"u_v": "379.6", "i_a": "97.44", "p1_w": "57910", "excitation_v": "48.35", "excitation_a": "21.06",
                   "coolant_c": "27.1", "r_ohm": f"{SENSOR_OHM:.5f}"},
}
SENSOR_MISTAKES = {
    "section": "the section's resistance at every point",
    "section-missing": "the point without a resistance takes that of its neighbour above",
    "first": "the resistance of the highest point at every point",
    "short-friction": "friction not taken off the short-circuit loss",
    "iron-at-u": "iron at the terminal voltage",
    "no-correction": "no correction to 25 °C",
    "no-brush": "no brush loss",
    "carbon": "2.0 V of carbon brushes for those of metal-graphite",
    "excitation-in": "excitation in the losses, not in the input",
}
SENSOR_TEXT = """
# 2-1-2B with a winding sensor

Synthetic 55 kW, 380 V, 50 Hz, 4 poles, excited through metal-graphite brushes; not a real motor. Generator:
`tests/support/vectors/method_2_1_2b.py`, formulas as in [2-1-2B](2-1-2B.md), but

| formula | mark |
|---|---|
| each point of the short circuit has its own resistance, `PLL = P − Pfw − 1.5 I² R(point)`; a point without one that of the section | M+ (procedures A1.4: with a winding sensor, better) |
| drop of the brushes 0.6 V, as `motor.brushes` says metal-graphite | M (procedures A3) |

The winding cools from 91 to 71 °C while the curve goes down, the section's resistance was read at 69 °C after it. With that one
alone the additional loss comes out too large, most at the highest current. The point at 70 A has none of its own.

Compared with `motorbench evaluate`, which has been mended since: it took 2.0 V for the drop of any brushes. All other members agree.
"""
TEXT = """
# 2-1-2B: synchronous motor, summation of losses

Synthetic 90 kW, 400 V, 50 Hz, 6 poles, excited through carbon brushes; not a real motor. Generator:
`tests/support/vectors/method_2_1_2b.py`.

| formula | mark |
|---|---|
| `PT = Pfe + Pfw + Ps + PLL + Pe` | M (procedures A3) |
| Pfw: intercept of the open-circuit loss over U² up to 60 % UN | M+ |
| `Pfe = P − Pfw` between the readings (cubic through two on each side), at the inner voltage `Ui` of the load as in 2-1-1B | M+ |
| short circuit: `PLL = P − Pfw − 1.5 I² R`, `PLL = a I^n` by least squares of the logarithms | reading of this vector |
| `Ps,θ = 1.5 I² R kθ`, `θ = (R/Rcold)(k + θ1) − k`, `kθ = (k + θ + 25 − θc)/(k + θ)` | M+ |
| `Pe = Uf If + 2.0 V If + exciter` | M |
| `η = 1 − PT/(P1 + Pe)`: the excitation comes from a source of its own | M |

Generating truth: Pfw 640 W, Pfe 1180 W at rated voltage, PLL = 0.0305 I² W.

Compared with `motorbench evaluate`: all members agree. `machine.brushes` is true or false here, while the same member
of 2-1-3C is a word; the manual page does not say so.
"""


def short_resistances(d, mistake):
    points, section = d["short_circuit"]["points"], d["short_circuit"]["r_ohm"]
    if mistake == "short-hot":
        section = d["rated_load"]["r_ohm"]
    if mistake == "first":
        section = points[0]["r_ohm"]
    if mistake in ("section", "first"):
        return [section] * len(points)
    above = [points[max(i - 1, 0)] for i in range(len(points))]
    return [p.get("r_ohm", a.get("r_ohm", section) if mistake == "section-missing" else section) for p, a in zip(points, above)]


def evaluate(d, mistake):
    full, rated, cold, short = d["rated_load"], d["motor"]["rated"], d["cold"], d["short_circuit"]
    points = d["open_circuit"]["points"]
    low = [p for p in points if p["u_v"] <= 0.605 * rated["voltage_v"]]
    _, friction, _ = line([p["u_v"] ** 2 for p in low], [p["p_w"] for p in low])
    _, inner = inner_voltage(full, full["r_ohm"])
    volts = full["u_v"] if mistake == "iron-at-u" else inner
    iron = cubic([p["u_v"] for p in points], [p["p_w"] for p in points], volts)
    iron -= 0.0 if mistake == "iron-with-friction" else friction
    stray = [p["p_w"] - (0.0 if mistake == "short-friction" else friction) - 1.5 * p["i_a"] ** 2 * r
             for p, r in zip(short["points"], short_resistances(d, mistake))]
    n, start, _ = line([math.log(p["i_a"]) for p in short["points"]], [math.log(abs(w)) for w in stray])
    additional = math.exp(start) * full["i_a"] ** n
    if mistake == "short-not-scaled":
        additional = stray[0]
    theta = full["r_ohm"] / cold["resistance_ohm"] * (COPPER_K + cold["temperature_c"]) - COPPER_K
    k_theta = (COPPER_K + theta + 25 - full["coolant_c"]) / (COPPER_K + theta)
    stator = (3.0 if mistake == "ps-3" else 1.5) * full["i_a"] ** 2 * full["r_ohm"]
    stator *= 1.0 if mistake == "no-correction" else k_theta
    field = full["excitation_v"] * full["excitation_a"]
    drop = 0.6 if d["motor"].get("brushes") == "metal-graphite" and mistake != "carbon" else 2.0
    brush = 0.0 if mistake == "no-brush" else drop * full["excitation_a"]
    exciter = 0.0 if mistake == "no-exciter" else full.get("exciter_w", 0.0)
    excitation = field + brush + exciter
    total = iron + friction + stator + additional + excitation
    p1 = full["p1_w"] + (0.0 if mistake == "excitation-in" else excitation)
    return {"method": "2-1-2B", "standard": "IEC 60034-2-1:2014", "valid": True,
            "short_circuit": [{"additional_load_w": w} for w in stray],
            "rated": {"winding_c": theta, "k_theta": k_theta, "additional_exponent": n, "inner_voltage_v": inner, "iron_w": iron,
                      "friction_windage_w": friction, "stator_w": stator, "additional_load_w": additional,
                      "excitation_w": excitation, "total_w": total, "input_w": p1},
            "efficiency": (p1 - total) / p1}


if __name__ == "__main__":
    write("2-1-2B", "Vector of 2-1-2B: synthetic 90 kW, 400 V, 50 Hz, 6 poles synchronous motor; not a real motor.",
          SHEET, evaluate, MISTAKES, TEXT)
    write("2-1-2B-sensor", "Vector of 2-1-2B with a winding sensor: synthetic 55 kW, 380 V, 50 Hz, 4 poles synchronous"
          " motor; not a real motor.", SENSOR, evaluate, SENSOR_MISTAKES, SENSOR_TEXT)
