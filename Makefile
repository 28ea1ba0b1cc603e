# motorbench: one non-recursive Makefile. `make help` lists the targets.
VERSION := 0.1.0
BUILD ?= build
prefix ?= /usr
sysconfdir ?= /etc
CC ?= gcc
PKGS := libsystemd libusb-1.0 libiio yaml-0.1 jansson gsl sqlite3 libcrypto libpcre2-8 libmodbus libgpiod fftw3
CFLAGS ?= $(if $(SANITIZE),-O1,-O2) -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
CPPFLAGS += -D_GNU_SOURCE -DMB_VERSION='"$(VERSION)"' -Idriver -Idaemon -Itools -Itests
ifdef SANITIZE
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# At -O1 the compiler does not see the lengths that were checked before; the plain build at -O2 does.
WARN += -Wno-format-truncation
# Statically linked, so that umockdev's preload library may come first (see tests/device).
SANLINK := -static-libasan
endif
ifdef FUZZ
SANFLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
WARN :=
endif
ifdef CI
WARN += -Werror
endif
# A goal that only installs, cleans or explains needs no pkg-config.
NOPKG := deps clean help demo check check-vm bench lint format deb fuzz
ifneq ($(filter-out $(NOPKG),$(or $(MAKECMDGOALS),all)),)
ifeq ($(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes),)
$(error Some of "$(PKGS)" are not installed: run "make deps" first)
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
PDF_CFLAGS := $(shell pkg-config --cflags pangocairo libjpeg 2>/dev/null)
PDF_LIBS := $(shell pkg-config --libs pangocairo libjpeg 2>/dev/null)
HDF5_CFLAGS := $(shell pkg-config --cflags hdf5 2>/dev/null)
HDF5_LIBS := $(shell pkg-config --libs hdf5 2>/dev/null)
MOCK_CFLAGS := $(shell pkg-config --cflags umockdev-1.0 2>/dev/null)
MOCK_LIBS := $(shell pkg-config --libs umockdev-1.0 2>/dev/null)
endif
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(SANFLAGS) $(WARN) -MMD -MP $(PKG_CFLAGS)
LINK = $(CC) $(CFLAGS) $(SANFLAGS) $(SANLINK) $(LDFLAGS)

# Libraries, lowest first. A program links what it needs of them.
SRC_core := $(wildcard driver/core/*.c driver/data/*.c)
SRC_driver := $(wildcard driver/dsp/*.c driver/waveform/*.c driver/analysis/*.c driver/transport/*.c driver/scpi/*.c driver/iio/*.c driver/counter/*.c driver/daq/*.c driver/modbus/*.c driver/gpio/*.c driver/registry/*.c)
SRC_standard := $(wildcard daemon/method/*.c daemon/standard/*.c daemon/document/*.c)
SRC_record := $(wildcard daemon/record/*.c)
SRC_report := $(wildcard daemon/report/*.c)
SRC_daemon := $(wildcard daemon/bench/*.c daemon/procedure/*.c daemon/bus/*.c) $(filter-out daemon/main/main.c,$(wildcard daemon/main/*.c))
SRC_sim := $(filter-out tools/sim/main.c,$(wildcard tools/sim/*.c tools/sim/usb/*.c))
# What other programs share with the command line.
SRC_line := $(addprefix tools/motorbench/,arguments.c command_line.c json_text.c say.c)
# What motorbench-instrument does.
SRC_instrument := $(filter-out tools/instrument/main.c,$(wildcard tools/instrument/*.c)) $(SRC_line)
# What motorbench-waveform does, for its fuzzer.
SRC_waveform := $(filter-out tools/waveform/main.c,$(wildcard tools/waveform/*.c))
SRC_support := $(wildcard tests/support/*.c)
LIBS_ALL := core driver standard record report daemon sim instrument
lib = $(BUILD)/lib/lib$(1).a
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

PROGRAMS := motorbench motorbenchd motorbench-sim motorbench-report motorbench-instrument motorbench-waveform motorbench-guard
OBJ_motorbench := $(call obj,$(wildcard tools/motorbench/*.c))
OBJ_motorbenchd := $(call obj,daemon/main/main.c)
OBJ_motorbench-sim := $(call obj,tools/sim/main.c)
OBJ_motorbench-instrument := $(call obj,tools/instrument/main.c)
OBJ_motorbench-report := $(call obj,$(wildcard daemon/report/pdf/*.c))
OBJ_motorbench-guard := $(call obj,$(wildcard tools/guard/*.c))
OBJ_motorbench-waveform := $(call obj,$(wildcard tools/waveform/*.c) $(SRC_line))
USES_motorbench := report record standard core
USES_motorbenchd := daemon report record standard driver core
USES_motorbench-sim := sim core
USES_motorbench-report := record standard core
USES_motorbench-instrument := instrument driver core
USES_motorbench-guard := daemon driver core
USES_motorbench-waveform := driver core

.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/bin/%) $(BUILD)/share/motorbench/.stamp
.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(ALL_CFLAGS) $(CPPFLAGS) $(XFLAGS) -c -o $@ $<
$(BUILD)/obj/daemon/report/pdf/%.o: XFLAGS := $(PDF_CFLAGS)
$(BUILD)/obj/tools/waveform/%.o: XFLAGS := $(HDF5_CFLAGS)
# Loops over samples are written so that the compiler makes vectors of them.
$(BUILD)/obj/driver/dsp/sums.o $(BUILD)/obj/driver/dsp/decimate.o: XFLAGS := -O3
# No rescue of infinities in complex products: what is not finite is flagged before.
$(BUILD)/obj/driver/dsp/lines.o: XFLAGS := -O3 $(if $(filter clang%,$(CC)),,-fcx-limited-range)
$(BUILD)/obj/tests/device/%.o $(BUILD)/obj/tests/support/%.o: XFLAGS := $(MOCK_CFLAGS)

define library
$(call lib,$(1)): $(call obj,$(SRC_$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcsD $$@ $$^
endef
$(foreach l,$(LIBS_ALL) waveform support,$(eval $(call library,$(l))))

define program
$(BUILD)/bin/$(1): $(OBJ_$(1)) $(foreach l,$(USES_$(1)),$(call lib,$(l)))
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	@$(LINK) -o $$@ $(OBJ_$(1)) -Wl,--as-needed $(foreach l,$(USES_$(1)),$(call lib,$(l))) $(PKG_LIBS) $(if $(filter motorbench-report,$(1)),$(PDF_LIBS)) $(if $(filter motorbench-waveform,$(1)),$(HDF5_LIBS))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

DATA := $(wildcard driver/profiles/*.yaml daemon/standard/data/*.csv daemon/procedure/data/*.yaml)
$(BUILD)/share/motorbench/.stamp: $(DATA) Makefile
	@mkdir -p $(addprefix $(@D)/,profiles limits plans)
	@cp -u $(wildcard driver/profiles/*.yaml) $(@D)/profiles/ 2>/dev/null || true
	@cp -u $(wildcard daemon/standard/data/*.csv) $(@D)/limits/ 2>/dev/null || true
	@cp -u $(wildcard daemon/procedure/data/*.yaml) $(@D)/plans/ 2>/dev/null || true
	@touch $@

# One binary a test file; the umockdev preload library comes first in tests/device.
TEST_SRC := $(wildcard tests/unit/test_*.c tests/bus/test_*.c tests/replay/test_*.c tests/device/test_*.c)
TESTS := $(TEST_SRC:%.c=$(BUILD)/%)
PRELOAD = $(if $(findstring /device/,$(1)),-Wl$(comma)--no-as-needed -l:libumockdev-preload.so.0)
comma := ,
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(foreach l,$(LIBS_ALL) support,$(call lib,$(l)))
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(LINK) $(call PRELOAD,$@) -o $@ $< -Wl,--as-needed -Wl,--start-group $(foreach l,$(LIBS_ALL) support,$(call lib,$(l))) -Wl,--end-group $(PKG_LIBS) $(MOCK_LIBS) -lcmocka
# Put before the daemon by test_failures, test_emergency_stop and test_contactor: as they are, without sanitizers.
$(BUILD)/lib/fail_nth.so: tests/inject/fail_nth.c
$(BUILD)/lib/fake_gpiod.so: tests/support/fake_gpiod.c
$(BUILD)/lib/%.so: Makefile
	@mkdir -p $(@D)
	@$(CC) -std=gnu17 -O2 -g $(WARN) -D_GNU_SOURCE -fPIC -shared -o $@ $(filter %.c,$^)
$(BUILD)/tests/bus/test_emergency_stop $(BUILD)/tests/bus/test_contactor: $(BUILD)/lib/fake_gpiod.so
$(BUILD)/tests/bus/test_failures: $(BUILD)/lib/fail_nth.so
.PHONY: tests
tests: $(TESTS) $(BUILD)/examples/client
# As whoever reads docs/examples/clients builds it: with libsystemd alone.
$(BUILD)/examples/%: docs/examples/clients/%.c Makefile
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(LINK) -std=gnu17 $(WARN) -o $@ $< $$(pkg-config --cflags --libs libsystemd)
$(BUILD)/tests/bus/test_examples: | $(BUILD)/examples/client

# ---- Around the build. What needs packages installs them first and then runs make again, which finds them. ----
INSTALL_DEPS := tools/package/install-deps
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: deps demo check check-built lint format
demo:
	@$(INSTALL_DEPS) build demo
	+@$(SUBMAKE) all
	@BUILD=$(BUILD) tools/sim/demo
deps:
	@$(INSTALL_DEPS) build test lint

# Plain programs, then programs and tests with sanitizers. A test that does not build counts as failed, so it stops nothing.
TEST_SCRIPTS := $(wildcard tests/support/test-*)
check:
	@$(INSTALL_DEPS) build test lint
	+@$(SUBMAKE) check-built
check-built:
	+@$(SUBMAKE) all
	+-@$(SUBMAKE) -k BUILD=$(BUILD)/asan SANITIZE=1 all tests
	@BUILD=$(BUILD)/asan tests/support/run-tests $(TEST_SRC:%.c=$(BUILD)/asan/%) $(TEST_SCRIPTS)

lint:
	@$(INSTALL_DEPS) build test lint
	@tests/support/lint
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# Figures (docs/guides/figures.md): each program or script prints its own and fails when one breaks its bound.
.PHONY: bench bench-built
BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
BENCH_SCRIPTS := $(filter-out %.c,$(wildcard tests/bench/*))
bench:
	@$(INSTALL_DEPS) build test demo bench
	+@$(SUBMAKE) bench-built
bench-built: all $(BENCHES) $(BUILD)/tests/device/test_usbtmc_soak $(BUILD)/tests/bus/test_kills $(BUILD)/tests/bus/test_guard_shaft $(BUILD)/tests/replay/test_bench_drive $(BUILD)/tests/replay/test_bench_excitation $(BUILD)/tests/bus/test_failures $(BUILD)/tests/bus/test_fault_matrix
	@broken=0; for bench in $(BENCHES) $(BENCH_SCRIPTS); do \
		echo "$$bench"; BUILD=$(BUILD) timeout -k 10 900 $$bench || { echo "$$bench: failed"; broken=1; }; \
	done; exit $$broken

# Each fuzzer runs for FUZZ_S seconds from the seeds in tests/fuzz/corpus/NAME; what it finds new stays in the build folder.
.PHONY: fuzz fuzz-built
FUZZ_S ?= 15
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
$(BUILD)/tests/fuzz/%: SANLINK := -fsanitize=fuzzer
$(BUILD)/tests/fuzz/fuzz_hdf5: PKG_LIBS := $(BUILD)/lib/libwaveform.a $(BUILD)/lib/libdriver.a $(BUILD)/lib/libcore.a $(HDF5_LIBS) $(PKG_LIBS)
$(BUILD)/tests/fuzz/fuzz_hdf5: $(BUILD)/lib/libwaveform.a
fuzz:
	@$(INSTALL_DEPS) build test fuzz
	+@$(SUBMAKE) BUILD=$(BUILD)/fuzz CC=clang FUZZ=1 fuzz-built
fuzz-built: $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
		name=$${fuzzer##*/}; found=$(BUILD)/corpus/$$name; seeds=tests/fuzz/corpus/$$name; mkdir -p $$found; \
		[ -d $$seeds ] || seeds=; echo "$$name"; \
		$$fuzzer -seed=1 -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -verbosity=0 \
			-artifact_prefix=$(BUILD)/$$name- $$found $$seeds || exit 1; \
	done; echo "$(words $(FUZZERS)) passed, 0 failed, 0 skipped"

# ---- Installation. DESTDIR and prefix as usual. ----
# put: FILES, FOLDER below DESTDIR, MODE. Nothing when there are no such files.
put = $(if $(1),@install -d $(DESTDIR)$(2) && install -m $(3) $(1) $(DESTDIR)$(2))
# put_as: FILE, FOLDER, NAME; the programs' folder in it becomes that of this prefix.
put_as = $(if $(1),@install -d $(DESTDIR)$(2) && sed 's|/usr/bin/|$(prefix)/bin/|g' $(1) >$(DESTDIR)$(2)/$(3) && chmod 644 $(DESTDIR)$(2)/$(3))
define newline


endef
SYSTEM := daemon/system
UNITS := $(filter-out $(SYSTEM)/org.%,$(wildcard $(SYSTEM)/*.service $(SYSTEM)/*.socket))
ACTIVATION := $(wildcard $(SYSTEM)/org.*.service)
SHARE = $(prefix)/share
.PHONY: install
install: all
	$(call put,$(PROGRAMS:%=$(BUILD)/bin/%),$(prefix)/bin,755)
	$(call put,$(wildcard driver/profiles/*.yaml),$(SHARE)/motorbench/profiles,644)
	$(call put,$(wildcard daemon/standard/data/*.csv),$(SHARE)/motorbench/limits,644)
	$(call put,$(wildcard daemon/procedure/data/*.yaml),$(SHARE)/motorbench/plans,644)
	$(foreach unit,$(UNITS),$(call put_as,$(unit),$(prefix)/lib/systemd/system,$(notdir $(unit)))$(newline)	)
	$(foreach file,$(ACTIVATION),$(call put_as,$(file),$(SHARE)/dbus-1/system-services,$(notdir $(file)))$(newline)	)
	$(call put,$(wildcard $(SYSTEM)/org.*.conf),$(SHARE)/dbus-1/system.d,644)
	$(call put,$(wildcard $(SYSTEM)/*.policy),$(SHARE)/polkit-1/actions,644)
	$(call put,$(wildcard $(SYSTEM)/*.rules),$(SHARE)/polkit-1/rules.d,644)
	$(call put,$(wildcard $(SYSTEM)/*.catalog),$(prefix)/lib/systemd/catalog,644)
	$(call put_as,$(firstword $(wildcard $(SYSTEM)/*sysusers*)),$(prefix)/lib/sysusers.d,motorbench.conf)
	$(call put_as,$(firstword $(wildcard $(SYSTEM)/*tmpfiles*)),$(prefix)/lib/tmpfiles.d,motorbench.conf)
	$(call put,$(wildcard udev/rules/*.rules),$(prefix)/lib/udev/rules.d,644)
	$(call put,$(wildcard udev/hwdb/*.hwdb),$(prefix)/lib/udev/hwdb.d,644)
	$(foreach n,1 5 7 8,$(call put,$(wildcard docs/man/*.$(n)),$(SHARE)/man/man$(n),644)$(newline)	)
	$(call put,$(wildcard docs/examples/*.yaml),$(SHARE)/doc/motorbench/examples,644)
	$(call put,$(wildcard docs/examples/clients/*.c),$(SHARE)/doc/motorbench/examples/clients,644)
	$(call put,$(filter-out %.c,$(wildcard docs/examples/clients/*)),$(SHARE)/doc/motorbench/examples/clients,755)
	$(call put,$(wildcard docs/examples/profiles/*.yaml),$(SHARE)/doc/motorbench/examples/profiles,644)
	$(call put_as,$(wildcard tools/package/motorbench.bash-completion),$(SHARE)/bash-completion/completions,motorbench)

# ---- Debian package, and the tests in a virtual machine that has it installed (docs/guides/hacking.md). As root. ----
DEB = $(BUILD)/motorbench_$(VERSION)_$(shell dpkg --print-architecture).deb
.PHONY: deb check-vm
deb:
	@$(INSTALL_DEPS) build deb
	+@$(SUBMAKE) all
	@tools/package/build-deb $(BUILD) $(VERSION)
check-vm:
	@$(INSTALL_DEPS) build test deb vm
	+@$(SUBMAKE) deb
	+@$(SUBMAKE) $(BUILD)/tests/vm/bench/usb_link
	@BUILD=$(BUILD) timeout -k 10 900 tests/vm/image $(DEB)
	@BUILD=$(BUILD) tests/vm/run --limit 1500 --with $(BUILD)/tests/vm/bench/usb_link $(sort $(wildcard tests/vm/guest/[0-9]*))

.PHONY: clean help
clean:
	rm -rf $(BUILD)
help:
	@echo "all (default)  programs in $(BUILD)/bin        tests          test programs"
	@echo "deps           install what is missing      check          build and run all tests with sanitizers"
	@echo "demo           one simulated inspection     lint, format   look at the sources; rewrite their layout"
	@echo "install        DESTDIR= prefix=             bench, fuzz    figures; FUZZ_S=15 seconds a fuzzer"
	@echo "deb            a Debian package               check-vm       tests in QEMU with the package installed"
	@echo "clean          variables: BUILD, prefix, DESTDIR, SANITIZE=1, CI=1 (warnings are errors)"

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
