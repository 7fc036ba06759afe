# SPDX-License-Identifier: GPL-2.0-or-later
# Included by the top Makefile: fuzzers, each for SECONDS. Those of the programs are in a build
# directory of their own, those of the module in a machine with the debug kernel.
.PHONY: fuzz
SECONDS ?= 60
FUZZ = build/fuzz
FUZZ_CTEST = FUZZ_SECONDS=$(SECONDS) ctest -L fuzz --no-tests=error --output-on-failure --test-output-size-passed 65536

fuzz: deps
	@mkdir -p $(FUZZ) build/results
	@cmake -S . -B $(FUZZ) -DCMAKE_CXX_COMPILER=clang++ -DHANAT_FUZZ=ON \
		-DHANAT_SANITIZE=address,undefined >$(FUZZ)/configure.log || \
		{ cat $(FUZZ)/configure.log; exit 1; }
	+@cmake --build $(FUZZ) --target fuzz $(PARALLEL)
	@$(MAKE) user
	@$(MAKE) module KERNEL=debug
	@rm -rf build/results/fuzz*
	@$(FUZZ_CTEST) --test-dir $(FUZZ) -j $(JOBS) --output-junit $(CURDIR)/build/results/fuzz.xml || true
	@$(FUZZ_CTEST) --test-dir build --output-junit results/fuzz_module.xml || true
	@test/total.sh build/results fuzz fuzz_module
