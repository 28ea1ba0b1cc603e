# motorbench: one non-recursive Makefile. `make help` lists the targets.
VERSION := 0.1.0
BUILD ?= build
prefix ?= /usr
sysconfdir ?= /etc
CC ?= gcc
PKGS := libsystemd libusb-1.0 libiio yaml-0.1 jansson gsl sqlite3 libcrypto
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
CPPFLAGS += -D_GNU_SOURCE -DMB_VERSION='"$(VERSION)"' -Idriver -Idaemon -Itools -Itests
ifdef SANITIZE
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# Statically linked, so that umockdev's preload library may come first (see tests/device).
SANLINK := -static-libasan
endif
ifdef CI
WARN += -Werror
endif
# A goal that only installs, cleans or explains needs no pkg-config.
NOPKG := deps clean help demo check lint deb fuzz
ifneq ($(filter-out $(NOPKG),$(or $(MAKECMDGOALS),all)),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lm
PDF_CFLAGS := $(shell pkg-config --cflags pangocairo 2>/dev/null)
PDF_LIBS := $(shell pkg-config --libs pangocairo 2>/dev/null)
MOCK_CFLAGS := $(shell pkg-config --cflags umockdev-1.0 2>/dev/null)
MOCK_LIBS := $(shell pkg-config --libs umockdev-1.0 2>/dev/null)
endif
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(SANFLAGS) $(WARN) -MMD -MP $(PKG_CFLAGS)
LINK = $(CC) $(CFLAGS) $(SANFLAGS) $(SANLINK) $(LDFLAGS)

# Libraries, lowest first. A program links what it needs of them.
SRC_core := $(wildcard driver/core/*.c driver/data/*.c)
SRC_driver := $(wildcard driver/transport/*.c driver/scpi/*.c driver/iio/*.c driver/registry/*.c)
SRC_standard := $(wildcard daemon/method/*.c daemon/standard/*.c daemon/document/*.c)
SRC_record := $(wildcard daemon/record/*.c)
SRC_report := $(wildcard daemon/report/*.c)
SRC_daemon := $(wildcard daemon/bench/*.c daemon/procedure/*.c daemon/bus/*.c) $(filter-out daemon/main/main.c,$(wildcard daemon/main/*.c))
SRC_sim := $(filter-out tools/sim/main.c,$(wildcard tools/sim/*.c))
SRC_support := $(wildcard tests/support/*.c)
LIBS_ALL := core driver standard record report daemon sim
lib = $(BUILD)/lib/lib$(1).a
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

PROGRAMS := motorbench motorbenchd motorbench-sim motorbench-report
OBJ_motorbench := $(call obj,$(wildcard tools/motorbench/*.c))
OBJ_motorbenchd := $(call obj,daemon/main/main.c)
OBJ_motorbench-sim := $(call obj,tools/sim/main.c)
OBJ_motorbench-report := $(call obj,$(wildcard daemon/report/pdf/*.c))
USES_motorbench := report record standard core
USES_motorbenchd := daemon report record standard driver core
USES_motorbench-sim := sim core
USES_motorbench-report := core

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
$(BUILD)/obj/tests/device/%.o $(BUILD)/obj/tests/support/%.o: XFLAGS := $(MOCK_CFLAGS)

define library
$(call lib,$(1)): $(call obj,$(SRC_$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcsD $$@ $$^
endef
$(foreach l,$(LIBS_ALL) support,$(eval $(call library,$(l))))

define program
$(BUILD)/bin/$(1): $(OBJ_$(1)) $(foreach l,$(USES_$(1)),$(call lib,$(l)))
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	@$(LINK) -o $$@ $(OBJ_$(1)) -Wl,--as-needed $(foreach l,$(USES_$(1)),$(call lib,$(l))) $(PKG_LIBS) $(if $(filter motorbench-report,$(1)),$(PDF_LIBS))
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
.PHONY: tests
tests: $(TESTS)

.PHONY: clean help
clean:
	rm -rf $(BUILD)
help:
	@echo "all (default), check, demo, lint, install, clean, deps; variables: BUILD, prefix, DESTDIR, SANITIZE=1"

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
