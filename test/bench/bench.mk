# SPDX-License-Identifier: GPL-2.0-or-later
# Included by the top Makefile: instructions per packet, counted in a virtual
# machine by a plugin of its emulator; and nanoseconds, in User-mode Linux.
.PHONY: bench bench-quick bench-profile bench-sync bench-cache bench-crowd bench-micro bench-tools

bench bench-profile bench-sync bench-crowd: deps
	@$(MAKE) all bench-tools
	@test/bench/run.sh $(patsubst bench-%,%,$(@:bench=bench-full))

bench-quick: deps
	@$(MAKE) all bench-tools
	@mkdir -p build/results
	@$(CTEST) -L bench -V --output-junit results/bench.xml || true
	@test/total.sh build/results bench

bench-cache: deps
	@$(MAKE) user
	@$(MAKE) module KERNEL=uml
	@test/bench/run.sh cache

bench-micro: deps
	@$(MAKE) user
	@build/test/bench/micro/micro_bench

bench-tools: build/bench/plugin.so build/bench/window
	@:

build/bench/plugin.so: test/bench/plugin.c test/bench/marker.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -shared -fPIC -fvisibility=hidden -o $@ $<

build/bench/window: test/bench/window.c test/bench/marker.h
	@mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -static -o $@ $<
