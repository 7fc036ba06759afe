// SPDX-License-Identifier: GPL-2.0-or-later
// Defects of the model's world that a run must not overlook: the negative controls.
#pragma once

#include <span>
#include <string_view>

#include "hanatd/wire.h"
#include "model/node.h"

namespace hn::sim
{

// X(identifier, "name", "what is wrong")
#define HN_SIM_MUTANTS(X)                                                                          \
	X(SilentDeletion, "silent-deletion", "a kernel does not tell the end of one session")      \
	X(ForgottenReplica, "forgotten-replica", "a kernel drops a session of another node")       \
	X(LyingDigest, "lying-digest", "a kernel leaves a session out of its digests")             \
	X(Resealed, "resealed", "records change behind the authentication of a frame")             \
	X(Stripped, "stripped", "records vanish behind the authentication of a frame")             \
	X(Deaf, "deaf", "a node does not hear requests and digests")                               \
	X(Storm, "storm", "a node answers each datagram")                                          \
	X(Sleepless, "sleepless", "a node is always due")                                          \
	X(OwnRecord, "own-record", "a node applies a session of its own")                          \
	X(NoKeys, "no-keys", "frames on record are replayed to nodes without keys")                \
	X(HalfConfig, "half-config", "a node is configured without all that was told")

enum class Mutant {
	None,
#define HN_SIM_MUTANT_ENUM(id, name, help) id,
	HN_SIM_MUTANTS(HN_SIM_MUTANT_ENUM)
#undef HN_SIM_MUTANT_ENUM
};

struct MutantInfo {
	Mutant mutant;
	std::string_view name;
	std::string_view help;
};

constexpr MutantInfo mutants[] = {
#define HN_SIM_MUTANT_INFO(id, name, help) {Mutant::id, name, help},
	HN_SIM_MUTANTS(HN_SIM_MUTANT_INFO)
#undef HN_SIM_MUTANT_INFO
};

// Whether the frame asks for something, or says what its sender has.
bool is_request(std::span<const std::byte> frame, const Keyring &keys);

// The frame with other records, or without half of them, as its sender would have sealed it.
Bytes resealed(const Bytes &frame, const Keyring &keys, bool strip);

void forget_deletions(test::Delta &delta);

// As if a peer had sent one of the node's own sessions.
void apply_own(test::Node &node);

} // namespace hn::sim
