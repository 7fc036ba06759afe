// SPDX-License-Identifier: GPL-2.0-or-later
// What can be read of netlink messages without a kernel.
#include <cstring>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <string>
#include <vector>

#include <netlink/attr.h>

#include "lib/messages.h"

namespace hn
{
namespace
{

constexpr int family = 30;

class DeltaTest : public testing::Test
{
protected:
	DeltaTest() : msg_(nl_request(family, HN_CMD_DELTA, 0, 8192)) {}

	void header()
	{
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_NODE, std::uint32_t{7}));
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_EPOCH, std::uint64_t{1} << 63));
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_SEQ, std::uint64_t{1}));
	}

	Result<Delta> parse() { return delta_parse(*nlmsg_hdr(msg_.get()), records_); }

	NlMsg msg_;
	std::vector<hn_record> records_;
};

TEST_F(DeltaTest, ReadsRecords)
{
	std::vector<hn_record> sent(3);
	for (hn_record &r : sent)
		r.lifetime = static_cast<__u32>(&r - sent.data()) + 1;

	header();
	ASSERT_TRUE(nl_put(*msg_, HN_A_RECORDS, std::as_bytes(std::span(sent))));
	const Result<Delta> delta = parse();
	ASSERT_TRUE(delta);
	EXPECT_EQ(delta->node, 7U);
	EXPECT_EQ(delta->epoch, std::uint64_t{1} << 63);
	EXPECT_EQ(delta->seq, 1U);
	EXPECT_EQ(delta->lost, 0U);
	ASSERT_EQ(delta->records.size(), 3U);
	EXPECT_EQ(std::memcmp(delta->records.data(), sent.data(), sizeof(hn_record) * 3), 0);
}

TEST_F(DeltaTest, SkipsUnknownAttributes)
{
	header();
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_MAX + 1, std::uint32_t{1}));
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_LOST, std::uint64_t{5}));
	const Result<Delta> delta = parse();
	ASSERT_TRUE(delta);
	EXPECT_TRUE(delta->records.empty());
	EXPECT_EQ(delta->lost, 5U);
}

TEST_F(DeltaTest, RefusesHalfARecord)
{
	const std::vector<std::byte> bytes(sizeof(hn_record) + 4);

	header();
	ASSERT_TRUE(nl_put(*msg_, HN_A_RECORDS, bytes));
	const Result<Delta> delta = parse();
	ASSERT_FALSE(delta);
	EXPECT_EQ(delta.error().code, EPROTO);
	EXPECT_NE(delta.error().what.find("another ABI"), std::string::npos);
}

TEST_F(DeltaTest, RefusesMissingAndMissizedAttributes)
{
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_NODE, std::uint32_t{7}));
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_EPOCH, std::uint32_t{7}));
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_SEQ, std::uint64_t{1}));
	EXPECT_FALSE(parse());
}

class LogTest : public testing::Test
{
protected:
	LogTest() : msg_(nl_request(family, HN_CMD_LOG, 0, 8192)) {}

	void header()
	{
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_NODE, std::uint32_t{7}));
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_EPOCH, std::uint64_t{1} << 63));
		ASSERT_TRUE(nl_put_object(*msg_, HN_A_SEQ, std::uint64_t{1} << 40));
	}

	Result<LogBatch> parse() { return log_parse(*nlmsg_hdr(msg_.get()), events_); }

	NlMsg msg_;
	std::vector<hn_log_event> events_;
};

TEST_F(LogTest, ReadsEvents)
{
	std::vector<hn_log_event> sent(3);
	for (hn_log_event &e : sent)
		e.time = static_cast<__u64>(&e - sent.data()) + 1;

	header();
	ASSERT_TRUE(nl_put(*msg_, HN_A_EVENTS, std::as_bytes(std::span(sent))));
	const Result<LogBatch> batch = parse();
	ASSERT_TRUE(batch);
	EXPECT_EQ(batch->node, 7U);
	EXPECT_EQ(batch->epoch, std::uint64_t{1} << 63);
	EXPECT_EQ(batch->seq, std::uint64_t{1} << 40);
	ASSERT_EQ(batch->events.size(), 3U);
	EXPECT_EQ(batch->events[2].time, 3U);
}

TEST_F(LogTest, RefusesHalfAnEvent)
{
	const std::vector<std::byte> bytes(sizeof(hn_log_event) - 8);

	header();
	ASSERT_TRUE(nl_put(*msg_, HN_A_EVENTS, bytes));
	const Result<LogBatch> batch = parse();
	ASSERT_FALSE(batch);
	EXPECT_EQ(batch.error().code, EPROTO);
}

TEST_F(LogTest, RefusesMissingAttributes)
{
	ASSERT_TRUE(nl_put_object(*msg_, HN_A_NODE, std::uint32_t{7}));
	EXPECT_FALSE(parse());
}

TEST(LogGaps, CountsWhatIsMissing)
{
	const std::vector<hn_log_event> events(5);
	LogGaps gaps;
	const auto missing = [&](std::uint64_t epoch, std::uint64_t seq, std::size_t n) {
		return gaps.missing({.node = 7,
				     .epoch = epoch,
				     .seq = seq,
				     .events = std::span(events).first(n)});
	};

	EXPECT_EQ(missing(1, 1000, 5), 0U); // who comes later misses nothing
	EXPECT_EQ(missing(1, 1005, 1), 0U);
	EXPECT_EQ(missing(1, 1009, 2), 3U);
	EXPECT_EQ(missing(1, 1011, 2), 0U);
	EXPECT_EQ(missing(2, 1, 5), 0U); // another instance
	EXPECT_EQ(missing(2, 7, 1), 1U);
	EXPECT_EQ(missing(2, 3, 1), 0U); // numbers do not go back
}

// An error message as the kernel builds it: header, nlmsgerr, perhaps the request, attributes.
class ExtackTest : public testing::Test
{
protected:
	template<class T>
	void put(const T &value)
	{
		const std::size_t at = bytes_.size();
		bytes_.resize(at + NLMSG_ALIGN(sizeof(T)));
		std::memcpy(&bytes_[at], &value, sizeof(T));
	}

	void put_text(std::uint16_t attr, const std::string &text)
	{
		const std::size_t len = sizeof(nlattr) + text.size() + 1;
		put(nlattr{static_cast<__u16>(len), attr});
		const std::size_t at = bytes_.size();
		bytes_.resize(at + NLMSG_ALIGN(text.size() + 1));
		std::memcpy(&bytes_[at], text.c_str(), text.size() + 1);
	}

	std::string extack()
	{
		std::vector<nlmsghdr> aligned(bytes_.size() / sizeof(nlmsghdr) + 1);
		std::memcpy(aligned.data(), bytes_.data(), bytes_.size());
		aligned[0].nlmsg_len = static_cast<__u32>(bytes_.size());
		return nl_extack(aligned[0]);
	}

	void error(unsigned flags, std::uint32_t request_len)
	{
		put(nlmsghdr{0, NLMSG_ERROR, static_cast<__u16>(flags), 0, 0});
		nlmsgerr err{};
		err.error = -EINVAL;
		err.msg.nlmsg_len = request_len;
		put(err);
	}

	std::vector<std::byte> bytes_;
};

TEST_F(ExtackTest, Capped)
{
	error(NLM_F_CAPPED | NLM_F_ACK_TLVS, 400);
	put_text(NLMSGERR_ATTR_MSG, "overlaps a range");
	EXPECT_EQ(extack(), "overlaps a range");
}

TEST_F(ExtackTest, BehindTheRequest)
{
	error(NLM_F_ACK_TLVS, NLMSG_HDRLEN + 6);
	put(std::uint64_t{0});
	put_text(NLMSGERR_ATTR_OFFS, "xyz");
	put_text(NLMSGERR_ATTR_MSG, "two\nlines");
	EXPECT_EQ(extack(), "two lines");
}

TEST_F(ExtackTest, None)
{
	error(0, 0);
	EXPECT_EQ(extack(), "");
}

TEST_F(ExtackTest, CutShort)
{
	error(NLM_F_ACK_TLVS, 4000);
	EXPECT_EQ(extack(), "");
	bytes_.resize(NLMSG_HDRLEN + 2);
	EXPECT_EQ(extack(), "");
}

} // namespace
} // namespace hn
