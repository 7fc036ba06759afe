// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/nl_answer.h"

#include <algorithm>
#include <cstring>

#include <netlink/attr.h>
#include <netlink/msg.h>

namespace hn
{

namespace
{

constexpr int errno_max = 4095; // the kernel's MAX_ERRNO

// NLMSGERR_ATTR_MSG of attributes that lie behind an error or the end of a dump.
std::string extack_text(std::span<const std::byte> attrs)
{
	// libnl's parser takes a mutable pointer, but does not write.
	auto *head = const_cast<nlattr *>(static_cast<const nlattr *>( // NOLINT
		static_cast<const void *>(attrs.data())));
	const nlattr *msg = nla_find(head, static_cast<int>(attrs.size()), NLMSGERR_ATTR_MSG);

	if (!msg)
		return {};
	const auto *text = static_cast<const char *>(nla_data(msg));
	std::string out(text, strnlen(text, static_cast<std::size_t>(nla_len(msg))));
	std::replace(out.begin(), out.end(), '\n', ' ');
	return out;
}

std::span<const std::byte> payload_of(const nlmsghdr &nlh)
{
	const std::span all(static_cast<const std::byte *>(static_cast<const void *>(&nlh)),
			    nlh.nlmsg_len);
	return all.size() < NLMSG_HDRLEN ? all.first(0) : all.subspan(NLMSG_HDRLEN);
}

Failure kernel_failure(int error, std::string text)
{
	return fail(error < 0 && error >= -errno_max ? -error : EPROTO, std::move(text));
}

} // namespace

void NlAnswerReader::abandon(Failure failure)
{
	answer_.result = std::move(failure);
	answer_.complete = false;
	over_ = true;
}

void NlAnswerReader::read(std::span<std::byte> datagram)
{
	auto *nlh = static_cast<nlmsghdr *>(static_cast<void *>(datagram.data()));

	for (int left = static_cast<int>(datagram.size()); !over_ && nlmsg_ok(nlh, left);
	     nlh = nlmsg_next(nlh, &left))
		message(*nlh);
}

void NlAnswerReader::message(nlmsghdr &nlh)
{
	if (nlh.nlmsg_seq != sequence_)
		return abandon(fail(EIO, "netlink: answer to another request"));
	if (nlh.nlmsg_flags & NLM_F_DUMP_INTR)
		answer_.interrupted = true;
	switch (nlh.nlmsg_type) {
	case NLMSG_NOOP:
		return;
	case NLMSG_ERROR:
		return status(nlh);
	case NLMSG_DONE:
		return done(nlh);
	case NLMSG_OVERRUN:
		return abandon(fail(EIO, "netlink: messages were lost"));
	default:
		return payload(nlh);
	}
}

void NlAnswerReader::payload(nlmsghdr &nlh)
{
	const Result<NlNext> next = handler_(nlh);

	if (!next)
		return abandon(fail(next.error()));
	if (*next == NlNext::Stop) {
		answer_.complete = false;
		over_ = true;
	}
}

// An error, or an ack, which is the error 0.
void NlAnswerReader::status(const nlmsghdr &nlh)
{
	const std::span<const std::byte> body = payload_of(nlh);
	nlmsgerr err{};

	if (body.size() < sizeof(err))
		return abandon(fail(EIO, "netlink: error message cut short"));
	std::memcpy(&err, body.data(), sizeof(err));
	if (err.error)
		answer_.result = kernel_failure(err.error, nl_extack(nlh));
	over_ = true;
}

// The end of a dump carries the errno of a dump that failed half way, and its extack.
void NlAnswerReader::done(const nlmsghdr &nlh)
{
	const std::span<const std::byte> body = payload_of(nlh);
	int error = 0;

	over_ = true;
	if (body.size() < sizeof(error))
		return;
	std::memcpy(&error, body.data(), sizeof(error));
	if (error < 0)
		answer_.result =
			kernel_failure(error, nlh.nlmsg_flags & NLM_F_ACK_TLVS
						      ? extack_text(body.subspan(sizeof(error)))
						      : std::string());
}

std::string nl_extack(const nlmsghdr &error)
{
	const std::span<const std::byte> body = payload_of(error);
	nlmsgerr err{};

	if (!(error.nlmsg_flags & NLM_F_ACK_TLVS) || body.size() < sizeof(err))
		return {};
	std::memcpy(&err, body.data(), sizeof(err));
	std::size_t skip = sizeof(err);
	if (!(error.nlmsg_flags & NLM_F_CAPPED) && err.msg.nlmsg_len > NLMSG_HDRLEN)
		skip += NLMSG_ALIGN(err.msg.nlmsg_len) - NLMSG_HDRLEN;
	return skip < body.size() ? extack_text(body.subspan(skip)) : std::string();
}

} // namespace hn
