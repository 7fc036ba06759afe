// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "lib/keys.h"
#include "temporary_directory.h"

namespace
{

namespace fs = std::filesystem;

const std::string secret_a(64, 'a');
const std::string secret_0(64, '0');

std::string error_of(const std::string &text)
{
	const hn::Result<hn::Keyring> keys = hn::keys_parse(text, "F");

	return keys ? "" : keys.error().what;
}

hn::Key::Secret secret_of(const hn::Result<hn::Keyring> &keys)
{
	const hn::Key *key = keys ? keys->sending() : nullptr;

	return key ? key->secret() : hn::Key::Secret{};
}

class KeyFileTest : public testing::Test
{
protected:
	[[nodiscard]] std::string error() const
	{
		const hn::Result<hn::Keyring> keys = hn::keys_read(file.string());

		return keys ? "" : keys.error().what;
	}

	hn::test::TemporaryDirectory directory;
	fs::path dir = directory.path();
	fs::path file = dir / "key";
};

TEST(Keys, AreRead)
{
	const auto keys = hn::keys_parse("# ours\n\n5 " + secret_a + "\n255 " + secret_0, "F");

	ASSERT_TRUE(keys);
	EXPECT_EQ(keys->sending(), keys->find(5));
	EXPECT_EQ(secret_of(keys)[31], 0xaaU);
	EXPECT_NE(keys->find(255), nullptr);
	EXPECT_EQ(keys->find(6), nullptr);
}

TEST(Keys, MistakesAreNamedByLine)
{
	const std::string expected =
		": expected a key: an id from 1 to 255, a space, 64 hexadecimal digits";

	for (const std::string &line :
	     {"0 " + secret_a, "256 " + secret_a, "x " + secret_a, " 1 " + secret_a,
	      "1  " + secret_a, "1 " + secret_a + " ", "1 " + secret_a + "a", "1\t" + secret_a,
	      "1 " + secret_a.substr(1), "1 " + secret_a.substr(1) + "g", "-1 " + secret_a,
	      secret_a, std::string("1"), "1 " + secret_a + "\r"})
		EXPECT_EQ(error_of("#\n" + line), "F:2" + expected) << line;
	EXPECT_EQ(error_of("1 " + secret_a + "\n1 " + secret_0),
		  "F:2: two keys with id 1: generate another one");
	EXPECT_EQ(error_of("1 " + secret_a + "\n2 " + secret_a + "\n3 " + secret_a),
		  "F:3: more than two keys: remove the oldest");
	EXPECT_EQ(error_of("# nothing\n"), "F: holds no key; \"hactl key generate\" makes one");
}

TEST_F(KeyFileTest, IsWrittenOnceForItsOwner)
{
	ASSERT_TRUE(hn::key_generate(file.string()));
	EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
	EXPECT_EQ(error(), "");
	const hn::Key::Secret first = secret_of(hn::keys_read(file.string()));
	const auto again = hn::key_generate(file.string());
	ASSERT_FALSE(again);
	EXPECT_EQ(again.error().what, file.string() + ": File exists");
	EXPECT_EQ(secret_of(hn::keys_read(file.string())), first);
	ASSERT_TRUE(hn::key_generate((dir / "other").string()));
	EXPECT_NE(secret_of(hn::keys_read((dir / "other").string())), first);
}

TEST_F(KeyFileTest, OfOthersIsRefused)
{
	ASSERT_TRUE(hn::key_generate(file.string()));
	for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0644U}) {
		ASSERT_EQ(chmod(file.c_str(), mode), 0);
		EXPECT_EQ(error(), file.string() +
					   ": open to others than its owner: run "
					   "\"chmod 600 " +
					   file.string() + "\"");
	}
	ASSERT_EQ(chmod(file.c_str(), 0400), 0);
	EXPECT_EQ(error(), "");
}

TEST_F(KeyFileTest, IsAFileOfModestSize)
{
	EXPECT_EQ(error(), file.string() + ": No such file or directory");
	std::ofstream(file) << std::string(hn::key_file_max_bytes + 1, '#');
	ASSERT_EQ(chmod(file.c_str(), 0600), 0);
	EXPECT_EQ(error(), file.string() + ": too long for a key file");
	fs::remove(file);
	ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
	EXPECT_EQ(error(), file.string() + ": not a regular file");
}

} // namespace
