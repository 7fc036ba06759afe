// SPDX-License-Identifier: GPL-2.0-or-later
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "temporary_directory.h"

namespace hn
{

namespace
{

class FileTest : public testing::Test
{
protected:
	FileTest() : umask_(::umask(077)) {}
	FileTest(const FileTest &) = delete;
	FileTest &operator=(const FileTest &) = delete;
	FileTest(FileTest &&) = delete;
	FileTest &operator=(FileTest &&) = delete;
	~FileTest() override { ::umask(umask_); }

	[[nodiscard]] std::string file() const { return (directory_.path() / "file").string(); }

private:
	mode_t umask_;
	test::TemporaryDirectory directory_;
};

TEST_F(FileTest, IsReplacedAndForAllToRead)
{
	struct stat status {
	};
	std::string text;

	ASSERT_TRUE(file_replace(file(), "before"));
	ASSERT_TRUE(file_replace(file(), "master 1 2"));
	std::getline(std::ifstream(file()), text);
	EXPECT_EQ(text, "master 1 2");
	ASSERT_EQ(stat(file().c_str(), &status), 0);
	EXPECT_EQ(status.st_mode & 0777U, 0644U);
	EXPECT_NE(access((file() + ".new").c_str(), F_OK), 0);
}

} // namespace

} // namespace hn
