// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <boost/program_options.hpp>

#include "hanatd/config.h"
#include "hanatd/daemon.h"
#include "lib/log.h"
#include "version.h"

namespace
{

namespace po = boost::program_options;

constexpr int exit_usage = 2;

struct Options {
	std::string file;
	hn::Daemon::Files files;
	bool check = false;
	bool help = false;
	bool version = false;
};

po::options_description visible_options(Options &options)
{
	po::options_description all("Options");

	// clang-format off
	all.add_options()
		("check", po::bool_switch(&options.check),
		 "read FILE, say what is wrong with it, and exit")
		("status-file", po::value(&options.files.status)->value_name("PATH"),
		 "write the counters there each second, as JSON")
		("ready-file", po::value(&options.files.ready)->value_name("PATH"),
		 "write there whether this node is ready: 0, or not: 1")
		("notify-fifo", po::value(&options.files.notify_fifo)->value_name("PATH"),
		 "read there what keepalived's notify_fifo tells of its states")
		("notify-name", po::value(&options.files.notify_name)->value_name("NAME"),
		 "only of the instance or sync group of that name")
		("help,h", po::bool_switch(&options.help), "print this help and exit")
		("version,V", po::bool_switch(&options.version), "print the version and exit");
	// clang-format on
	return all;
}

void print_help()
{
	Options unused;

	std::cout << "Usage: hanatd [OPTION]... FILE\n"
		     "Keeps the sessions of this NAT64/NAT44 equal to those of its peers.\n"
		     "FILE configures the socket between the nodes: see hanatd.conf(5).\n\n"
		  << visible_options(unused);
}

int usage_error(const std::string &what)
{
	hn::log(hn::Priority::Error, "%s; try \"hanatd --help\"", what.c_str());
	return exit_usage;
}

int failure(const hn::Error &error)
{
	hn::log(hn::Priority::Error, "%s", error.what.c_str());
	return EXIT_FAILURE;
}

int run(const Options &options)
{
	const hn::Result<hn::Config> config = hn::config_read(options.file);

	if (!config)
		return failure(config.error());
	if (options.check) {
		const hn::Result<hn::Keyring> keys = hn::config_keys(*config);
		return keys ? EXIT_SUCCESS : failure(keys.error());
	}
	hn::Daemon daemon(*config, options.files);
	const hn::Result<void> result = daemon.run();
	return result ? EXIT_SUCCESS : failure(result.error());
}

Options parse(int argc, char **argv)
{
	Options options;
	po::options_description all = visible_options(options);
	po::positional_options_description positional;
	po::variables_map values;

	all.add_options()("file", po::value(&options.file));
	positional.add("file", 1);
	po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(),
		  values);
	po::notify(values);
	return options;
}

} // namespace

int main(int argc, char **argv)
{
	hn::log_open("hanatd");
	try {
		const Options options = parse(argc, argv);

		if (options.help) {
			print_help();
			return EXIT_SUCCESS;
		}
		if (options.version) {
			std::cout << "hanatd " HN_VERSION "\n";
			return EXIT_SUCCESS;
		}
		if (options.file.empty())
			return usage_error("expected the configuration file");
		return run(options);
	} catch (const po::error &error) {
		return usage_error(error.what());
	} catch (const std::exception &error) {
		return failure({.code = ENOMEM, .what = error.what()});
	}
}
