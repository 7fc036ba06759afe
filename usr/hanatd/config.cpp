// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config.h"

#include <limits>

namespace hn
{

namespace
{

constexpr std::size_t buffer_min = 4096;
constexpr std::size_t buffer_max = 1U << 30;

// The one link of a file without "links", or those that are there.
void read_links(JsonObject &object, const std::string &file, Config &config)
{
	static const char *const key = "links";

	if (!object.has(key)) {
		config.links.push_back(link_from_json(object));
		return;
	}
	if (const auto other = link_key_in(object))
		object.reject(*other, R"(expected in an element of "links", not beside it)");
	const JsonList *list = object.list(key, Config::max_links);
	for (std::size_t i = 0; list && i < list->size(); ++i) {
		JsonObject element((*list)[i], file, "/links/" + std::to_string(i));

		config.links.push_back(link_from_json(element));
		const Result<void> result = element.finish();
		if (!result)
			object.reject(result.error());
	}
}

// The kernel would refuse the second one to bind what the first one has.
void check_conflicts(JsonObject &object, const Config &config)
{
	for (std::size_t i = 0; i < config.links.size(); ++i)
		for (std::size_t before = 0; before < i; ++before)
			if (const auto address =
				    link_conflict(config.links[before], config.links[i]))
				object.reject("links", i,
					      address->text() + " is bound by link " +
						      std::to_string(before) +
						      ": expected another address or port, or an "
						      "interface in each");
}

void read_keys(JsonObject &object, Config &config)
{
	static const char *const key = "authentication";
	const std::string authentication = object.string(key).value_or("optional");
	const std::optional<std::string> file = object.string("key file");

	if (file && (file->empty() || file->find('\0') != std::string::npos))
		object.reject("key file", "expected the name of a file");
	config.key_file = file.value_or("");
	if (authentication != "optional" && authentication != "required")
		object.reject(key, "expected \"optional\" or \"required\", found " +
					   json_quote(authentication.substr(0, 64)));
	if (authentication == "required" && config.key_file.empty())
		object.reject("key file", "missing: \"authentication\" is \"required\"");
}

void read_size(JsonObject &object, const std::string &key, std::size_t &size)
{
	if (const auto bytes = object.number(key, buffer_min, buffer_max))
		size = *bytes;
}

} // namespace

Result<Config> config_from_json(const Json &json, const std::string &file)
{
	JsonObject object(json, file);
	Config config;

	read_links(object, file, config);
	check_conflicts(object, config);
	if (const auto node = object.number("node", 1, std::numeric_limits<std::uint32_t>::max()))
		config.node = static_cast<std::uint32_t>(*node);
	config.digest_period =
		object.number("digest period", 1, 3600).value_or(config.digest_period);
	config.ready_alone = object.number("ready alone", 0, 86400).value_or(config.ready_alone);
	config.ready_with_drift =
		object.boolean("ready with drift").value_or(config.ready_with_drift);
	read_size(object, "receive buffer", config.receive_buffer);
	read_size(object, "send buffer", config.send_buffer);
	read_size(object, "event buffer", config.event_buffer);
	read_keys(object, config);
	config.accept_configuration =
		object.boolean("accept configuration").value_or(config.accept_configuration);
	if (config.accept_configuration && config.key_file.empty())
		object.reject("accept configuration",
			      "needs \"key file\": anybody could configure this node");
	const Result<void> result = object.finish();
	if (!result)
		return fail(result.error());
	return config;
}

Result<Config> config_read(const std::string &file)
{
	const Result<Json> json = json_read_file(file, config_max_bytes);

	if (!json)
		return fail(json.error());
	return config_from_json(*json, file);
}

Result<Keyring> config_keys(const Config &config)
{
	if (config.key_file.empty())
		return Keyring();
	return keys_read(config.key_file);
}

} // namespace hn
