// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's answer to a netlink request: what its bytes say, however they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <linux/netlink.h>
#include <span>
#include <string>

#include "lib/result.h"

namespace hn
{

enum class NlNext {
	Continue,
	Stop, // leave the rest of the answer unread
};

// Called with every message of the answer.
using NlHandler = std::function<Result<NlNext>(nlmsghdr &)>;

struct NlAnswer {
	Result<void> result;	  // an error of the kernel has its extack text, or none
	bool complete = true;	  // false: something is left unread, the socket must be replaced
	bool interrupted = false; // a dump whose table changed meanwhile (NLM_F_DUMP_INTR)
};

// Reads an answer datagram by datagram, until the ack, the error or the end of the dump. The first
// failure of the handler ends it and is the answer's.
class NlAnswerReader
{
public:
	// The sequence number is that of the request. The handler is borrowed.
	NlAnswerReader(std::uint32_t sequence, const NlHandler &handler)
		: sequence_(sequence), handler_(handler)
	{
	}

	// The datagram is aligned as malloc() does.
	void read(std::span<std::byte> datagram);

	[[nodiscard]] bool over() const { return over_; }
	[[nodiscard]] const NlAnswer &answer() const { return answer_; }

private:
	void message(nlmsghdr &nlh);
	void payload(nlmsghdr &nlh);
	void status(const nlmsghdr &nlh);
	void done(const nlmsghdr &nlh);
	void abandon(Failure failure);

	std::uint32_t sequence_;
	const NlHandler &handler_;
	NlAnswer answer_;
	bool over_ = false;
};

// The extack text of an error message, empty if there is none.
std::string nl_extack(const nlmsghdr &error);

} // namespace hn
