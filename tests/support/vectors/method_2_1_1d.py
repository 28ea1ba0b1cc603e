# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of 2-1-1D and 2-1-1E: two like machines back to back, at two supplies or at one."""
import math

from induction import ROOT3, Motor, constant_losses, corrected
from readings import COPPER_K, Laboratory
from vector import write

MOTOR = Motor(u_v=400.0, pairs=2, r1_ohm=0.0705, x1_ohm=0.33, r2_ohm=0.0612, x2_ohm=0.43, magnetising_a=19.0,
              iron_w=480.0, friction_w=240.0, stray_w=420.0, stray_a=50.0)
TORQUE_NM = 30000.0 / (2 * math.pi * 1476.0 / 60)
LAB = Laboratory(MOTOR, 114, 21.0, 93.0, 22.7, 1e-4)
COUPLING_W = 45.0


def generator(shaft_w, n, warm, one_supply):
    """The machine that is driven. Two supplies: its own is slower, voltage over frequency kept. One supply: it is
    geared up above the synchronous speed."""
    low, high = 1e-6, 0.06
    for _ in range(60):
        slip = 0.5 * (low + high)
        f = 50.0 if one_supply else n / 60 * 2 / (1 + slip)
        turns = f * 30 * (1 + slip)
        s = MOTOR.at(8 * f, -slip, warm, f)
        stray = MOTOR.stray_w * (s["i2"] / MOTOR.stray_a) ** 2
        need = -s["gap"] * (1 + slip) + MOTOR.friction_w * (turns / 1500) ** 2.5 + stray
        low, high = (slip, high) if need < shaft_w else (low, slip)
    return f, turns, s


def run(torque, c, change, one_supply=False):
    warm = LAB.warm(c) * change
    m = MOTOR.loaded(400.0, torque, warm)
    coupling = 310.0 if one_supply else COUPLING_W
    f, turns, g = generator(m["out"] - coupling, m["n"], warm, one_supply)
    r = f"{LAB.line_ohm(c):.5f}"
    whole = {"supply_w": LAB.noisy(m["p1"] + g["p1"], 1)} if one_supply else {}
    return whole | {"coolant_c": "22.7", "coupling_w": f"{coupling:.1f}",
            "motor": {"u_v": "400.0", "i_a": f"{m['i']:.2f}", "p_w": LAB.noisy(m["p1"], 1), "n_rpm": f"{m['n']:.1f}",
                      "f_hz": "50.00", "r_ohm": r},
            "generator": {"u_v": f"{8 * f:.1f}", "i_a": f"{g['i']:.2f}", "p_w": LAB.noisy(-g["p1"], 1),
                          "n_rpm": f"{turns:.1f}", "f_hz": f"{f:.3f}", "r_ohm": r}}


SHEET = {
    "sheet": {"method": "2-1-1D", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-30kw-pair"', "kind": "three-phase-induction", "conductor": "copper",
              "sealing_ring": "none",
              "rated": {"power_w": "30000", "voltage_v": "400", "frequency_hz": "50", "poles": "4"}},
    "cold": LAB.cold(), "no_load": LAB.no_load(78.0),
    "back_to_back": {"forward": run(TORQUE_NM, 93.0, 1.0), "reversed": run(TORQUE_NM * 1.004, 94.2, 1.003)},
}
SHEET_E = SHEET | {
    "sheet": SHEET["sheet"] | {"method": "2-1-1E"},
    "back_to_back": {"forward": run(TORQUE_NM, 93.0, 1.0, True), "reversed": run(TORQUE_NM * 1.004, 94.2, 1.003, True)},
}
MISTAKES = {
    "one-run": "the forward run alone",
    "halves": "stray loss halved",
    "rotor-losses": "stray loss shared by the rotor losses instead of I² − I0²",
    "coupling": "coupling loss not taken off",
    "generator-slip": "generator's rotor loss with the air-gap power of a motor (P − Ps − Pfe)",
    "generator-inner": "inner voltage of the generator with the drop taken off",
    "friction-slip": "friction of the generator with (1 + |s|)^2.5 of its own frequency",
    "rated-frequency": "generator's slip from the rated frequency",
    "no-correction": "no correction to 25 °C",
    "ps-3": "Ps = 3 I²R with R line to line",
}
TEXT = """
# 2-1-1D: two like machines back to back, two supplies

Synthetic 30 kW, 400 V, 50 Hz, 4 poles, copper; not a real motor. Generator: `tests/support/vectors/method_2_1_1d.py`.

| formula | mark |
|---|---|
| total loss `P_M − P_G`; stator and rotor separated as in 2-1-1B; both directions averaged | M+ (procedures A1.8) |
| motor: `s = 1 − p n/f`, `Pr = (P − Ps − Pfe) s`, Ui as in 2-1-1B | M+ |
| generator: `s = p n/f − 1` with its own frequency, `Pr = (P + Ps + Pfe) s`, Ui with the drop added | follows by the sign of the power |
| `Pfw = Pfw0 (p n/fN)^2.5`: both shafts turn at the same speed | follows; for the motor it is (1 − s)^2.5 |
| `PLL,both = P_M − P_G − coupling − Σ(Ps + Pr + Pfe + Pfw)`, split in proportion to `I² − I0²` | "in proportion", to what is not said; as the other loads of 2-1-1C, M |
| each run: `Ps,θ = Ps kθ`, `sθ = s kθ`, `Pr,θ = (P1 − Ps,θ − Pfe) sθ`, `η = (P1,θ − PT)/P1,θ` of the motor, θ from `r_ohm`; mean of both | M+, form M |

Generating truth: PLL 420 W at 50 A of rotor current, 30 kW at the shaft.

As first compared with `motorbench evaluate`, which has been mended since: the losses of both machines agree but the friction of the generator. The program
scales it with (1 − s)^2.5 of the generator, whose slip is negative and belongs to its own 48.7 Hz: 252.0 W against
236.4 W in the motor on the same coupling. Both shafts turn alike, so both lose the same; the vector is right. The
mutation "(1 + |s|)^2.5" gives the program's numbers exactly: efficiency 0.935927 instead of 0.935661, stray loss 2 %
too small. How the stray loss is shared is open in the specification; a first computation took the rotor losses
(0.935868 with the right friction), the program I² − I0², and the vector follows the program there. The generating truth
is 376.8 W for the motor of the first run: 372.1 W by the rotor losses, 378.6 W by I² − I0².
"""

TEXT_E = """
# 2-1-1E: two like machines back to back, one supply

The machines of `2-1-1D.md` at one supply of 400 V, 50 Hz, joined by a gear. Generator of the readings:
`tests/support/vectors/method_2_1_1d.py`. Formulas as there, but the loss of both is `supply_w` less what the gear loses, and
the shafts turn at different speeds, so friction does as well.
"""


def separate(p, sign, d, friction, iron, mistake):
    """Losses of one machine; sign 1 motor, -1 generator."""
    pairs, fn = d["motor"]["rated"]["poles"] / 2, d["motor"]["rated"]["frequency_hz"]
    factor = p["p_w"] / (ROOT3 * p["u_v"] * p["i_a"])
    drop = ROOT3 / 2 * p["i_a"] * p["r_ohm"] * (1 if mistake == "generator-inner" else sign)
    inner = math.hypot(p["u_v"] - drop * factor, drop * math.sqrt(1 - factor ** 2))
    f = fn if mistake == "rated-frequency" and sign < 0 else p["f_hz"]
    slip = sign * (1 - pairs * p["n_rpm"] / 60 / f)
    stator, core = (3.0 if mistake == "ps-3" else 1.5) * p["i_a"] ** 2 * p["r_ohm"], iron(inner)
    rotor = (p["p_w"] - (1 if mistake == "generator-slip" else sign) * (stator + core)) * slip
    speed = pairs * p["n_rpm"] / 60 / fn
    if mistake == "like-speed" and sign < 0:
        speed = 1 - slip
    if mistake == "friction-slip" and sign < 0:
        speed = 1 + slip
    return {"slip": sign * slip, "power_factor": sign * factor, "stator_w": stator, "inner_voltage_v": inner,
            "iron_w": core, "rotor_w": rotor, "friction_windage_w": friction * speed ** 2.5}


def one_run(run_d, d, friction, iron, mistake):
    m = separate(run_d["motor"], 1, d, friction, iron, mistake)
    g = separate(run_d["generator"], -1, d, friction, iron, mistake)
    lost = sum(x[k] for x in (m, g) for k in ("stator_w", "rotor_w", "iron_w", "friction_windage_w"))
    total = run_d["motor"]["p_w"] - run_d["generator"]["p_w"]
    if "supply_w" in run_d and mistake != "difference":
        total = run_d["supply_w"]
    total -= 0.0 if mistake == "coupling" else run_d["coupling_w"]
    both = total - lost
    i0 = next(p["i_a"] for p in d["no_load"]["points"] if p["u_v"] == d["motor"]["rated"]["voltage_v"])
    weight = [run_d[key]["i_a"] ** 2 - i0 ** 2 for key in ("motor", "generator")]
    if mistake == "rotor-losses":
        weight = [m["rotor_w"], g["rotor_w"]]
    share = 0.5 if mistake == "halves" else weight[0] / sum(weight)
    cold = d["cold"]
    theta = run_d["motor"]["r_ohm"] / cold["resistance_ohm"] * (COPPER_K + cold["temperature_c"]) - COPPER_K
    k_theta = (COPPER_K + theta + 25 - run_d["coolant_c"]) / (COPPER_K + theta)
    full, iec, _ = corrected({"p1_w": run_d["motor"]["p_w"]}, m, both * share,
                             1.0 if mistake == "no-correction" else k_theta)
    m["additional_load_w"], g["additional_load_w"] = both * share, both * (1 - share)
    return {"motor": m, "generator": g, "loss_w": total, "additional_load_w": both, "winding_c": theta,
            "k_theta": k_theta, "total_w": full["total_w"], "efficiency": iec, "corrected": full}


def evaluate(d, mistake):
    friction, iron, no_load = constant_losses(d["no_load"], d["motor"]["rated"]["voltage_v"])
    forward = one_run(d["back_to_back"]["forward"], d, friction, iron, mistake)
    back = one_run(d["back_to_back"]["reversed"], d, friction, iron, mistake)
    efficiency = forward["efficiency"] if mistake == "one-run" else (forward["efficiency"] + back["efficiency"]) / 2
    return {"method": d["sheet"]["method"], "standard": "IEC 60034-2-1:2014", "valid": True, "no_load": no_load,
            "friction_windage_w": friction,
            "forward": forward, "reversed": back, "efficiency": efficiency}


if __name__ == "__main__":
    write("2-1-1D", "Vector of 2-1-1D: two synthetic 30 kW motors, 400 V, 50 Hz, 4 poles; not real ones.",
          SHEET, evaluate, MISTAKES, TEXT,
          unprinted=("no_load.", "forward.corrected", "reversed.corrected"))
    mistakes = {k: v for k, v in MISTAKES.items() if k not in ("friction-slip", "rated-frequency")}
    mistakes |= {"difference": "loss as the difference of two large powers instead of the supply's",
                 "like-speed": "friction of the generator as of the motor"}
    write("2-1-1E", "Vector of 2-1-1E: two synthetic 30 kW motors at one supply, geared; not real ones.",
          SHEET_E, evaluate, mistakes, TEXT_E, unprinted=("no_load.", "forward.corrected", "reversed.corrected"))
