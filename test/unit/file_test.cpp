// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

namespace hn
{

namespace
{

class FileTest : public testing::Test
{
protected:
	FileTest() : umask_(::umask(077)) { EXPECT_NE(mkdtemp(directory_.data()), nullptr); }
	FileTest(const FileTest &) = delete;
	FileTest &operator=(const FileTest &) = delete;
	FileTest(FileTest &&) = delete;
	FileTest &operator=(FileTest &&) = delete;
	~FileTest() override
	{
		::unlink(file().c_str());
		::rmdir(directory_.c_str());
		::umask(umask_);
	}

	[[nodiscard]] std::string file() const { return directory_ + "/file"; }

private:
	mode_t umask_;
	std::string directory_ = testing::TempDir() + "hanat-file-XXXXXX";
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
