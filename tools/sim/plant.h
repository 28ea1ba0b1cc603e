/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated plant: AC source -> motor -> load machine, with temperatures. Pure physics, no sockets, no
 * clock of its own: plant_step advances it. It shares no code with daemon/method: its truth comes from the
 * circuit and the thermal network.
 *
 * Motor: per-phase (star equivalent) T circuit with iron branch and saturating magnetisation, rotor
 * resistance with skin effect, friction and windage, additional load loss proportional to torque squared,
 * inertia, thermal network winding - frame - coolant (+ rotor). Units SI unless the name says otherwise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_SOURCE_MIN_HZ 15.0 /* of a Chroma 61500 */

/* What can be wrong with a motor or its bench (motor_fault.h has the names, units and effects). */
enum plant_fault {
    PLANT_REVERSED,
    PLANT_SEAL_DRAG,
    PLANT_LOOSE_TERMINAL,
    PLANT_BLOCKED_COOLING,
    PLANT_WEAK_BRAKE,
    PLANT_WEAK_INSULATION,
    PLANT_BREAKDOWN,
    PLANT_LEAKAGE,
    PLANT_OPEN_EARTH,
    PLANT_UNBALANCE,
    PLANT_BEARING_DEFECT,
    PLANT_NOISY_FAN,
    PLANT_LOW_BREAKDOWN_TORQUE,
    PLANT_LOW_EFFICIENCY,
    PLANT_BROKEN_BAR,
    PLANT_FAULT_COUNT
};

/* Kinds of motor (sim/machine.h). */
enum plant_machine {
    PLANT_INDUCTION,
    PLANT_LINE_START_MAGNET,
    PLANT_CONVERTER_MAGNET,
    PLANT_EXCITED,
    PLANT_CAPACITOR_RUN,
    PLANT_CAPACITOR_START,
    PLANT_TWO_VALUE,
    PLANT_DIRECT,
    PLANT_DRIVE,
    PLANT_RELUCTANCE
};

struct plant_motor { /* parameters at 20 degC, star-equivalent per phase */
    enum plant_machine machine;
    const char *sold_for; /* what the maker sells it for, where a limit asks; NULL: for anything */
    double rated_power_w, rated_voltage_v, rated_frequency_hz, rated_speed_rpm, rated_current_a;
    int poles;
    double r1_ohm, x1_ohm; /* stator, at rated frequency */
    double r2_ohm, x2_ohm; /* rotor referred to the stator, running */
    double xm_ohm;         /* unsaturated */
    double saturation_knee_v,
        saturation_exponent; /* magnetising current grows above the knee of the inner voltage; the mmf of a
                              * synchronous motor with a field supply above that of the air gap's voltage */
    /* Synchronous motors: the voltage of magnets or field winding at rated frequency, line to line, and what
     * it changes by a kelvin of the rotor; reactances of both axes; the slip from which the rotor is drawn
     * into step; what the shaft gives to a brushless exciter; what a converter carries a rotor without a cage
     * up with (0: there is a cage). */
    double magnet_v, magnet_per_k, xd_ohm, xq_ohm, pull_in_slip, exciter_w, start_nm;
    /* Torque of magnets towards the teeth of the stator, without current: half of peak to peak, so many
     * periods a turn. It acts while the load machine drives the motor with its source off. */
    double cogging_nm, cogging_periods;
    /* Single-phase motors: the other values are of the main winding, reactances of both axes without what
     * leaks (x1_ohm); the auxiliary one has turns_ratio times its turns. capacitor_f is in its circuit always
     * (0: the circuit opens after the start), start_capacitor_f beside it while the slip is above
     * switch_slip. */
    double auxiliary_ohm, auxiliary_x_ohm, turns_ratio, capacitor_f, start_capacitor_f, switch_slip;
    /* Direct-current motors: magnet_v is the armature's voltage at rated_frequency_hz, which is that of its
     * iron at the no-load speed; r1_ohm the armature's; both brushes together drop brush_v. */
    double brush_v;
    /* A field winding with a supply of its own: its resistance, and the current at which magnet_v holds (0:
     * there is none); the drop of its slip rings. In a rotor of alternating current, in a frame of direct
     * current. */
    double field_ohm, field_a, field_brush_v;
    double iron_w;                    /* iron loss at rated inner voltage and frequency */
    double friction_windage_w;        /* at synchronous speed */
    double friction_exponent;         /* power of speed, about 2.5 */
    double additional_load_w_per_nm2; /* additional load loss = this * T^2, T the shaft torque */
    double additional_load_w_per_a2;  /* the same by the square of the current, instead */
    /* What the switching of a converter adds: by the square of the voltage, at the rated one, and of the
     * shaft torque. Synthetic. */
    double harmonic_w, harmonic_w_per_nm2;
    double skin_effect; /* r2 at standstill = r2 * (1 + skin_effect), growing with sqrt(slip) */
    double inertia_kgm2;
    double stator_k_k, rotor_k_k; /* 235 copper, 225 aluminium */
    double c_winding_j_per_k, c_frame_j_per_k, c_rotor_j_per_k;
    double g_winding_frame_w_per_k, g_rotor_frame_w_per_k,
        g_frame_coolant_w_per_k; /* with the fan at rated speed */
    double still_air_factor;     /* of g_frame_coolant at standstill, about 0.25 */
    bool reversed;               /* two phases are exchanged at the terminals */
    double seal_drag_nm;         /* of a sealing ring: the same at every speed */
    double terminal_ohm;         /* contact resistance of terminal U, never at rest */
    double rotor_asymmetry; /* of a cage with broken bars: its resistance changes by this share at 2 s f */
};

struct plant_config {
    struct plant_motor motor;
    uint64_t seed;
    double coolant_c, coolant_drift_k_per_h;
    double source_lag_s, source_noise, source_unbalance, source_max_v,
        source_max_a;             /* noise: relative, slow */
    double source_min_hz;         /* it can be set to no frequency below this */
    double source_scale_error;    /* relative: a set voltage is not the voltage at the terminals */
    double source_regulation_ohm; /* drop with load: closed loop needed */
    /* Line-to-line V at the motor per V of the source; transformers between the motor and the analyser, their
     * relative errors of ratio, and by which angle the secondary leads. */
    double supply_ratio, voltage_ratio, current_ratio;
    double voltage_ratio_error, current_ratio_error, voltage_displacement_rad, current_displacement_rad;
    double source_harmonic_5, source_harmonic_7, source_harmonic_11,
        source_harmonic_13; /* relative to the fundamental */
    /* The source is a converter whose sine filter is out: rms of its switching, far above the orders that are
     * read, of the fundamental voltage, and of rated current at rated voltage. Synthetic. */
    bool converter;
    double converter_ripple, converter_ripple_current;
    double brake_lag_s, brake_noise, brake_scale_error, brake_max_nm,
        brake_drag_nm; /* drag: while coupled, unexcited */
    double load_inertia_kgm2;
    bool load_drives;  /* the load machine turns the shaft as well as it brakes it */
    bool load_partner; /* it is a second motor like this one, with a source of its own */
    /* Winding to frame and frame to earth terminal, cold. */
    double insulation_ohm, insulation_f, breakdown_v, earth_ohm;
    /* What accelerometers and microphones meet at rated speed: velocity of the rotation, impacts of a defect
     * in a bearing (peak), sound of the fan at 1 m. */
    double unbalance_mps, bearing_impact_mps2, fan_db;
    double faults[PLANT_FAULT_COUNT]; /* 0: none */
};

struct plant_losses {
    double stator_w, rotor_w, iron_w, friction_windage_w, additional_load_w;
    double harmonic_w;   /* of a converter's switching, at the terminals */
    double excitation_w; /* of a separate supply; part of the input beside that at the terminals */
    double total_w;
};

struct plant_state { /* the truth; instruments add their errors elsewhere */
    double t_s;
    bool output_on, coupled, locked, shorted;
    bool converter; /* its sine filter is out */
    /* rms, line to line; of a single-phase motor: line, main winding, capacitor and the current there */
    double u_line_v[3], i_line_a[3];
    double u_fundamental_v;            /* positive sequence, line to line */
    double harmonic_v[14];             /* line-to-line rms by order; [1] = fundamental */
    double u1_line_v[3], i1_line_a[3]; /* fundamentals of u_line_v and i_line_a */
    double p_w, s_va;                  /* electrical input, sum of phases; sqrt(3) U I, or U I */
    double frequency_hz, speed_rpm;    /* speed negative: turns the other way */
    double torque_nm; /* at the shaft, what an ideal transducer between motor and load reads */
    double output_w;
    double winding_c, end_winding_c, frame_c, rotor_c, coolant_c;
    double r_line_ohm;     /* between terminals U and V at the winding's present temperature */
    double insulation_ohm; /* at the winding's present temperature */
    double field_v, field_a;
    struct plant_losses losses;
};

struct plant;

struct plant *plant_new(const struct plant_config *config); /* NULL: out of memory */
struct plant *plant_free(struct plant *plant);
/* Another motor or bench in the same state of motion and heat. Directions change at standstill only. */
void plant_change(struct plant *plant, const struct plant_config *config);
/* Advances by dt_s; internally in steps small enough for the slowest lag, stable for any dt_s up to 1 s. */
void plant_step(struct plant *plant, double dt_s);
void plant_get(const struct plant *plant, struct plant_state *ret);
/* A second motor on the load's end of the shaft, in the brake's place, its phases exchanged so that its field
 * turns as the shaft does. It belongs to the plant, which moves it: everything else of a plant holds for it.
 * NULL: out of memory. */
struct plant *plant_add_partner(struct plant *plant, const struct plant_config *config);
/* Inputs. Line-to-line set value of the source (before its scale error and lag), frequency, output relay. */
void plant_set_supply(struct plant *plant, double u_line_v, double frequency_hz, bool output_on);
/* Torque set point of the load machine; excited = closed loop on. Not excited or not coupled: no braking
 * beyond drag. */
void plant_set_brake(struct plant *plant, double torque_nm, bool excited);
/* The load machine brakes to this speed as far as its torque goes; the set point of torque rests. 0: off. One
 * that drives keeps the speed in both directions, below 0 against the field. */
void plant_set_load_speed(struct plant *plant, double speed_rpm);
void plant_set_coupled(struct plant *plant, bool coupled);
/* Current of a separate field winding, from its own supply. */
void plant_set_field(struct plant *plant, double current_a, bool output_on);
/* A bar across the motor's terminals, the source being disconnected: nothing else is changed by it. */
void plant_set_shorted(struct plant *plant, bool shorted);
/* A pin through the load machine's shaft: holds a rotor that is coupled, whatever the torque. */
void plant_set_locked(struct plant *plant, bool locked);
/* An induction motor without its rotor, at standstill and without voltage. */
void plant_set_rotor_removed(struct plant *plant, bool removed);
/* Disturbances for tests and demonstrations: */
void plant_disturb_supply(struct plant *plant, double relative_step,
                          double duration_s); /* voltage dips and returns */

/* The true steady state at a given load: thermally settled, at coolant temperature coolant_c, exact rated
 * voltage and frequency, torque such that output_w is delivered; efficiency as the standards mean it: with
 * coolant_c = 25. */
struct plant_truth {
    double efficiency, slip, torque_nm, winding_c, input_w, output_w, current_a, power_factor;
    struct plant_losses losses;
    /* What a converter adds there, and the efficiency with it by IEC 60034-2-3: the losses with sinusoidal
     * supply and these. */
    double harmonic_w, converter_efficiency;
};
int plant_truth_at(const struct plant_config *config, double output_w, double coolant_c,
                   struct plant_truth *ret);

/* The torque curve at rated voltage and frequency, with winding and rotor at one temperature. */
struct plant_curve {
    double locked_current_a, locked_nm, breakdown_nm;
    double pull_up_nm; /* the least from standstill to breakdown, or to where a rotor is drawn into step */
    /* Of synchronous motors, at the shaft: carried in step at most, and come into step against. */
    double pull_out_nm, pull_in_nm;
    double
        minimum_nm; /* likewise at the shaft: the least from standstill to their highest torque out of step */
};
void plant_curve_at(const struct plant_config *config, double temperature_c, struct plant_curve *ret);

/* Motor parameters for five machines between 0.75 and 90 kW, 2 to 8 poles (and the default 11 kW, 4 poles):
 * found by name, e.g. "0.75kW-2p", "2.2kW-6p", "11kW-4p", "30kW-8p", "90kW-4p". -ENOENT. plant_preset_names
 * ends with NULL. */
int plant_preset(const char *name, struct plant_config *ret);
extern const char *const plant_preset_names[];
/* Motors of other kinds, found by name just the same: "7.5kW-4p-pm" ... */
extern const char *const plant_kind_preset_names[];
/* Likewise, of those whose field winding has a supply of its own. */
extern const char *const plant_field_preset_names[];
