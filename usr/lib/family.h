// SPDX-License-Identifier: GPL-2.0-or-later
// The "hanat" generic-netlink family, as common/hanat.h describes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hanat.h"
#include "lib/group.h"
#include "lib/model.h"
#include "lib/nl.h"
#include "lib/result.h"

namespace hn
{

struct Instance {
	std::string version; // of the module
	hn_prefix6 pool6{};
	std::uint32_t node = 0;
	std::uint64_t epoch = 0;
	std::uint64_t sessions = 0;
	std::uint64_t mappings = 0;
	std::uint64_t pool4_ports = 0;
	std::uint32_t shares = 1;		      // of pool4
	std::uint64_t shares_held = 1;		      // bit n - 1: share n
	std::optional<std::uint64_t> static_digest{}; // of static mappings
};

// Indexed by enum hn_global; HN_G_UNSPEC and what the module does not know are 0.
using Globals = std::array<GlobalValue, HN_G_MAX + 1>;
using Setting = std::pair<hn_global, GlobalValue>;

// Indexed by enum hn_apply_fate.
using Applied = std::array<std::uint32_t, HN_APPLY_COUNT>;

// Which entries of a table, and from where on.
struct DumpQuery {
	std::uint8_t protos = HN_PROTO_ALL; // mask of HN_PROTO_BIT()
	std::uint32_t cursor = 0;	    // 0: from the beginning
	// Of sessions only: what this node owns (0: any), and what is in these of the buckets that
	// the key makes, a bit each (none given: all).
	std::uint32_t owner = 0;
	bool foreign = false; // not what this node owns
	std::span<const std::byte> digest_key{};
	std::span<const std::byte> digest_buckets{};
};

// What the kernel holds of one node's sessions.
struct Holding {
	std::uint64_t sessions = 0;
	std::vector<std::uint64_t> sums; // HN_DIGEST_BUCKETS of them
};

enum class DumpNext { Continue, Stop };

struct DumpEnd {
	bool done = false;	  // the table was walked to its end
	bool interrupted = false; // the table was resized meanwhile: entries may have come twice
	std::uint32_t cursor = 0; // where to resume
};

// A batch of a dump; the span is valid during the call. Stop is cheap, however long the rest.
using RecordsFn = std::function<DumpNext(std::span<const hn_record>)>;
using BibFn = std::function<DumpNext(std::span<const hn_bib_record>)>;

// Requests to the module, for the network namespace in which the link was opened. Calls block
// until the kernel answers. Errors carry the kernel's errno and its text, without the command's
// name.
class FamilyLink
{
public:
	// ENOENT: the module is not loaded.
	static Result<FamilyLink> open();

	Result<void> instance_add(const hn_prefix6 &pool6);
	Result<void> instance_remove();
	Result<Instance> instance();

	Result<Globals> globals();
	Result<void> set_globals(std::span<const Setting> settings); // all or nothing

	Result<void> pool4_add(const hn_pool4_entry &entry);
	Result<void> pool4_remove(const hn_pool4_entry &entry, bool quick);
	Result<void> pool4_flush(bool quick);
	Result<std::vector<hn_pool4_entry>> pool4_list(); // a consistent copy

	Result<void> bib_add(const hn_bib_entry &entry);
	Result<void> bib_remove(const hn_bib_entry &entry, bool quick);

	// ESTALE: there is another number of shares now.
	Result<void> hold_shares(std::uint32_t shares, std::uint64_t held);

	// At most HN_PREFIXES_MAX prefixes; all or nothing.
	Result<void> prefixes_add(hn_list list, std::span<const hn_prefix6> prefixes);
	Result<void> prefixes_remove(hn_list list, std::span<const hn_prefix6> prefixes);
	Result<void> prefixes_flush(hn_list list);
	Result<std::vector<hn_prefix6>> prefixes(hn_list list);

	// Calls of fn before a failure stand.
	Result<DumpEnd> sessions(const DumpQuery &query, const RecordsFn &fn);
	Result<DumpEnd> bib(const DumpQuery &query, const BibFn &fn);

	// The key has 16 bytes. Takes a while with many sessions, whosever they are.
	Result<Holding> holding(std::uint32_t owner, std::span<const std::byte> key);

	// In the order of enum hn_stat; as many as both the module and we know.
	Result<std::vector<std::uint64_t>> stats();

	// At most HN_APPLY_MAX_RECORDS, and about how many more will come; 0: nobody knows.
	Result<Applied> apply(std::span<const hn_record> records, std::uint64_t more = 0);
	Result<void> advertise();

private:
	FamilyLink(NlSock sock, int family) : sock_(std::move(sock)), family_(family) {}

	NlMsg request(hn_cmd cmd, int flags = 0, std::size_t room = 256) const;
	NlAnswer exchange(nl_msg &msg, const NlHandler &handler);
	Result<void> command(nl_msg *msg);
	NlMsg list_request(hn_cmd cmd, hn_list list, std::span<const hn_prefix6> prefixes) const;
	Result<void> change_list(hn_cmd cmd, hn_list list, std::span<const hn_prefix6> prefixes);
	template<class T>
	Result<T> query(nl_msg *msg, Result<T> (*parse)(nlmsghdr &));
	template<class T>
	Result<DumpEnd> dump(hn_cmd cmd, const DumpQuery &query,
			     const std::function<DumpNext(std::span<const T>)> &fn);

	NlSock sock_;
	int family_;
};

// One message of the multicast group; records is valid during the call that got it.
struct Delta {
	std::uint32_t node = 0;
	std::uint64_t epoch = 0;
	std::uint64_t seq = 0;
	std::uint64_t lost = 0;
	std::span<const hn_record> records;
};

// The subscription to the multicast group "sessions". Needs CAP_NET_ADMIN.
class DeltaLink
{
public:
	// rcvbuf in bytes, beyond net.core.rmem_max if the namespace's owner allows that.
	static Result<DeltaLink> open(int rcvbuf);

	// Non-blocking, for epoll.
	[[nodiscard]] int fd() const { return group_.fd(); }

	using Callback = std::function<void(const Delta &)>;

	// Calls back for what is there now, at most max_messages so that the loop stays fair;
	// returns how many messages were read. ENOBUFS: the kernel dropped messages, ask it to
	// advertise.
	Result<std::size_t> receive(const Callback &callback, std::size_t max_messages = 64);

private:
	explicit DeltaLink(GroupLink group) : group_(std::move(group)) {}

	GroupLink group_;
	std::vector<hn_record> records_;
};

} // namespace hn
