# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-3C: direct-current motor by summation of losses."""
import math
import random

from algebra import cubic, line, parabola
from readings import COPPER_K
from vector import write

RANDOM = random.Random(313)
ARMATURE_OHM, HOT_C, COLD_C = 0.2640, 88.0, 21.2


def at(c):
    return ARMATURE_OHM * (COPPER_K + c) / (COPPER_K + HOT_C)


def no_load():
    points = []
    for percent in (110, 100, 95, 90, 60, 50, 40, 30):
        u = 4.4 * percent
        p0 = 310.0 + 560.0 * (percent / 100) ** 2 + 3.0
        points.append({"u_v": f"{u:.1f}", "i_a": f"{p0 / u:.4f}", "p0_w": f"{p0 * (1 + RANDOM.gauss(0, 2e-4)):.2f}"})
    return {"points": points}


SHEET = {
    "sheet": {"method": "2-1-3C", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-dc-30kw"', "kind": "dc", "conductor": "copper", "sealing_ring": "none",
              "rated": {"power_w": "30000", "voltage_v": "440", "frequency_hz": "0", "current_a": "76.5",
                        "poles": "4", "speed_rpm": "1500"}},
    "cold": {"armature_ohm": f"{at(COLD_C):.5f}", "temperature_c": f"{COLD_C:.1f}"},
    "rated_load": {"u_v": "440.0", "i_a": "76.42", "p1_w": "33630.1", "n_rpm": "1502.0",
                   "armature_ohm": f"{at(HOT_C):.5f}", "coolant_c": "27.3", "excitation_v": "198.4",
                   "excitation_a": "3.215"},
    "no_load": no_load(),
    "machine": {"brushes": "carbon", "compensated": "false"},
}
MISTAKES = {
    "phase": "Ia²R with the factor 1.5 of three phases",
    "no-correction": "no correction to 25 °C",
    "cold-r": "armature loss with the cold resistance",
    "brush-each": "brush drop counted for each polarity (4 V)",
    "metal": "brush drop of metal-graphite",
    "compensated": "stray loss of a compensated machine",
    "stray-basis": "stray loss not brought to the current of the reading",
    "parabola": "constant loss from the parabola of 90 to 110 %",
    "friction-inner": "friction from the inner voltage, not from U0",
    "no-excitation": "excitation left out of losses and input",
    "excitation-in": "excitation in the losses, not in the input",
    "iron-at-u": "constant loss at the terminal voltage",
    "no-load-copper": "armature and brush loss not taken off at no load",
}
TEXT = """
# 2-1-3C: direct-current motor, summation of losses

Synthetic 30 kW, 440 V, 1500 r/min, separately excited, uncompensated, carbon brushes; not a real motor. Generator:
`tests/support/vectors/method_2_1_3c.py`.

| formula | mark |
|---|---|
| `PT = Pfe + Pfw + Ia² Ra(θ) + Pbrush + PLL + Pe` | M (procedures A3) |
| `θ = (Ra/Ra,cold)(k + θ1) − k`; `kθ = (k + θ + 25 − θc)/(k + θ)`; `Ia² Ra kθ` | M+ |
| `Pbrush = 2.0 V · Ia` (carbon, both polarities), 0.6 V metal-graphite | M |
| `PLL` 1 % of the rated input `UN IN`, ∝ I² (uncompensated), 0.5 % compensated | M; "rated basis" read as the input of a motor |
| `Pe = Uf If`, from a source of its own: also in the input | M |
| `Pc = P0 − I0² Ra − 2.0 V I0` over the inner voltage `E = U − I Ra − 2.0 V`: cubic through two points on each side, taken at the inner voltage of the load | M+, interpolation free |
| Pfw: intercept of Pc over U0² up to 60 % UN; for information, the sum needs Pc alone | reading of this vector |

Compared with `motorbench evaluate`: three choices that the specification leaves open were first taken otherwise here
and are now the program's, the others stand as mutations: the stray loss goes by `UN IN (I/IN)²` (first: 1 % of the
input as read), the constant loss by a cubic between the readings (first: the parabola, 0.15 W more), friction over the
terminal voltage (first: over the inner voltage, 1.6 W more; it decides nothing).
"""


def evaluate(d, mistake):
    full, rated, cold = d["rated_load"], d["motor"]["rated"], d["cold"]
    drop = {"brush-each": 4.0, "metal": 0.6}.get(mistake, 2.0)
    ra = full["armature_ohm"]
    theta = ra / cold["armature_ohm"] * (COPPER_K + cold["temperature_c"]) - COPPER_K
    k_theta = (COPPER_K + theta + 25 - full["coolant_c"]) / (COPPER_K + theta)
    armature = full["i_a"] ** 2 * ra * (1.0 if mistake == "no-correction" else k_theta)
    if mistake == "cold-r":
        armature = full["i_a"] ** 2 * cold["armature_ohm"]
    armature *= 1.5 if mistake == "phase" else 1.0
    points = []
    for p in d["no_load"]["points"]:
        lost = 0.0 if mistake == "no-load-copper" else p["i_a"] ** 2 * ra + drop * p["i_a"]
        points.append({"inner_voltage_v": p["u_v"] - p["i_a"] * ra - drop, "constant_w": p["p0_w"] - lost})
    volts = [p["inner_voltage_v" if mistake == "friction-inner" else "u_v"] for p in
             (points if mistake == "friction-inner" else d["no_load"]["points"])]
    low = [(u, p["constant_w"]) for u, p in zip(volts, points) if u < 0.605 * rated["voltage_v"]]
    _, friction, _ = line([u ** 2 for u, _ in low], [w for _, w in low])
    inner_v, constant_w = [p["inner_voltage_v"] for p in points], [p["constant_w"] for p in points]
    inner = full["u_v"] - full["i_a"] * ra - drop
    at = full["u_v"] if mistake == "iron-at-u" else inner
    constant = cubic(inner_v, constant_w, at)
    if mistake == "parabola":
        constant = parabola(inner_v[:4], constant_w[:4])(at)
    excitation = 0.0 if mistake == "no-excitation" else full["excitation_v"] * full["excitation_a"]
    stray = (0.005 if mistake == "compensated" else 0.01) * rated["voltage_v"] * rated["current_a"]
    stray *= 1.0 if mistake == "stray-basis" else (full["i_a"] / rated["current_a"]) ** 2
    brush = drop * full["i_a"]
    total = constant + armature + brush + stray + excitation
    p1 = full["p1_w"] + (0.0 if mistake == "excitation-in" else excitation)
    return {"method": "2-1-3C", "standard": "IEC 60034-2-1:2014", "valid": True,
            "no_load_points": [{"constant_w": w} for w in constant_w],
            "rated": {"armature_c": theta, "armature_reference_ohm": ra * k_theta, "inner_voltage_v": inner, "friction_windage_w": friction, "constant_w": constant,
                      "armature_w": armature, "brush_w": brush, "additional_load_w": stray,
                      "excitation_w": excitation, "total_w": total, "input_w": p1},
            "efficiency": (p1 - total) / p1}


if __name__ == "__main__":
    write("2-1-3C", "Vector of 2-1-3C: synthetic 30 kW, 440 V direct-current motor; not a real motor.",
          SHEET, evaluate, MISTAKES, TEXT)
