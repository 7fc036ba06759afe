// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/digest.h"

#include <arpa/inet.h>
#include <sodium.h>

#include "tcp_fsm.h"

namespace hn
{

std::uint64_t flow_hash(const hn_record &record, const Epoch &key)
{
	hn_digest_input input{};
	std::array<unsigned char, crypto_shorthash_BYTES> hash{};
	std::uint64_t number = 0;

	static_assert(sizeof(key) == crypto_shorthash_KEYBYTES);
	input.inside = record.inside;
	input.ext = record.ext;
	input.remote = record.remote;
	input.inside_port = record.inside_port;
	input.ext_port = record.ext_port;
	input.remote_port = record.remote_port;
	input.proto = record.proto;
	crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char *>(&input),
			 sizeof(input), reinterpret_cast<const unsigned char *>(key.data()));
	for (std::size_t i = hash.size(); i-- > 0;)
		number = number << 8 | hash[i];
	return number;
}

std::uint64_t digest_of(const hn_record &record, std::uint64_t hash)
{
	return hash * HN_DIGEST_FACTOR(record.generation, record.version,
				       hn_tcp_class_of(static_cast<hn_tcp_state>(record.state)));
}

GroupSums group_sums(const DigestSums &sums)
{
	GroupSums groups{};

	for (std::size_t bucket = 0; bucket < sums.size(); ++bucket)
		groups[group_of(bucket)] ^= sums[bucket];
	return groups;
}

Groups groups_of(const Buckets &buckets)
{
	Groups groups;

	for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket)
		if (buckets.test(bucket))
			groups.set(group_of(bucket));
	return groups;
}

} // namespace hn
