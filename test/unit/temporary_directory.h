// SPDX-License-Identifier: GPL-2.0-or-later
// A directory of a test's own, which goes with all that is in it when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace hn::test
{

class TemporaryDirectory
{
public:
	TemporaryDirectory()
	{
		std::string name = testing::TempDir() + "hanat-XXXXXX";

		EXPECT_NE(mkdtemp(name.data()), nullptr);
		path_ = name;
	}
	TemporaryDirectory(const TemporaryDirectory &) = delete;
	TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;
	TemporaryDirectory(TemporaryDirectory &&) = delete;
	TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;
	~TemporaryDirectory() { std::filesystem::remove_all(path_); }

	[[nodiscard]] const std::filesystem::path &path() const { return path_; }

private:
	std::filesystem::path path_;
};

} // namespace hn::test
