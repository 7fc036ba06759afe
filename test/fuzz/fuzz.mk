# SPDX-License-Identifier: GPL-2.0-or-later
# Included by the top Makefile: fuzzers, each for SECONDS, in a build directory of their own.
.PHONY: fuzz
SECONDS ?= 60
FUZZ = build/fuzz

fuzz: deps
	@mkdir -p $(FUZZ)
	@cmake -S . -B $(FUZZ) -DCMAKE_CXX_COMPILER=clang++ -DHANAT_FUZZ=ON \
		-DHANAT_SANITIZE=address,undefined >$(FUZZ)/configure.log || \
		{ cat $(FUZZ)/configure.log; exit 1; }
	+@cmake --build $(FUZZ) --target fuzz $(PARALLEL)
	@mkdir -p $(FUZZ)/results && rm -f $(FUZZ)/results/fuzz.xml
	@FUZZ_SECONDS=$(SECONDS) ctest --test-dir $(FUZZ) -L fuzz -j $(JOBS) --no-tests=error \
		--output-on-failure --output-junit results/fuzz.xml || true
	@test/total.sh $(FUZZ)/results fuzz
