// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hanat.h"
#include "hanatd/counters.h"
#include "hanatd/fingerprint.h"
#include "hanatd/sync.h"
#include "lib/family.h"
#include "lib/instance_config.h"
#include "lib/result.h"

namespace hn
{

// What hanatd needs to know of the instance in its network namespace.
struct KernelState {
	std::uint64_t epoch = 0;
	std::uint32_t node = 0;
	bool synchronises = false; // ss-enabled
	std::size_t max_payload = 0;
	Fingerprint fingerprint; // of what is configured
	std::uint8_t share = 1;	 // of pool4
	std::uint8_t shares = 1;
	ShareMask shares_held = 1;
};

// The module's sockets. They are closed when the module or the instance is gone, and opened again
// by look().
class KernelLink
{
public:
	// event_buffer: bytes of changes that may wait in the socket. node: ss-node to set.
	KernelLink(std::size_t event_buffer, std::optional<std::uint32_t> node, Counters &counters);

	// What there is now; opens the sockets and sets the node if need be. On failure they are
	// closed.
	Result<KernelState> look();

	// Of the changes, for epoll; -1 while closed.
	[[nodiscard]] int fd() const;
	void close();

	// Some of the changed sessions that wait. ENOBUFS: some were missed.
	Result<void> receive(const DeltaLink::Callback &callback);

	// In batches, each of one owner's, and what became of each. The first error ends it; ENOMEM
	// as well where there was none for some.
	using Fates = std::function<void(std::uint32_t owner, const Applied &applied)>;
	Result<void> apply(std::span<const hn_record> records, const Fates &fates);
	// So many are about to come.
	Result<void> expect(std::uint64_t sessions);
	Result<void> advertise();
	Result<void> hold_shares(std::uint32_t shares, ShareMask held);

	// Reading the table piece by piece, from the beginning. True when it is at its end.
	void table_begin(const TableQuery &query);
	Result<bool> table_step(const std::function<void(std::span<const hn_record>)> &fn);

	Result<Holding> holding(const SumsQuery &query);

	// What nodes tell each other of how they are configured, as a text; being configured so,
	// completely or not at all, and how many changes that took. Errors of the text name its
	// JSON path. It may take a while: with static mappings a walk through all there are.
	Result<std::string> config_text();
	Result<std::size_t> load_config(const std::string &text);

private:
	Result<void> open();
	Result<void> set_node(Instance &instance);
	Result<InstanceConfig> config_now();

	std::size_t event_buffer_;
	std::optional<std::uint32_t> node_;
	Counters &counters_;
	std::optional<FamilyLink> family_;
	std::optional<DeltaLink> deltas_;
	TableQuery query_;
	std::vector<std::byte> buckets_; // of query_, as the kernel takes them
	std::uint32_t cursor_ = 0;
};

} // namespace hn
