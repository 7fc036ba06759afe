// SPDX-License-Identifier: GPL-2.0-or-later
// Digests of sessions (docs/protocol.md, section 10). The kernel sums them up, and computes each as
// is done here.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "hanat.h"
#include "hanatd/wire.h"

namespace hn
{

using DigestSums = std::array<std::uint64_t, HN_DIGEST_BUCKETS>; // of each bucket
using GroupSums = std::array<std::uint64_t, wire_digest_groups>; // of each group
using Buckets = std::bitset<HN_DIGEST_BUCKETS>;
using Groups = std::bitset<wire_digest_groups>;

// Of the record's flow; HN_DIGEST_BUCKET() of it is the bucket. The key is the owner's epoch. The
// program has called sodium_init().
std::uint64_t flow_hash(const hn_record &record, const Epoch &key);

// Of the record, as its flow has this hash.
std::uint64_t digest_of(const hn_record &record, std::uint64_t hash);

GroupSums group_sums(const DigestSums &sums);

// The groups that these buckets are in.
Groups groups_of(const Buckets &buckets);

constexpr std::size_t group_of(std::size_t bucket)
{
	return bucket / wire_digest_sums;
}

} // namespace hn
