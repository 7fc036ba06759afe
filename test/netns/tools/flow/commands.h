// SPDX-License-Identifier: GPL-2.0-or-later
// What `flow` can do: see usage in options.cpp. They return when they are done; what goes wrong is
// thrown, and the message of std::exception says it all.
#pragma once

#include "options.h"

namespace hn::flow
{

void tcp_server(const Options &options);
void tcp_echo(const Options &options);
void tcp_stream(const Options &options);
void tcp_knock(const Options &options);

void udp_server(const Options &options);
void udp_echo(const Options &options);
void udp_expect(const Options &options);
void udp_send(const Options &options);
void udp_stream(const Options &options);
void udp_burst(const Options &options);
void udp_aggregate(const Options &options);

} // namespace hn::flow
