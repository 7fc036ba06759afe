// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hanatd/config_fetch.h"
#include "hanatd/config_source.h"
#include "hanatd/wire.h"
#include "lib/result.h"

namespace hn
{

// What became of a peer's configuration that was to be loaded here.
struct ConfigLoaded {
	std::uint32_t changes = 0;
	std::string why; // it was not; empty: it was
};

// Reading what peers are configured with, and having them be configured as this node is
// (docs/protocol.md, section 11). One fetch, one offer of this node's and one of a peer's are under
// way at most. Pure.
class ConfigExchange
{
public:
	static constexpr std::uint64_t offer_ms = 500; // until it is made again

	// Whether this node lets peers configure it.
	void set_accepts(bool accepts) { accepts_ = accepts; }

	// All that is under way ends.
	void stop();

	// For an operator here. False: another one does that at the moment. An offer is made until
	// then, under a number that is new to the node.
	bool fetch(std::uint64_t now, std::uint32_t node);
	bool offer(std::uint64_t now, std::uint32_t node, std::uint32_t request,
		   std::uint64_t until);
	// What became of it; nothing: it is under way.
	[[nodiscard]] std::optional<Result<std::string>> fetched() const;
	[[nodiscard]] std::optional<Result<ConfigAnswer>> answered() const;
	// Nobody waits for it any more.
	void fetch_end() { fetch_.reset(); }
	void offer_end() { offer_.reset(); }

	// Messages of peers, for this node.
	void asked(std::uint32_t from, const ConfigRequest &request)
	{
		source_.asked(from, request);
	}
	void part(std::uint64_t now, std::uint32_t from, const ConfigPart &part);
	void offered(std::uint64_t now, std::uint32_t from, const ConfigOffer &offer);
	void answer(std::uint32_t from, const ConfigAnswer &answer);

	// What is to be said, and done. What is read comes by read(), what was loaded by loaded().
	struct Due {
		std::vector<ConfigRequest> requests;
		std::vector<ConfigPart> parts;
		std::vector<ConfigOffer> offers;
		std::vector<ConfigAnswer> answers;
		bool read = false; // what this node is configured with
		std::optional<std::string> load;
		std::uint32_t refused = 0; // a node whose offer was; 0: none
	};
	Due take(std::uint64_t now, std::size_t part_max);
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

	void read(std::uint64_t now, const Result<std::string> &text);
	std::uint32_t loaded(const ConfigLoaded &loaded); // the node that offered it

	[[nodiscard]] std::size_t waiting() const { return source_.waiting(); }

private:
	// Of this node.
	struct Offer {
		ConfigOffer offer;	 // its hash is 0 until the text is read
		std::uint64_t at = 0;	 // not before
		std::uint64_t until = 0; // not after
		std::optional<Result<ConfigAnswer>> result;
	};
	// Of a peer.
	struct Intake {
		std::uint32_t from = 0;
		std::uint32_t request = 0;
		ConfigFetch fetch;
		bool loading = false;
	};

	void take_offer(std::uint64_t now);
	void take_intake(std::uint64_t now);
	void say(const Intake &intake, const ConfigLoaded &loaded);

	bool accepts_ = false;
	ConfigSource source_;
	std::optional<std::uint64_t> reading_since_; // what is to be read
	std::optional<ConfigFetch> fetch_;
	std::optional<Offer> offer_;
	std::optional<Intake> intake_;
	std::optional<ConfigAnswer> said_; // last, to be said again
	Due due_;
};

} // namespace hn
