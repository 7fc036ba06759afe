# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: the agent of Pacemaker, where that looks for it.

# shellcheck disable=SC2034 # for those that source this
agent=/usr/lib/ocf/resource.d/hanat/hanat

agent_install()
{
	install -D /src/build/bin/hactl /usr/sbin/hactl
	install -D /src/usr/pacemaker/hanat "$agent"
	mkdir -p /run/hanat /run/resource-agents
}
