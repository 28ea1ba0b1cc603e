# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-2B with a zero-power-factor point: Potier's triangle and the excitation at the load."""
import copy
import math
import random

import method_2_1_2b
from algebra import cubic
from induction import ROOT3
from vector import write

RANDOM = random.Random(1029)
SLOPE, KNEE_V, BEND = 30.0, 450.0, 8
LEAKAGE_OHM, MAIN_OHM, RATED_A = 0.150, 1.20, 151.7


def noisy(value, digits):
    return f"{value * (1 + RANDOM.gauss(0, 2e-4)):.{digits}f}"


def field(volts):
    return volts / SLOPE * (1 + (volts / KNEE_V) ** BEND)


def sheet():
    s = copy.deepcopy(method_2_1_2b.SHEET)
    s["motor"]["id"] = '"vector-sync-90kw-zpf"'
    s["motor"]["rated"]["current_a"] = f"{RATED_A}"
    s["open_circuit"] = {"points": [
        {"u_v": f"{4 * x:.1f}", "p_w": noisy(640 + 1180 * (x / 100) ** 2, 1), "excitation_a": noisy(field(4 * x), 3)}
        for x in (120, 115, 110, 105, 100, 95, 90, 60, 50, 40, 30)]}
    for point in s["short_circuit"]["points"]:
        point["excitation_a"] = noisy(ROOT3 * float(point["i_a"]) * (LEAKAGE_OHM + MAIN_OHM) / SLOPE, 3)
    corner = 400 + ROOT3 * RATED_A * LEAKAGE_OHM
    s["zero_power_factor"] = {"points": [
        {"u_v": "400.0", "i_a": f"{RATED_A}", "p1_w": "3480",
         "excitation_a": f"{field(corner) + ROOT3 * RATED_A * MAIN_OHM / SLOPE:.3f}"}]}
    return s


SHEET = sheet()
MISTAKES = {
    "no-parallel": "upright instead of parallel to the air-gap line",
    "all-points": "air-gap line through all open-circuit points",
    "per-phase": "Potier reactance without √3",
    "lagging": "the current lags",
    "no-resistance": "without the drop of the winding",
    "reaction-short": "Potier with the whole excitation of the short circuit",
    "scalar": "ASA by sum, not by vectors",
    "no-saturation": "ASA without what saturation adds",
    "saturation-at-u": "what saturation adds at the terminals' voltage",
}
TEXT = """
# 2-1-2B with a zero-power-factor point

The motor of [2-1-2B](2-1-2B.md) with the excitation of both curves and one point overexcited at rated voltage and current without
load. Generator: `tests/support/vectors/method_2_1_2b_zero_power_factor.py`, from the formulas below. It is by the same hand as the program's code;
the standards' own texts (GB/T 1029, IEC 60034-4) were not seen.

Voltages are line to line, currents of the field in A. `m` is the slope of the air-gap line, `If0(U)` the open-circuit curve, `ik` the
excitation that drives the point's current `I` into a short circuit.

| formula | source | mark |
|---|---|---|
| from the point (If, U) go `ik` to the left, then parallel to the air-gap line up to the open-circuit curve: the corner (Ic, Uc). `√3 I Xp = Uc − U`, what the current takes away `ia = If − Ic` | Brainkart, "Potier Reactance - Synchronous Generator", brainkart.com/article/Potier-Reactance---Synchronous-Generator_12198 | V, a textbook's |
| the curve without load holds at load; voltages added as voltages, mmf as mmf | electricalexams.co/alternator-obtained-using-zero-power-factor-method; sarthaks.com/2718165 | V, likewise |
| Potier: `E = U − √3 I (R + jXp)` with the current ahead of the voltage; `If = |If0(E) e − j ia i|`, e and i the directions of E and I | the sum of the two above | M |
| ASA: `If = |(U − √3 I R)/m − j ik i| + If0(E) − E/m` | none was found | M |
| air-gap line: least squares through zero, points up to 60 % UN; short circuit likewise, all points | choice of the program | E |
| If0 between the readings: cubic through two on each side | as 2-1-2B | E |

The Swedish construction has no source here and is not computed. Nothing is decided from these members: information.

Generating truth: m 30 V/A, `If0 = U/m (1 + (U/450)^8)`, leakage 0.150 Ω, main reactance 1.20 Ω. The excitation at load is that of
2-1-2B, which was not made from this truth.
"""


def through_zero(points, key, up_to):
    used = [p for p in points if p[key] <= up_to]
    return sum(p[key] * p["excitation_a"] for p in used) / sum(p["excitation_a"] ** 2 for p in used)


def triangle(p, curve, slope, short_a, mistake):
    """Walks up the line until it meets the curve."""
    start = p["excitation_a"] - short_a
    tilt = 0.0 if mistake == "no-parallel" else 1.0 / slope
    low, high = p["u_v"], 480.0 - 1e-9
    for _ in range(80):
        middle = 0.5 * (low + high)
        if curve(middle) < start + (middle - p["u_v"]) * tilt:
            low = middle
        else:
            high = middle
    return low, curve(low)


def evaluate(d, mistake):
    result = method_2_1_2b.evaluate(d, None)
    opened, full, p = d["open_circuit"]["points"], d["rated_load"], d["zero_power_factor"]["points"][0]

    def curve(volts):
        return cubic([o["u_v"] for o in opened], [o["excitation_a"] for o in opened], volts)

    slope = through_zero(opened, "u_v", 1e9 if mistake == "all-points" else 242.0)
    short_a = p["i_a"] / through_zero(d["short_circuit"]["points"], "i_a", 1e9)
    corner_v, corner_a = triangle(p, curve, slope, short_a, mistake)
    drop, reaction = corner_v - p["u_v"], p["excitation_a"] - corner_a
    share, cosine = full["i_a"] / p["i_a"], full["p1_w"] / (ROOT3 * full["u_v"] * full["i_a"])
    current = complex(cosine, (-1 if mistake == "lagging" else 1) * math.sqrt(1 - cosine ** 2))
    winding = full["u_v"] - (0 if mistake == "no-resistance" else ROOT3 / 2 * full["i_a"] * full["r_ohm"]) * current
    inner = winding - 1j * drop * share * current
    volts = abs(inner)
    taken = (short_a if mistake == "reaction-short" else reaction) * share
    potier = abs(curve(volts) * inner / volts - 1j * taken * current)
    bent = full["u_v"] if mistake == "saturation-at-u" else volts
    saturation = 0.0 if mistake == "no-saturation" else curve(bent) - bent / slope
    asa = abs(winding / slope - 1j * short_a * share * current)
    if mistake == "scalar":
        asa = abs(winding) / slope + short_a * share
    asa += saturation
    result["zero_power_factor"] = {
        "power_factor": p["p1_w"] / (ROOT3 * p["u_v"] * p["i_a"]), "air_gap_v_per_a": slope, "short_circuit_a": short_a,
        "corner_v": corner_v, "corner_a": corner_a, "potier_drop_v": drop,
        "potier_ohm": drop / ((1 if mistake == "per-phase" else ROOT3) * p["i_a"]), "reaction_a": reaction,
        "potier_voltage_v": volts, "saturation_a": saturation, "excitation_potier_a": potier,
        "potier_difference": potier / full["excitation_a"] - 1, "excitation_asa_a": asa,
        "asa_difference": asa / full["excitation_a"] - 1}
    return result


if __name__ == "__main__":
    write("2-1-2B-zero-power-factor",
          "Vector of 2-1-2B with a zero-power-factor point: synthetic 90 kW, 400 V, 50 Hz, 6 poles; not a real motor.",
          SHEET, evaluate, MISTAKES, TEXT)
