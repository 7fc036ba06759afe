// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "hanatd/notify_fifo.h"
#include "temporary_directory.h"

namespace
{

using hn::notify_role;

TEST(NotifyFifo, LinesOfKeepalived)
{
	EXPECT_EQ(notify_role(R"(INSTANCE "inside6" MASTER 250)", ""), "master");
	EXPECT_EQ(notify_role(R"(GROUP "hanat" MASTER 250)", "hanat"), "master");
	EXPECT_EQ(notify_role(R"(GROUP "hanat" BACKUP 0)", "hanat"), "backup");
	EXPECT_EQ(notify_role(R"(GROUP "hanat" FAULT 0)", "hanat"), "fault");
	EXPECT_EQ(notify_role(R"(GROUP "hanat" STOP 0)", "hanat"), "stop");
	EXPECT_EQ(notify_role(R"(INSTANCE "of two" DELETED 0)", "of two"), "stop");
	EXPECT_EQ(notify_role(R"(GROUP "hanat" MASTER)", "hanat"), "master");
}

TEST(NotifyFifo, OtherLines)
{
	for (const char *line : {
		     "",
		     "GROUP",
		     R"(GROUP "hanat")",
		     R"(GROUP "hanat" )",
		     R"(GROUP "hanat" MASTER_RX_LOWER_PRI 250)",
		     R"(GROUP "hanat" master 250)",
		     R"(GROUP "hanat"MASTER 250)",
		     R"(GROUP x"hanat" MASTER 250)",
		     R"(GROUP hanat MASTER 250)",
		     R"(GROUP "hanat MASTER 250)",
		     R"(VS "hanat" MASTER 250)",
		     R"(GROUP "other" MASTER 250)",
	     })
		EXPECT_EQ(notify_role(line, "hanat"), "") << line;
}

class Fifo : public testing::Test
{
protected:
	// As keepalived has it.
	class Writer
	{
	public:
		explicit Writer(const std::string &path)
			: fd_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC))
		{
			EXPECT_TRUE(fd_);
		}

		void write(const std::string &text)
		{
			EXPECT_EQ(::write(fd_.get(), text.data(), text.size()),
				  static_cast<ssize_t>(text.size()));
		}

	private:
		hn::UniqueFd fd_;
	};

	std::vector<std::string> heard()
	{
		// All that is there is read at the first event.
		EXPECT_TRUE(loop.step(0));
		return std::exchange(roles, {});
	}

	hn::test::TemporaryDirectory directory;
	std::string path = directory.path() / "notify";
	hn::Loop loop = *hn::Loop::open();
	std::vector<std::string> roles;
	hn::NotifyFifo fifo{loop, path, "hanat",
			    [this](std::string_view role) { roles.emplace_back(role); }};
};

using Roles = std::vector<std::string>;

TEST_F(Fifo, IsMadeAndHeard)
{
	ASSERT_TRUE(fifo.look());
	struct stat made {
	};
	ASSERT_EQ(stat(path.c_str(), &made), 0);
	EXPECT_EQ(made.st_mode, S_IFIFO | 0600U);
	EXPECT_EQ(heard(), Roles());
	Writer writer(path);
	writer.write("INSTANCE \"inside\" MASTER 250\nGROUP \"hanat\" MASTER 250\nGROUP \"ha");
	EXPECT_EQ(heard(), Roles({"master"}));
	ASSERT_TRUE(fifo.look());
	writer.write("nat\" BACKUP 250\nGROUP \"hanat\" STOP 0\n");
	EXPECT_EQ(heard(), Roles({"backup", "stop"}));
}

TEST_F(Fifo, LongLinesAreNothing)
{
	ASSERT_TRUE(fifo.look());
	Writer writer(path);
	const std::string line = "GROUP \"hanat\" MASTER ";

	writer.write(line + std::string(hn::NotifyFifo::max_line - line.size(), '1') + "\n");
	EXPECT_EQ(heard(), Roles({"master"}));
	writer.write(line + std::string(hn::NotifyFifo::max_line - line.size() + 1, '1') + "\n");
	EXPECT_EQ(heard(), Roles());
	writer.write(line + std::string(20000, '1'));
	EXPECT_EQ(heard(), Roles());
	writer.write("\n" + line + "\n");
	EXPECT_EQ(heard(), Roles({"master"}));
}

// keepalived ends, which takes its FIFO with it, and is started again.
TEST_F(Fifo, AnotherOneInItsPlace)
{
	ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
	std::optional<Writer> writer(path);
	ASSERT_TRUE(fifo.look());
	writer->write("GROUP \"hanat\" STOP 0\n");
	std::filesystem::remove(path);
	writer.reset();
	ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
	writer.emplace(path);
	writer->write("GROUP \"hanat\" BACKUP 250\n");
	ASSERT_TRUE(fifo.look());
	EXPECT_EQ(heard(), Roles({"stop", "backup"}));
	std::filesystem::remove(path);
	ASSERT_TRUE(fifo.look());
	EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST_F(Fifo, SomethingElseInItsPlace)
{
	std::ofstream(path) << "a file";
	const hn::Result<void> looked = fifo.look();
	ASSERT_FALSE(looked);
	EXPECT_EQ(looked.error().what, path + ": not a FIFO");
	std::filesystem::remove(path);
	EXPECT_TRUE(fifo.look());
	EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST_F(Fifo, NowhereToPutIt)
{
	hn::NotifyFifo nowhere(loop, directory.path() / "none" / "notify", "", [](auto) {});
	const hn::Result<void> looked = nowhere.look();

	ASSERT_FALSE(looked);
	EXPECT_EQ(looked.error().code, ENOENT);
}

} // namespace
