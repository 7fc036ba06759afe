// SPDX-License-Identifier: GPL-2.0-or-later
// Several nodes on a simulated network: sync is driven as the daemon drives it, against a model of
// the kernel, on a virtual clock.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hanatd/sync.h"

namespace hn::test
{

// The part of the module that sync talks to. A session is named by its external port.
class ModelKernel
{
public:
	explicit ModelKernel(std::uint32_t id) : node(id) {}

	void touch(std::uint16_t port)
	{
		hn_record &r = table[port];

		if (r.owner == 0) {
			inet_pton(AF_INET6, port % 2 ? "::ffff:10.0.0.1" : "2001:db8::1",
				  &r.inside);
			r.ext_port = htons(port);
			r.lifetime = 300000;
			r.version = births_ += 16; // ahead of former lives, as the module's
		} else if (r.owner != node) {
			++r.generation;
			r.version = 0;
		}
		r.owner = node;
		++r.version;
		dirty.insert(port);
	}

	void remove(std::uint16_t port)
	{
		hn_record r = table.at(port);

		table.erase(port);
		dirty.erase(port);
		++r.version;
		r.flags = HN_RF_DELETE;
		gone.push_back(r);
	}

	void advertise()
	{
		for (const auto &[port, r] : table)
			if (r.owner == node)
				dirty.insert(port);
	}

	void apply(const hn_record &r)
	{
		const std::uint16_t port = ntohs(r.ext_port);
		const auto it = table.find(port);

		EXPECT_NE(r.owner, node) << "a node's own session came back to it";
		EXPECT_NE(r.owner, 0U);
		if (it != table.end() && !newer(r, it->second))
			return;
		if (r.flags & HN_RF_DELETE)
			table.erase(port);
		else
			table[port] = r;
	}

	// Records to tell, at most n.
	std::vector<hn_record> deltas(std::size_t n)
	{
		std::vector<hn_record> out;

		while (out.size() < n && !gone.empty()) {
			out.push_back(gone.front());
			gone.pop_front();
		}
		while (out.size() < n && !dirty.empty()) {
			out.push_back(table.at(*dirty.begin()));
			dirty.erase(dirty.begin());
		}
		return out;
	}

	[[nodiscard]] DigestSums sums(const SumsQuery &query, std::uint64_t &sessions) const
	{
		DigestSums out{};

		for (const auto &[port, r] : table) {
			const std::uint64_t digest = digest_of(r, query.key);

			if (r.owner != query.owner)
				continue;
			out[HN_DIGEST_BUCKET(digest)] ^= digest;
			++sessions;
		}
		return out;
	}

	[[nodiscard]] std::vector<hn_record> read(const TableQuery &query) const
	{
		std::vector<hn_record> out;

		for (const auto &[port, r] : table)
			if ((!query.owner || r.owner == query.owner) &&
			    (!query.buckets ||
			     query.buckets->test(HN_DIGEST_BUCKET(digest_of(r, query.key)))))
				out.push_back(r);
		return out;
	}

	std::uint32_t node;
	std::uint64_t epoch = 1;
	std::uint64_t sequence = 0;
	bool starving = false; // takes no records
	std::map<std::uint16_t, hn_record> table;
	std::set<std::uint16_t> dirty;
	std::deque<hn_record> gone;

private:
	std::uint16_t births_ = 0;

	static bool newer(const hn_record &a, const hn_record &b)
	{
		if (a.generation != b.generation)
			return static_cast<std::int16_t>(a.generation - b.generation) > 0;
		return static_cast<std::int16_t>(a.version - b.version) > 0;
	}
};

struct Node {
	explicit Node(std::uint32_t id) : kernel(id) {}

	ModelKernel kernel;
	Counters counters;
	std::unique_ptr<Sync> sync; // the daemon, while it runs
	std::vector<NoticeOf> notices;
	bool linked = true;
	bool busy = false; // something came since the last tick
	Keyring keys;

	[[nodiscard]] int noticed(Notice notice) const
	{
		return static_cast<int>(
			std::count_if(notices.begin(), notices.end(),
				      [&](const NoticeOf &n) { return n.notice == notice; }));
	}
};

class SyncTest : public testing::Test
{
protected:
	Node &add(std::uint32_t id)
	{
		Node &node = *nodes.emplace_back(std::make_unique<Node>(id));

		node.keys = keys;
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
		node.sync = std::make_unique<Sync>(epoch, secret, node.counters);
		node.sync->set_max_payload(512);
		node.sync->set_keys(node.keys);
		node.sync->up(now, node.kernel.node);
	}

	static void stop(Node &node) { node.sync.reset(); }

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
		node.kernel = ModelKernel(id);
		node.kernel.epoch = random();
		node.sync->down();
		node.sync->up(now, id);
	}

	void run(std::uint64_t ms)
	{
		for (const std::uint64_t end = now + ms; now < end; now += 10) {
			deliver();
			for (const auto &node : nodes)
				if (node->sync)
					turn(*node);
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
	std::mt19937 random{42};
	std::uint64_t now = 1000000;
	double loss = 0;
	double duplication = 0;
	std::uint64_t jitter = 0; // ms by which frames overtake each other
	std::function<bool(const Bytes &)> drop = [](const Bytes &) { return false; };
	std::function<void(const Node &, const Bytes &)> tap = [](const Node &, const Bytes &) {};
	std::uint64_t sent = 0;

private:
	struct Flight {
		Node *from;
		Node *to;
		Bytes frame;
	};

	bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }

	void send(Node &from, const Bytes &frame)
	{
		++sent;
		EXPECT_LE(frame.size(), 512U);
		tap(from, frame);
		for (const auto &to : nodes) {
			if (!to->sync || !to->linked || !from.linked || chance(loss) || drop(frame))
				continue;
			for (int copies = chance(duplication) ? 2 : 1; copies > 0; --copies)
				flights_.insert({now + 1 + (jitter ? random() % jitter : 0),
						 Flight{&from, to.get(), frame}});
		}
	}

	void deliver()
	{
		while (!flights_.empty() && flights_.begin()->first <= now) {
			const Flight flight = flights_.begin()->second;

			flights_.erase(flights_.begin());
			if (!flight.to->sync)
				continue;
			flight.to->sync->receive(now, flight.frame);
			flight.to->busy = true;
		}
	}

	void turn(Node &node)
	{
		ModelKernel &kernel = node.kernel;

		for (auto records = kernel.deltas(40); !records.empty();
		     records = kernel.deltas(40)) {
			node.sync->changed(kernel.epoch, ++kernel.sequence, 0, records);
			node.busy = true;
		}
		if (std::exchange(node.busy, false) || node.sync->deadline() <= now)
			node.sync->tick(now);
		act(node);
	}

	void act(Node &node)
	{
		ModelKernel &kernel = node.kernel;
		const SyncActions actions = node.sync->take();
		std::uint64_t sessions = 0;

		for (const Bytes &frame : actions.frames)
			send(node, frame);
		if (kernel.starving && !actions.apply.empty())
			node.sync->unapplied(now);
		else
			for (const hn_record &r : actions.apply)
				kernel.apply(r);
		if (actions.advertise)
			kernel.advertise();
		if (actions.read_table) {
			node.sync->table(kernel.read(*actions.read_table));
			node.sync->table_end(now, true);
		}
		if (actions.sum) {
			const DigestSums sums = kernel.sums(*actions.sum, sessions);

			node.sync->sums(now, sums, sessions);
		}
		node.notices.insert(node.notices.end(), actions.notices.begin(),
				    actions.notices.end());
		if (actions.read_table || actions.sum)
			act(node);
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
