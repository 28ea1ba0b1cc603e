# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of synchronous-torque: back-EMF, cogging, pull-out, pull-in and pull-up torque of a line-start motor."""
import math
import random

from vector import write

RANDOM = random.Random(22669)
UN, POLES = 380.0, 6
HALF_MINUTE = 2 * math.pi / 60


def noted(value, digits, noise):
    return f"{value + RANDOM.gauss(0, noise):.{digits}f}"


def cogging():
    """Nine slots a pole pair: 54 teeth, a turn and 4 degrees by degrees, and what the bearings drag."""
    return [{"angle_deg": f"{a:.1f}",
             "t_nm": noted(0.21 + 0.34 * math.sin(math.radians(54 * a)) + 0.05 * math.sin(math.radians(a + 40)), 3, 0.004)}
            for a in range(365)]


def run_up(n):
    """Cage with its breakdown at a slip of 0.3, less the braking of the magnets, which is most at 40 r/min."""
    s = 1 - n / 1000
    return 2 * 165 / (s / 0.3 + 0.3 / s) - 2 * 62 / (n / 40 + 40 / n) + 22 * s


def pull_up(branch, speeds, inertia, odd=None):
    points = []
    for n in speeds:
        u = UN * (1 + RANDOM.gauss(-0.004, 2e-3))
        t = run_up(n) * (u / UN) ** 2 + inertia * (0.4 + n / 900)
        t = 21.0 if n == odd else t
        points.append({"branch": branch, "u_v": f"{u:.1f}", "t_nm": noted(t, 2, 0.1), "n_rpm": f"{n:.1f}"})
    return points


SPEEDS = [round(10 * 96 ** (i / 15), 1) for i in range(16)]
SHEET = {
    "sheet": {"method": "synchronous-torque", "standard": '"GB/T 22669-2008"'},
    "motor": {"id": '"vector-pm-5k5"', "kind": "three-phase-pm-line-start", "conductor": "copper", "sealing_ring": "none",
              "rated": {"power_w": "5500", "voltage_v": "380", "frequency_hz": "50", "poles": "6", "speed_rpm": "1000"}},
    "synchronous": {
        "back_emf": {"u_v": "330.73", "u12_v": "329.9", "u23_v": "332.6", "u31_v": "329.7", "n_rpm": "996.4"},
        "cogging": {"u_t_nm": "0.012", "points": cogging()},
        "pull_out": [
            {"u_v": "380.9", "t_nm": "94.62", "n_rpm": "1000.1", "f_hz": "50.00"},
            {"u_v": "380.3", "t_nm": "99.88", "n_rpm": "999.8", "f_hz": "49.99"},
            {"u_v": "379.1", "t_nm": "105.07", "n_rpm": "999.6", "f_hz": "49.98"},
            {"u_v": "377.8", "t_nm": "110.31", "n_rpm": "999.9", "f_hz": "50.00"},
            {"u_v": "376.2", "t_nm": "115.40", "n_rpm": "931.7", "f_hz": "50.00"}],
        "pull_in": [
            {"in_step": "true", "u_v": "380.4", "t_nm": "15.79"},
            {"in_step": "true", "u_v": "379.8", "t_nm": "26.22"},
            {"in_step": "true", "u_v": "379.2", "t_nm": "36.80"},
            {"in_step": "false", "u_v": "378.9", "t_nm": "47.30"},
            {"in_step": "true", "u_v": "378.4", "t_nm": "42.07"},
            {"in_step": "false", "u_v": "378.5", "t_nm": "44.70"}],
        "pull_up": pull_up("up", SPEEDS, -2.5, odd=SPEEDS[8]) + pull_up("down", SPEEDS[::-1], 2.5),
    },
}
MISTAKES = {
    "emf-as-read": "the back-EMF at the speed it was read at",
    "emf-phase": "the back-EMF of a phase",
    "emf-one-line": "the back-EMF of one line",
    "pole-count": "4 poles",
    "cogging-amplitude": "cogging from the mean to the top, not peak to peak",
    "cogging-with-drag": "cogging from zero to the top",
    "out-of-step": "a load that it did not hold counted",
    "as-read": "no torque scaled to rated voltage",
    "square": "the pull-out torque scaled with the square of the voltage",
    "linear": "the pull-up torque scaled with the voltage, not its square",
    "pull-in-failed": "the highest attempt, whether it came into step or not",
    "pull-in-last": "the last attempt upwards, without the halving",
    "one-way": "the pull-up torque from the way up alone",
    "spike": "a single odd reading kept",
    "whole-curve": "the least of the whole curve, beyond its highest torque as well",
}
TEXT = """
# synchronous-torque: torques of synchronous motors

Synthetic line-start permanent-magnet motor 5.5 kW, 380 V, 50 Hz, 6 poles; not a real motor. Generator:
`tests/support/vectors/method_synchronous_torque.py`.

| formula | mark |
|---|---|
| back-EMF: mean of the lines, at synchronous speed `E = U ns/n`; `Ke = U/n` | reading of this vector (decision 0012) |
| cogging: highest less lowest of the readings, where half of that is above twice the uncertainty of a reading | E (decision 0012) |
| pull-out: the highest torque held in step, `T UN/U` | E (decision 0012) |
| pull-in: the highest torque that it came into step against | E (decision 0012) |
| pull-up: `T (UN/U)²` a reading, mean of both ways at one speed, the least below the speed of the highest torque | M (procedures A7) |
| `torque_ratio = T/TN`, `TN = PN/(2π nN)` | M+ |

The last load of the pull-out test was read while the rotor slipped. On the way up one reading of the pull-up curve is far too low, and its last speed,
beyond the highest torque, lies below the pull-up torque.

Compared with `motorbench evaluate`: all members agree.
"""


def scaled(p, power, mistake):
    return p["t_nm"] * (1.0 if mistake == "as-read" else (UN / p["u_v"]) ** power)


def back_emf(e, synchronous, mistake):
    u = e["u12_v"] if mistake == "emf-one-line" else e["u_v"]
    u /= math.sqrt(3) if mistake == "emf-phase" else 1.0
    return {"u_v": u if mistake == "emf-as-read" else u * synchronous / e["n_rpm"],
            "ke_v_s_per_rad": u / (HALF_MINUTE * e["n_rpm"]), "ke_v_per_krpm": 1000 * u / e["n_rpm"]}


def peak_to_peak(points, mistake):
    t = [p["t_nm"] for p in points]
    if mistake == "cogging-amplitude":
        return max(t) - sum(t) / len(t)
    return max(t) - (0.0 if mistake == "cogging-with-drag" else min(t))


def pull_out(points, poles, mistake):
    good = [p for p in points if mistake == "out-of-step" or abs(p["n_rpm"] / (120 * p["f_hz"] / poles) - 1) < 0.01]
    return max(scaled(p, 2 if mistake == "square" else 1, mistake) for p in good) if good else None


def pull_in(points, mistake):
    if mistake == "pull-in-last":
        first = next(i for i, p in enumerate(points) if p["in_step"] != "true")
        points = points[:first]
    return max(p["t_nm"] for p in points if mistake == "pull-in-failed" or p["in_step"] == "true")


def curve(points, branch, mistake):
    """Speed to torque; a reading that neither neighbour comes near is dropped."""
    own = sorted((p["n_rpm"], scaled(p, 1 if mistake == "linear" else 2, mistake)) for p in points
                 if p["branch"] == branch)
    odd = [0 < i < len(own) - 1 and t < 0.5 * min(own[i - 1][1], own[i + 1][1]) for i, (_, t) in enumerate(own)]
    return {n: t for (n, t), o in zip(own, odd) if not o or mistake == "spike"}


def pull_up_of(points, mistake):
    up, down = (curve(points, b, mistake) for b in ("up", "down"))
    mean = [(n, (up[n] if mistake == "one-way" else (up[n] + down[n]) / 2)) for n in sorted(up) if n in down]
    highest = max(mean, key=lambda p: p[1])[0]
    return min((p for p in mean if p[0] <= highest or mistake == "whole-curve"), key=lambda p: p[1])


def evaluate(d, mistake):
    part, rated = d["synchronous"], d["motor"]["rated"]
    poles = 4 if mistake == "pole-count" else rated["poles"]
    torque = rated["power_w"] / (HALF_MINUTE * rated["speed_rpm"])
    out, step = pull_out(part["pull_out"], poles, mistake), pull_in(part["pull_in"], mistake)
    speed, least = pull_up_of(part["pull_up"], mistake)
    return {"method": "synchronous-torque", "standard": "GB/T 22669-2008", "valid": True,
            "back_emf": back_emf(part["back_emf"], 120 * rated["frequency_hz"] / poles, mistake),
            "cogging": {"peak_to_peak_nm": peak_to_peak(part["cogging"]["points"], mistake)},
            "pull_out": {"torque_nm": out, "torque_ratio": out / torque if out else None},
            "pull_in": {"torque_nm": step, "torque_ratio": step / torque,
                        "failed_nm": min(p["t_nm"] for p in part["pull_in"] if p["in_step"] == "false")},
            "pull_up": {"torque_nm": least, "torque_ratio": least / torque, "n_rpm": speed}}


if __name__ == "__main__":
    write("synchronous-torque", "Vector of synchronous-torque: synthetic line-start permanent-magnet motor 5.5 kW, 380 V, 50 Hz,"
          " 6 poles; not a real motor.", SHEET, evaluate, MISTAKES, TEXT, special={"_nm": 4, "n_rpm": 1, "_per_krpm": 3})
