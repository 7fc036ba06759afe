# SPDX-License-Identifier: GPL-2.0-or-later
# Thin: kbuild makes the module, CMake the programs, CTest runs the tests.

VERSION := $(shell sed -n 's/^.define HN_VERSION "\(.*\)"/\1/p' common/version.h)
# Which kernel the module is for; only recipes that need it ask.
KVER ?= $(shell test/kver.sh)
# Or one that is fetched or made at the first time: X.Y is of Debian's backports;
# debug and kcsan, where the module tests itself, and uml are our own.
KERNEL ?=
ifneq ($(KERNEL),)
KERNEL_DIR := $(shell test/qemu/kernel.sh $(KERNEL))
$(if $(KERNEL_DIR),,$(error no $(KERNEL) kernel))
override KVER := $(shell cat $(KERNEL_DIR)/release)
KDIR = $(KERNEL_DIR)/build
SELFTEST = $(if $(filter debug kcsan,$(KERNEL)),HN_SELFTEST=y)
endif
# What test-kernels runs.
KERNELS ?= 6.12 7.2
PREFIX ?= /usr
DESTDIR ?=
CMAKE_FLAGS ?=
# OFF where only the programs are wanted: the tests need GoogleTest.
TESTS ?= ON
JOBS ?= $(shell nproc)
MAKEFLAGS += --no-print-directory
# What was given to make rules; else so many.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j $(JOBS))
# Of machines at a time: each has one thread, but where there are two emulated processors with one
# each, and waits for a third of its time.
MACHINES = $(shell echo $$(($(JOBS) + 1)))
MODTREE = $(CURDIR)/build/$(KVER)
KDIR ?= /lib/modules/$(KVER)/build
# What was compiled in another checkout is not compiled again.
CCACHE = $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER="env;CCACHE_BASEDIR=$(CURDIR);CCACHE_NOHASHDIR=1;ccache")
KBUILD = $(MAKE) -C $(KDIR) M=$(MODTREE)/mod $(SELFTEST)
CTEST = ctest --test-dir build --no-tests=error --output-on-failure --test-output-size-passed 65536
# To be installed for: the running kernel, where that is one with headers.
RUNNING := $(shell uname -r)
DKMS_SRC = $(DESTDIR)/usr/src/hanat-$(VERSION)

.DEFAULT_GOAL := all
.PHONY: all module user controls deps test sim test-load test-cluster test-debug test-kcsan test-failslab test-failover test-kernels test-packages demo deb lint install uninstall clean help

all: module user

module:
	@test/mod_tree.sh "$(MODTREE)"
	+@$(KBUILD) $(PARALLEL) modules

user:
	@mkdir -p build
	@cmake -S . -B build -DHANAT_TESTS=$(TESTS) $(CCACHE) $(CMAKE_FLAGS) >build/configure.log || { cat build/configure.log; exit 1; }
	+@cmake --build build $(PARALLEL)

deps:
	@test/deps.sh

# Cheap tiers first. The closing line counts test cases of the unit tier and TAP
# points of the others; all tiers run even if one fails.
test: deps
	@$(MAKE) all
	@mkdir -p build/results && rm -rf build/results/unit* build/results/sim* build/results/qemu* build/results/netns_* build/results/sync_load
	@$(CTEST) -L unit -j $(JOBS) --output-junit results/unit.xml || true
	@$(CTEST) -L sim -j $(JOBS) --output-junit results/sim.xml || true
	@$(CTEST) -L qemu -j $(MACHINES) --output-junit results/qemu.xml || true
	@test/total.sh build/results unit sim qemu

# More seeds than each commit has to pass, from FIRST on.
sim: SEEDS = 100000
sim: FIRST = 1
sim: user
	@build/test/sim/sim --first $(FIRST) --seeds $(SEEDS) --jobs $(JOBS)

# The same scripts on kernels that look closer, which are built first; and modules
# that these must catch.
test-debug test-kcsan: test-%: deps
	@$(MAKE) user
	@$(MAKE) module controls KERNEL=$*
	@mkdir -p build/results && rm -rf build/results/$*_* build/results/$*.xml
	@$(CTEST) -L $* -j $(JOBS) --output-junit results/$*.xml || true
	@test/total.sh build/results $*

# A million sessions at a time; a cluster of Pacemaker. Both take long.
test-load test-cluster: test-%: deps
	@$(MAKE) all
	@mkdir -p build/results && rm -rf build/results/$**
	@$(CTEST) -L $* --output-junit results/$*.xml || true
	@test/total.sh build/results $*

# On the debug kernel, the pair with keepalived; and each allocation fails once. Both take long.
test-failover test-failslab: test-%: deps
	@$(MAKE) user
	@$(MAKE) module KERNEL=debug
	@mkdir -p build/results && rm -rf build/results/$* build/results/$*.xml
	@$(CTEST) -L $* --output-junit results/$*.xml || true
	@test/total.sh build/results $*

# The same scripts, and lint, on other kernels of Debian.
test-kernels: deps
	@$(MAKE) user
	@set -e; for kernel in $(KERNELS); do $(MAKE) module KERNEL=$$kernel; done
	@mkdir -p build/results && rm -rf build/results/kernels*
	@$(CTEST) -L kernels -R "^kernels_($$(echo $(KERNELS) | tr ' ' '|'))_" -j $(MACHINES) --output-junit results/kernels.xml || true
	@test/total.sh build/results kernels

# In build/deb.
deb:
	@test/deps.sh packages
	@test/packages/build.sh build/deb

# They are installed, upgraded and purged; two machines that have them become a pair.
test-packages: deps deb
	@$(MAKE) user
	@mkdir -p build/results && rm -rf build/results/packages*
	@$(CTEST) -L packages --output-junit results/packages.xml || true
	@test/total.sh build/results packages

controls:
	@test/mod_tree.sh "$(MODTREE)" test/qemu/controls/modules
	+@$(MAKE) -C $(KDIR) M=$(MODTREE)/test/qemu/controls/modules $(PARALLEL) modules

demo: deps
	@$(MAKE) all
	@test/qemu/demo.sh

# Warnings stay errors in this build directory from then on.
lint: deps
	@$(MAKE) user CMAKE_FLAGS=-DHANAT_WERROR=ON
	@mkdir -p build/results && rm -f build/results/lint.xml
	@$(CTEST) -L lint -j $(JOBS) --output-junit results/lint.xml || true
	@test/total.sh build/results lint

# The module by DKMS where that is installed, else for the one kernel.
install uninstall: KVER = $(if $(wildcard /lib/modules/$(RUNNING)/build),$(RUNNING),$(shell test/kver.sh))
install:
	@$(MAKE) all KVER=$(KVER) TESTS=OFF
	DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)
	if command -v dkms >/dev/null; then \
		rm -rf $(DKMS_SRC) && mkdir -p $(DKMS_SRC) && cp dkms.conf $(DKMS_SRC)/ && \
		test/mod_tree.sh --copy $(DKMS_SRC) && \
		if [ -z "$(DESTDIR)" ]; then \
			dkms install --force -k $(KVER) hanat/$(VERSION); fi; \
	else \
		$(KBUILD) INSTALL_MOD_PATH=$(DESTDIR) modules_install && \
		if [ -z "$(DESTDIR)" ]; then depmod -a $(KVER); fi; \
	fi

# What the last `make install` from here has put there. What is in /etc/hanat is the operator's.
uninstall:
	@test -e build/install_manifest.txt || { echo "uninstall: nothing was installed from here" >&2; exit 1; }
	sed 's|^|$(DESTDIR)|' build/install_manifest.txt | tr '\n' '\0' | xargs -0 rm -f
	rmdir $(DESTDIR)$(PREFIX)/libexec/hanat $(DESTDIR)$(PREFIX)/lib/ocf/resource.d/hanat
	if [ -d $(DKMS_SRC) ]; then \
		if [ -z "$(DESTDIR)" ]; then dkms remove hanat/$(VERSION) --all; fi; \
		rm -rf $(DKMS_SRC); \
	else \
		find $(DESTDIR)/lib/modules/$(KVER) -name 'hanat.ko*' -delete; \
		if [ -z "$(DESTDIR)" ]; then depmod -a $(KVER); fi; \
	fi
	rm build/install_manifest.txt

include test/bench/bench.mk
include test/fuzz/fuzz.mk

clean:
	rm -rf build

help:
	@echo "make all      the module (build/KVER/mod/hanat.ko) and the programs (build/bin)"
	@echo "make module   the module only; KVER=$(KVER), or KERNEL=6.12, debug ..."
	@echo "make user     the programs only"
	@echo "make deps     install the Debian packages that the rest needs (asks sudo)"
	@echo "make test     deps, all, every test; the module is loaded in virtual machines only"
	@echo "make sim      synchronisation of simulated nodes, on a network as bad as it gets; SEEDS=n FIRST=n"
	@echo "make deb      Debian packages, in build/deb"
	@echo "make test-packages   install, upgrade and purge them; a pair of machines with nothing else; takes long"
	@echo "make test-load  packets go on while a million sessions end; takes long"
	@echo "make test-cluster  a pair with Pacemaker and Corosync; takes long"
	@echo "make test-debug, make test-kcsan   the same on kernels with KASAN, lockdep, kmemleak; KCSAN"
	@echo "make test-failover  the pair with keepalived, on the debug kernel; takes long"
	@echo "make test-failslab  each allocation fails once, on the debug kernel; takes long"
	@echo "make test-kernels   the same on other kernels of Debian; KERNELS=\"$(KERNELS)\""
	@echo "make demo     a pair of translators and a failover, live, in a virtual machine"
	@echo "make lint     what the tests do not see: warnings, sparse, checkpatch, clang-tidy ..."
	@echo "make fuzz     look for inputs that break the programs or the module; SECONDS=$(SECONDS) for each target"
	@echo "make bench-quick    instructions per packet beside plain forwarding; bench: and Jool"
	@echo "make bench-sync     what synchronisation keeps and costs, beside joold and conntrackd"
	@echo "make bench-profile  the same, by function; bench-micro: codec and synchronisation, in nanoseconds"
	@echo "make bench-crowd    a table of five million flows, or HN_CROWD; takes 7 GB of memory"
	@echo "make bench-cache    nanoseconds per packet, to a million random flows, in User-mode Linux"
	@echo "make install  PREFIX=$(PREFIX) DESTDIR=; the module through DKMS where there is DKMS"
	@echo "make uninstall  PREFIX and DESTDIR as before: what was installed from here"
	@echo "make clean    remove build/ (machine images stay in ~/.cache/hanat)"
