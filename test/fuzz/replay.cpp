// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the files that are given, or are in the directories that are given, through a target. Where
// it dies, the last name that it printed is the input.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "target.h"

namespace
{

namespace fs = std::filesystem;

std::vector<fs::path> inputs(int argc, char **argv)
{
	std::vector<fs::path> out;

	for (int i = 1; i < argc; i++) {
		if (!fs::is_directory(argv[i])) {
			out.emplace_back(argv[i]);
			continue;
		}
		for (const fs::directory_entry &entry : fs::directory_iterator(argv[i]))
			if (entry.path().filename().native().front() != '.')
				out.push_back(entry.path());
	}
	std::sort(out.begin(), out.end());
	return out;
}

// Copied to memory of its exact size, so that a read beyond it is seen.
bool run(const fs::path &path)
{
	std::ifstream file(path, std::ios::binary);
	const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};

	if (!file)
		return false;
	const std::vector<std::uint8_t> bytes(read.begin(), read.end());
	LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
	return true;
}

} // namespace

int main(int argc, char **argv)
{
	const std::vector<fs::path> paths = inputs(argc, argv);

	for (const fs::path &path : paths) {
		std::printf("%s\n", path.c_str());
		static_cast<void>(std::fflush(stdout));
		if (!run(path)) {
			std::printf("cannot be read\n");
			return EXIT_FAILURE;
		}
	}
	std::printf("%zu inputs\n", paths.size());
	return paths.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
