#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two routers, machines with nothing but Debian and the packages, become a pair by what
# docs/operations.md says; one loses power, comes back with nothing, and is upgraded. This machine is
# their hosts and their switches, and an operator who logs in.
# shellcheck disable=SC2034 # hn_jobs is of daemon.sh
. "$(dirname "$0")/../netns/lib.sh"
. "$(dirname "$0")/../netns/failover.sh"

ssh_options=(-i "$hn_tmp/id" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o LogLevel=ERROR -o ConnectTimeout=5)
examples=/usr/share/doc/hanat-tools/examples

# network - n6 and n4, and a private link, each at a switch with a port for each router.
network()
{
	local name number=0

	modprobe virtio_net
	ns_add n6 n4 private
	for name in n6 n4 private; do
		bridge "$name" switch
		for _ in J K; do
			ip link set "eth$number" netns "$name"
			ip -n "$name" link set "eth$number" master switch up
			number=$((number + 1))
		done
	done
	ip -n n6 addr add 2001:db8::8/96 dev switch
	ip -n n6 route add 64:ff9b::/96 via 2001:db8::1
	ip -n n6 addr add 10.0.64.8/24 dev switch
	ip -n n6 route add default via 10.0.64.1
	ip -n n4 addr add 192.0.2.8/24 dev switch
}

# on NODE COMMAND... - as root there, by the shell; standard input goes along.
on()
{
	local address=2001:db8::4

	[ "$1" = J ] || address=2001:db8::5
	shift
	netns-exec n6 ssh "${ssh_options[@]}" "root@$address" "$@"
}

# step NODE COMMAND... - of the transcript: a point if it fails.
step()
{
	local node=$1 output status
	shift

	echo "# root@$node:~# $*"
	output=$(on "$node" "$@" 2>&1)
	status=$?
	[ -z "$output" ] || diag "$output"
	[ "$status" -eq 0 ] || point 1 "$node: $*" || diag "$(on "$node" journalctl --no-pager -n 20 </dev/null)"
}

# both COMMAND...
both()
{
	step J "$@" </dev/null
	step K "$@" </dev/null
}

power()
{
	echo "$2" >"/results/power-$1"
}

is_active()
{
	[[ $(on "$1" ip -br addr </dev/null) = *" 192.0.2.1/24"* ]]
}

is_ready()
{
	[ "$(on "$1" cat /run/hanat/ready </dev/null)" = 0 ]
}

# has_role NODE ROLE - as hanatd has it.
has_role()
{
	[[ $(on "$1" hactl sync status --csv --no-headers </dev/null) = *"role,$2"* ]]
}

# The steps of "A pair, from nothing".
test_set_up()
{
	local node

	both "printf '%s\n' net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1 >/etc/sysctl.d/90-router.conf; sysctl -q --system"
	both "cp $examples/hanat.json /etc/hanat/ && hactl config check /etc/hanat/hanat.json"
	step J hactl key generate /etc/hanat/key
	on J cat /etc/hanat/key </dev/null | step K "umask 077; cat >/etc/hanat/key"
	both "sed '2i \"key file\": \"/run/credentials/hanatd.service/key\", \"authentication\": \"required\", \"accept configuration\": true,' $examples/netsocket.json >/etc/hanat/netsocket.json"
	both cat /etc/hanat/netsocket.json
	both systemctl start hanat hanatd
	both hactl sync wait --timeout 60
	for node in J K; do
		guard_rules_inside | step "$node" "cat >/etc/nftables.conf"
	done
	both systemctl enable --now nftables
	both "cp $examples/ha-pair/keepalived.conf /etc/keepalived/ && systemctl restart keepalived"
	wait_for 60 "J is the active one" is_active J
	wait_for 20 "J is told that it is the master" has_role J master
	wait_for 20 "and K that it is the backup" has_role K backup
	both ls -la /run/hanat
	both systemctl status keepalived
	both hactl
	both hactl sync status
	both sync
	ok "J is ready" is_ready J
	ok "K is ready" is_ready K
}

# "A change of the configuration".
test_config()
{
	local k

	flows_mark
	k=$(on K hactl instance --csv --no-headers </dev/null | sed -n 's/^node,//p')
	step J "sed -i 's/\"udp-timeout\": \"[0-9:]*\"/\"udp-timeout\": \"0:09:00\"/' /etc/hanat/hanat.json"
	step J systemctl reload hanat
	step J "hactl config diff $k; [ \$? -eq 1 ]"
	step J hactl config push "$k"
	on J cat /etc/hanat/hanat.json </dev/null | step K "cat >/etc/hanat/hanat.json"
	step K hactl config diff /etc/hanat/hanat.json
	is "$(on K hactl global --csv --no-headers </dev/null | grep udp-timeout)" "udp-timeout,540000" "K has it"
	flows_live "the configuration was handed on" 30
}

test_power()
{
	flows_mark
	power J off
	wait_for 30 "J loses power: K is the active one" is_active K
	flows_live "J has lost power" 30
	flows_mark
	power J on
	wait_for 300 "J boots: it has its addresses again, once it has all sessions" is_active J
	ok "and is ready" is_ready J
	flows_live "J is back" 30
}

test_module()
{
	flows_mark
	step J hactl yield
	ok "K is the active one" is_active K
	step J "systemctl stop hanatd hanat && modprobe -r hanat && systemctl start hanat hanatd"
	wait_for 120 "J has loaded the module anew, and has its addresses again" is_active J
	flows_live "J's module was exchanged" 30
}

metrics()
{
	netns-exec n6 curl -s -S "$@" http://127.0.0.1:9646/metrics
}

# in_prometheus EXPRESSION VALUE - Prometheus has it so.
in_prometheus()
{
	[ "$(netns-exec n6 curl -s -G --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq -r '.data.result[].value[1]')" = "$2" ]
}

# What the dashboard shows, and is not there.
dashboard_lacks()
{
	comm -23 <(jq -r '.. | .expr? // empty' /src/examples/grafana.json | grep -o 'hanat_[a-z0-9_]*' | sort -u) \
		<(grep -o '^hanat_[a-z0-9_]*' "$hn_tmp/metrics" | sort -u)
}

# J shows what it counts to who logs in, by a tunnel.
test_metrics()
{
	step J systemctl enable --now hanat-metrics.socket
	netns-exec n6 ssh -N -L 127.0.0.1:9646:127.0.0.1:9646 "${ssh_options[@]}" root@2001:db8::4 &
	hn_jobs["tunnel"]=$!
	wait_for 30 "J's metrics can be read" metrics
	metrics >"$hn_tmp/metrics"
	like "$(metrics -I)" "HTTP/1.1 200 OK" "by HTTP"
	ok "there is a translator" grep -qx "hanat_up 1" "$hn_tmp/metrics"
	ok "and hanatd" grep -qx "hanat_daemon_up 1" "$hn_tmp/metrics"
	ok "J is the master" grep -qx 'hanat_role{role="master"} 1' "$hn_tmp/metrics"
	is "$(/src/build/packages/promtool check metrics <"$hn_tmp/metrics" 2>&1)" "" "promtool finds nothing wrong"
	is "$(dashboard_lacks)" "" "the dashboard shows nothing else"
	cat >"$hn_tmp/prometheus.yml" <<-EOF
		scrape_configs:
		  - job_name: hanat
		    scrape_interval: 10s
		    static_configs: [{targets: ["127.0.0.1:9646"]}]
	EOF
	netns-exec n6 /src/build/packages/prometheus --config.file="$hn_tmp/prometheus.yml" \
		--storage.tsdb.path="$hn_tmp/prometheus" --web.listen-address=127.0.0.1:9090 >"$hn_tmp/prometheus.log" 2>&1 &
	hn_jobs["prometheus"]=$!
	wait_for 90 "Prometheus has them" in_prometheus hanat_up 1
	wait_for 30 "with the peer" in_prometheus hanat_peer_equal 1
	job_kill prometheus
	job_kill tunnel
}

install -m 600 /src/build/packages/id "$hn_tmp/id"
network
power J on
power K on
wait_for 300 "J has booted" on J true
wait_for 300 "K has booted" on K true
test_set_up
flows_start
wait_for 30 "the ping is answered" answers_beyond 3
ok "the TCP stream flows" progress tcp
ok "the UDP flow flows" progress udp
peer=$(report tcp_server peers)
udp_peers=$(report udp_server peers)
test_metrics
test_config
test_power
test_module
done_testing
