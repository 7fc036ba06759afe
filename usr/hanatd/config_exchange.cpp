// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config_exchange.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "hanatd/config_text.h"
#include "hanatd/tlv.h"

namespace hn
{

namespace
{

std::string printable(std::string text)
{
	text.resize(std::min(text.size(), wire_config_why));
	std::replace_if(
		text.begin(), text.end(), [](char c) { return !is_printable(c); }, '?');
	return text;
}

} // namespace

void ConfigExchange::stop()
{
	source_ = {};
	fetch_.reset();
	offer_.reset();
	intake_.reset();
	due_ = {};
}

bool ConfigExchange::fetch(std::uint64_t now, std::uint32_t node)
{
	if (fetch_ && !fetch_->ended())
		return false;
	fetch_.emplace(now, node);
	return true;
}

std::optional<Result<std::string>> ConfigExchange::fetched() const
{
	if (!fetch_ || fetch_->failed())
		return fail(ETIMEDOUT, "it does not answer");
	return fetch_->whole() ? std::optional<Result<std::string>>(fetch_->text()) : std::nullopt;
}

bool ConfigExchange::offer(std::uint64_t now, std::uint32_t node, std::uint32_t request,
			   std::uint64_t until)
{
	if (offer_ && !offer_->result)
		return false;
	offer_ = Offer{.offer = {.target = node, .request = request},
		       .at = now,
		       .until = until,
		       .result = {}};
	return true;
}

std::optional<Result<ConfigAnswer>> ConfigExchange::answered() const
{
	return offer_ ? offer_->result : std::nullopt;
}

void ConfigExchange::part(std::uint64_t now, std::uint32_t from, const ConfigPart &part)
{
	if (fetch_)
		fetch_->part(now, from, part);
	if (intake_)
		intake_->fetch.part(now, from, part);
}

void ConfigExchange::offered(std::uint64_t now, std::uint32_t from, const ConfigOffer &offer)
{
	if (!accepts_) {
		due_.refused = from;
		due_.answers.push_back({.requester = from,
					.request = offer.request,
					.outcome = ConfigOutcome::Refused,
					.why = {}});
	} else if (said_ && said_->requester == from && said_->request == offer.request) {
		due_.answers.push_back(*said_);
	} else if (!intake_) {
		intake_ = Intake{.from = from,
				 .request = offer.request,
				 .fetch = ConfigFetch(now, from, offer)};
	}
}

void ConfigExchange::answer(std::uint32_t from, const ConfigAnswer &answer)
{
	if (offer_ && offer_->offer.target == from && offer_->offer.request == answer.request)
		offer_->result = answer;
}

// Of what is read, and cannot be told as it is too long, nobody hears.
void ConfigExchange::read(std::uint64_t now, const Result<std::string> &text)
{
	const bool first = offer_ && offer_->offer.hash == 0;
	const std::uint64_t took = now - reading_since_.value_or(now);

	reading_since_.reset();
	if (!text || text->size() > wire_config_max) {
		source_.failed(now);
		if (first)
			offer_->result = text ? fail(EMSGSIZE, "the configuration is too long")
					      : fail(text.error());
		return;
	}
	const ConfigText own{.text = *text, .hash = config_hash(*text)};
	source_.read(now, took, own);
	if (!first)
		return;
	source_.offer(own);
	offer_->offer.hash = own.hash;
	offer_->offer.size = static_cast<std::uint32_t>(own.text.size());
}

std::uint32_t ConfigExchange::loaded(const ConfigLoaded &loaded)
{
	const std::uint32_t from = intake_ ? intake_->from : 0;

	if (intake_)
		say(*intake_, loaded);
	intake_.reset();
	return from;
}

void ConfigExchange::say(const Intake &intake, const ConfigLoaded &loaded)
{
	said_ = ConfigAnswer{.requester = intake.from,
			     .request = intake.request,
			     .outcome = loaded.why.empty() ? ConfigOutcome::Loaded
							   : ConfigOutcome::Failed,
			     .changes = loaded.changes,
			     .why = printable(loaded.why)};
	due_.answers.push_back(*said_);
}

void ConfigExchange::take_offer(std::uint64_t now)
{
	if (!offer_ || offer_->result)
		return;
	if (now >= offer_->until)
		offer_->result = fail(ETIMEDOUT, "it does not answer");
	if (offer_->result || now < offer_->at)
		return;
	if (offer_->offer.hash == 0) {
		due_.read = true;
		return;
	}
	offer_->at = now + offer_ms;
	due_.offers.push_back(offer_->offer);
}

// What did not come is offered again.
void ConfigExchange::take_intake(std::uint64_t now)
{
	if (!intake_ || intake_->loading)
		return;
	if (const auto request = intake_->fetch.due(now))
		due_.requests.push_back(*request);
	if (intake_->fetch.whole()) {
		intake_->loading = true;
		due_.load = intake_->fetch.text();
	} else if (intake_->fetch.failed()) {
		intake_.reset();
	}
}

ConfigExchange::Due ConfigExchange::take(std::uint64_t now, std::size_t part_max)
{
	take_offer(now);
	take_intake(now);
	if (fetch_)
		if (const auto request = fetch_->due(now))
			due_.requests.push_back(*request);
	due_.parts = source_.take(part_max);
	due_.read = !reading_since_ && (due_.read || now >= source_.read_at().value_or(now + 1));
	if (due_.read)
		reading_since_ = now;
	return std::exchange(due_, {});
}

std::optional<std::uint64_t> ConfigExchange::deadline() const
{
	std::optional<std::uint64_t> first;
	const auto until = [&](std::optional<std::uint64_t> at) {
		if (at)
			first = std::min(first.value_or(*at), *at);
	};

	if (!due_.answers.empty() || (source_.waiting() > 0 && !source_.read_at()))
		return 0;
	if (!reading_since_)
		until(source_.read_at());
	if (fetch_)
		until(fetch_->deadline());
	if (intake_)
		until(intake_->loading ? std::nullopt : intake_->fetch.deadline());
	if (offer_ && !offer_->result)
		until(reading_since_ ? offer_->until : std::min(offer_->at, offer_->until));
	return first;
}

} // namespace hn
