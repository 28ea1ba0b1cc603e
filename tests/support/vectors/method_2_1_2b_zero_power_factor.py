# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-2B with a zero-power-factor point: Potier's triangle, the excitation at load by Potier and by ASA."""
import cmath
import math
import random

from algebra import cubic
from method_2_1_2b import SENSOR, evaluate as losses
from vector import write

RANDOM = random.Random(1029)
ROOT3 = math.sqrt(3)
AIR_GAP, SHORT, LEAKAGE_OHM = 27.14, 0.1347, 0.2  # V/A, field A a stator A, a phase


def true_field(volts):
    return volts / AIR_GAP * (1 + 0.22 * (volts / 380) ** 8)


def noted(value):
    return f"{value * (1 + RANDOM.gauss(0, 2e-4)):.3f}"


def zero_power_factor(volts, amps, watts):
    drop = ROOT3 * amps * LEAKAGE_OHM
    field = true_field(volts + drop) + SHORT * amps - drop / AIR_GAP
    return {"u_v": f"{volts:.1f}", "i_a": f"{amps:.2f}", "p1_w": str(watts), "excitation_a": noted(field)}


def with_field(points, field):
    return [p | {"excitation_a": noted(field(p))} for p in points]


OPEN = [{"u_v": "450.0", "p_w": "1580.3"}] + SENSOR["open_circuit"]["points"]
SHEET = SENSOR | {
    "motor": SENSOR["motor"] | {"rated": SENSOR["motor"]["rated"] | {"current_a": "98.0"}},
    "open_circuit": {"points": with_field(OPEN, lambda p: true_field(float(p["u_v"])))},
    "short_circuit": SENSOR["short_circuit"] | {
        "points": with_field(SENSOR["short_circuit"]["points"], lambda p: SHORT * float(p["i_a"]))},
    "zero_power_factor": {"points": [zero_power_factor(370.2, 97.1, 2751), zero_power_factor(381.3, 97.62, 2894)]},
    "rated_load": SENSOR["rated_load"] | {"excitation_v": "61.02", "excitation_a": "26.55"},
}
MISTAKES = {
    "saturated-line": "air-gap line through the highest point of the open circuit",
    "not-parallel": "the triangle's side vertical, as if nothing fell off along the air-gap line",
    "phase-volts": "Xp from the drop line to line without √3",
    "wrong-point": "the first point, not the one next to rated voltage",
    "lagging": "the current behind the voltage, as of an underexcited motor",
    "scalar": "both fields added as numbers",
    "no-resistance": "winding resistance left out",
    "no-saturation": "ASA without the saturation term",
}
TEXT = """
# 2-1-2B with a zero-power-factor point

The motor of [2-1-2B with a winding sensor](2-1-2B-sensor.md), with the excitation of both curves and two points overexcited without
load, of which the one next to rated voltage counts. Generator: `tests/support/vectors/method_2_1_2b_zero_power_factor.py`, from the
formulas below, without a view of the program's code; the standards' own texts (GB/T 1029, IEC 60034-4) were not seen.

Voltages are line to line, currents of the field in A. `m` is the slope of the air-gap line, `If0(U)` the open-circuit curve, `ik` the
excitation that drives the point's current `I` into a short circuit, `R` a phase, half of the reading. The sources leave R out of it.

| formula | source | mark |
|---|---|---|
| from the point (If, U) go `ik` to the left, then parallel to the air-gap line up to the open-circuit curve: the corner (Ic, Uc). `√3 I Xp = Uc − U`, what the current takes away `ia = If − Ic` | Brainkart, "Potier Reactance - Synchronous Generator", brainkart.com/article/Potier-Reactance---Synchronous-Generator_12198 | V, a textbook's |
| the curve without load holds at load; voltages added as voltages, mmf as mmf | electricalexams.co/alternator-obtained-using-zero-power-factor-method; sarthaks.com/2718165 | V, likewise |
| Potier: `E = U − √3 I (R + jXp)` with the current ahead of the voltage; `If = abs(If0(E) e − j ia i)`, e and i the directions of E and I | the sum of the two above | M |
| ASA: `If = abs((U − √3 I R)/m − j ik i) + If0(E) − E/m` | none was found | M |
| air-gap line: least squares through zero, points up to 60 % UN; short circuit likewise, all points | choice of the program | E |
| If0 between the readings: cubic through two on each side | as 2-1-2B | E |

The Swedish construction has no source here and is not computed. Nothing is decided from these members: information.

Generating truth: `If0 = U/27.14 (1 + 0.22 (U/380)^8)`, 0.1347 A of the field for each ampere of the short circuit, leakage 0.200 Ω. The
measured excitation is near that of Potier's construction on this truth.

Compared with `motorbench evaluate`: all members agree. The page that stood here before had been derived by the hand that wrote the
program; it had the same formulas, and this one was derived and computed anew from other readings. For ASA, which has no source, the
voltage behind the winding's resistance was taken from that page; with the terminals' voltage its excitation is 0.12 A larger.
"""


def through_zero(pairs):
    return sum(x * y for x, y in pairs) / sum(x * x for x, _ in pairs)


def crossing(below, low, high):
    """Where below() turns false between both."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low


def triangle(d, mistake):
    points = d["open_circuit"]["points"]

    def field(volts):
        return cubic([p["u_v"] for p in points], [p["excitation_a"] for p in points], volts)

    un = d["motor"]["rated"]["voltage_v"]
    low = [p for p in points if p["u_v"] <= 0.6 * un]
    if mistake == "saturated-line":
        low = [points[0]]
    slope = through_zero([(p["excitation_a"], p["u_v"]) for p in low])
    at = min(d["zero_power_factor"]["points"], key=lambda p: abs(p["u_v"] - un))
    if mistake == "wrong-point":
        at = d["zero_power_factor"]["points"][0]
    ratio = through_zero([(p["i_a"], p["excitation_a"]) for p in d["short_circuit"]["points"]])
    left, rise = at["excitation_a"] - ratio * at["i_a"], (1e9 if mistake == "not-parallel" else slope)
    corner = crossing(lambda v: field(v) < left + (v - at["u_v"]) / rise, at["u_v"], points[0]["u_v"])
    ohm = (corner - at["u_v"]) / at["i_a"] / (1.0 if mistake == "phase-volts" else ROOT3)
    return field, slope, ratio, at, corner, ohm


def excitation(d, mistake):
    field, slope, ratio, at, corner, ohm = triangle(d, mistake)
    load = d["rated_load"]
    reaction = at["excitation_a"] - field(corner)
    cosine = load["p1_w"] / (ROOT3 * load["u_v"] * load["i_a"])
    angle = math.acos(cosine) * (-1 if mistake == "lagging" else 1)
    r = 0.0 if mistake == "no-resistance" else load["r_ohm"] / 2
    current = cmath.rect(ROOT3 * load["i_a"], angle)
    behind_r, behind_x = load["u_v"] - r * current, load["u_v"] - (r + 1j * ohm) * current
    along = cmath.exp(1j * angle)
    saturation = field(abs(behind_x)) - abs(behind_x) / slope
    potier = abs(field(abs(behind_x)) * behind_x / abs(behind_x) - 1j * along * reaction * load["i_a"] / at["i_a"])
    asa = abs(behind_r / slope - 1j * along * ratio * load["i_a"])
    if mistake == "scalar":
        potier = field(abs(behind_x)) + reaction * load["i_a"] / at["i_a"]
        asa = abs(behind_r) / slope + ratio * load["i_a"]
    asa += 0.0 if mistake == "no-saturation" else saturation
    return {"power_factor": at["p1_w"] / (ROOT3 * at["u_v"] * at["i_a"]), "air_gap_v_per_a": slope,
            "short_circuit_a": ratio * at["i_a"], "corner_v": corner, "corner_a": field(corner),
            "potier_drop_v": corner - at["u_v"], "potier_ohm": ohm, "reaction_a": reaction,
            "potier_voltage_v": abs(behind_x), "saturation_a": saturation,
            "excitation_potier_a": potier, "potier_difference": potier / load["excitation_a"] - 1,
            "excitation_asa_a": asa, "asa_difference": asa / load["excitation_a"] - 1}


def evaluate(d, mistake):
    return losses(d, None) | {"zero_power_factor": excitation(d, mistake)}


if __name__ == "__main__":
    write("2-1-2B-zero-power-factor", "Vector of 2-1-2B with a zero-power-factor point: synthetic 55 kW, 380 V, 50 Hz, 4 poles synchronous"
          " motor; not a real motor.", SHEET, evaluate, MISTAKES, TEXT,
          special={"_v_per_a": 4, "_a": 4, "_ohm": 5, "_v": 3, "_difference": 5, "power_factor": 5})
