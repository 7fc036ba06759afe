// SPDX-License-Identifier: GPL-2.0-or-later
// Exchanges with the running kernel, whose family "nlctrl" answers anyone.
#include <gtest/gtest.h>
#include <linux/genetlink.h>

#include "lib/family.h"
#include "lib/nl.h"

namespace hn
{
namespace
{

class NlTest : public testing::Test
{
protected:
	void SetUp() override
	{
		Result<NlSock> sock = nl_connect_genl();
		ASSERT_TRUE(sock) << sock.error().what;
		sock_ = std::move(*sock);
	}

	static NlMsg get_family(int flags)
	{
		return nl_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, flags);
	}

	NlAnswer exchange(nl_msg &msg, NlNext next = NlNext::Continue)
	{
		messages_ = 0;
		return nl_exchange(*sock_, msg, [&](nlmsghdr &) -> Result<NlNext> {
			messages_++;
			return next;
		});
	}

	NlSock sock_;
	int messages_ = 0;
};

TEST_F(NlTest, AnswerAndAck)
{
	const std::string name = "nlctrl";

	for (int i = 0; i < 3; i++) {
		const NlMsg msg = get_family(0);
		ASSERT_TRUE(nl_put(*msg, CTRL_ATTR_FAMILY_NAME,
				   std::as_bytes(std::span(name.c_str(), name.size() + 1))));
		const NlAnswer answer = exchange(*msg);
		EXPECT_TRUE(answer.result);
		EXPECT_TRUE(answer.complete);
		EXPECT_EQ(messages_, 1);
	}
}

TEST_F(NlTest, ErrorsLeaveTheSocketUsable)
{
	const std::string name = "no-such-family";

	for (int i = 0; i < 3; i++) {
		const NlMsg msg = get_family(0);
		ASSERT_TRUE(nl_put(*msg, CTRL_ATTR_FAMILY_NAME,
				   std::as_bytes(std::span(name.c_str(), name.size() + 1))));
		const NlAnswer answer = exchange(*msg);
		ASSERT_FALSE(answer.result);
		EXPECT_EQ(answer.result.error().code, ENOENT);
		EXPECT_TRUE(answer.complete);
		EXPECT_EQ(messages_, 0);
	}
}

TEST_F(NlTest, KernelsTextReachesUs)
{
	const NlMsg msg = get_family(0);
	ASSERT_TRUE(nl_put_object(*msg, CTRL_ATTR_FAMILY_ID, std::uint64_t{1}));
	ASSERT_TRUE(nl_put_object(*msg, CTRL_ATTR_FAMILY_NAME, std::uint64_t{UINT64_MAX}));
	const NlAnswer answer = exchange(*msg);

	ASSERT_FALSE(answer.result);
	EXPECT_FALSE(answer.result.error().what.empty());
}

TEST_F(NlTest, Dump)
{
	for (int i = 0; i < 2; i++) {
		const NlMsg msg = get_family(NLM_F_DUMP);
		const NlAnswer answer = exchange(*msg);
		EXPECT_TRUE(answer.result);
		EXPECT_TRUE(answer.complete);
		EXPECT_FALSE(answer.interrupted);
		EXPECT_GT(messages_, 0);
	}
}

TEST_F(NlTest, StopAndFailureLeaveTheRestUnread)
{
	const NlMsg msg = get_family(NLM_F_DUMP);
	const NlAnswer stopped = exchange(*msg, NlNext::Stop);
	EXPECT_TRUE(stopped.result);
	EXPECT_FALSE(stopped.complete);
	EXPECT_EQ(messages_, 1);

	SetUp();
	const NlMsg again = get_family(NLM_F_DUMP);
	const NlAnswer failed = nl_exchange(*sock_, *again, [](nlmsghdr &) -> Result<NlNext> {
		return fail(EPROTO, "not understood");
	});
	EXPECT_FALSE(failed.complete);
	ASSERT_FALSE(failed.result);
	EXPECT_EQ(failed.result.error().code, EPROTO);
}

TEST_F(NlTest, Families)
{
	EXPECT_EQ(nl_family_id(*sock_, "nlctrl").value(), GENL_ID_CTRL);
	EXPECT_EQ(nl_family_id(*sock_, "no-such-family").error().code, ENOENT);
	EXPECT_GT(nl_group_id(*sock_, "nlctrl", "notify").value(), 0);
	EXPECT_EQ(nl_group_id(*sock_, "nlctrl", "no-such-group").error().code, ENOENT);
}

TEST(FamilyLink, WithoutTheModule)
{
	const Result<FamilyLink> link = FamilyLink::open();

	if (link)
		return; // it is loaded here
	EXPECT_EQ(link.error().code, ENOENT);
	EXPECT_EQ(link.error().what, "kernel module hanat is not loaded");
}

} // namespace
} // namespace hn
