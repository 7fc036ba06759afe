// SPDX-License-Identifier: GPL-2.0-or-later
// Several nodes on a network, on a virtual clock: the model of test/sim, moved on by the test.
#pragma once

#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hanatd/sync.h"
#include "model/kernel.h"
#include "model/network.h"
#include "model/node.h"
#include "model/random.h"

namespace hn::test
{

class SyncTest : public testing::Test
{
protected:
	Node &add(std::uint32_t id)
	{
		Node &node = *nodes.emplace_back(std::make_unique<Node>(id));

		node.keys = keys;
		node.max_payload = 512;
		node.kernel.now = now;
		node.kernel.settings.socket = 16;
		return node;
	}

	// A new life of the daemon.
	void start(Node &node)
	{
		Epoch epoch{};
		ChallengeSecret secret{};

		for (std::byte &b : epoch)
			b = static_cast<std::byte>(random());
		for (unsigned char &c : secret)
			c = static_cast<unsigned char>(random());
		node.start(now, epoch, secret);
	}

	static void stop(Node &node) { node.crash(); }

	// Another world, which depends on the seed alone.
	void restart(unsigned seed)
	{
		flights_.clear();
		nodes.clear();
		random.seed(seed);
		loss = duplication = 0;
		jitter = 0;
	}

	// The instance is created anew.
	void recreate(Node &node, std::uint32_t id)
	{
		node.kernel = ModelKernel(id, random());
		node.kernel.now = now;
	}

	void run(std::uint64_t ms)
	{
		for (const std::uint64_t end = now + ms; now < end; now += 10) {
			deliver();
			for (const auto &node : nodes)
				if (node->sync)
					turn(*node);
				else
					node->kernel.now = now;
		}
	}

	// What is the same on every node: the flow, who owns it, and which version this is.
	static std::map<std::uint16_t, std::string> digest(const Node &node)
	{
		std::map<std::uint16_t, std::string> out;

		for (const auto &[port, r] : node.kernel.table)
			out[port] = std::to_string(r.owner) + "/" + std::to_string(r.generation) +
				    "/" + std::to_string(r.version) + "/" +
				    std::to_string(r.state) + "/" + std::to_string(r.inside_port) +
				    "/" + std::to_string(r.remote);
		return out;
	}

	void expect_equal()
	{
		for (const auto &node : nodes)
			EXPECT_EQ(digest(*node), digest(*nodes.front()))
				<< "node " << node->kernel.node;
	}

	// One key of this id, and of a secret that depends on it.
	static Keyring keyring(std::uint8_t id)
	{
		Keyring ring;
		Key::Secret secret{};

		secret.fill(id);
		EXPECT_TRUE(ring.add(Key(id, secret)));
		return ring;
	}

	std::vector<std::unique_ptr<Node>> nodes;
	Keyring keys; // of nodes that are added
	Random random{42};
	std::uint64_t now = 1000000;
	double loss = 0;
	double duplication = 0;
	std::uint64_t jitter = 0; // ms by which frames overtake each other
	std::function<bool(const Bytes &)> drop = [](const Bytes &) { return false; };
	std::function<void(const Node &, const Bytes &)> tap = [](const Node &, const Bytes &) {};
	std::uint64_t sent = 0;

private:
	struct Flight {
		Node *to;
		SharedFrame frame;
	};

	void send(Node &from, const Bytes &frame)
	{
		const Link link{.loss = loss, .duplication = duplication, .jitter = jitter};
		const auto shared = std::make_shared<const Bytes>(frame);

		++sent;
		EXPECT_LE(frame.size(), 512U);
		tap(from, frame);
		for (const auto &to : nodes) {
			if (!to->sync || !to->linked || !from.linked || drop(frame))
				continue;
			carry(random, link, shared, now,
			      [&](std::uint64_t at, const SharedFrame &copy, bool) {
				      flights_.insert({at, Flight{to.get(), copy}});
			      });
		}
	}

	void deliver()
	{
		while (!flights_.empty() && flights_.begin()->first <= now) {
			const Flight flight = flights_.begin()->second;

			flights_.erase(flights_.begin());
			if (!flight.to->sync)
				continue;
			flight.to->receive(now, *flight.frame);
			flight.to->turn(now);
		}
	}

	void turn(Node &node)
	{
		node.kernel.now = now;
		node.kernel.work();
		while (node.deadline() <= now)
			node.turn(now);
		node.act(now);
		for (const Outgoing &out : std::exchange(node.tx, {}))
			send(node, out.frame);
		EXPECT_EQ(node.counters.applied[HN_APPLY_INVALID], 0U);
	}

	std::multimap<std::uint64_t, Flight> flights_;
};

// A fixture without keys, and with one.
template<class Fixture>
class EachWay : public Fixture, public testing::WithParamInterface<bool>
{
protected:
	EachWay()
	{
		if (GetParam())
			this->keys = Fixture::keyring(7);
	}
};

} // namespace hn::test
