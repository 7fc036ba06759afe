// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/daemon.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdlib>
#include <sys/epoll.h>
#include <sys/random.h>
#include <utility>

#include "hanatd/handover.h"
#include "hanatd/privileges.h"
#include "hanatd/report.h"
#include "hanatd/service.h"
#include "lib/file.h"

namespace hn
{

namespace
{

constexpr std::uint64_t drain_ms = 2000; // for what is queued at the end

// Of so few bytes that getrandom() neither fails nor falls short.
template<class T>
T random_bytes()
{
	T bytes{};

	[[maybe_unused]] const ssize_t n = getrandom(bytes.data(), bytes.size(), 0);
	return bytes;
}

const char *notice_text(Notice notice)
{
	switch (notice) {
	case Notice::PeerFound:
		return "found; its sessions are requested";
	case Notice::PeerRestarted:
		return "restarted; its sessions are requested";
	case Notice::PeerLeft:
		return "stopped in order";
	case Notice::PeerSilent:
		return "silent for 5 s: check the link, and whether hanatd runs there";
	case Notice::PeerBack:
		return "heard again";
	case Notice::PeerClash:
		return "this id is used by two peers: give each its own \"node\"";
	case Notice::NodeClash:
		return "this node's own id is used by another one: give each its own \"node\"";
	case Notice::PeersFull:
		return "ignored: too many peers; is the group used by others?";
	case Notice::Gap:
		return "frames were lost, its sessions are requested again; lost frames";
	case Notice::Differs:
		return "what is here of its sessions differs from what it has, and is mended; "
		       "buckets";
	case Notice::OtherVersion:
		return "a peer speaks another version of the protocol: install the same version";
	case Notice::PeerHasKey:
		return "a peer has a key file and this node has none: frames are dropped";
	case Notice::PeerHasNoKey:
		return "frames without authentication are dropped: does a peer have no key file?";
	case Notice::OtherKey:
		return "frames with a key that is not in the key file are dropped: copy it to all "
		       "nodes";
	case Notice::Forged:
		return "frames that do not authenticate are dropped: do the key files differ, or "
		       "does somebody forge them?";
	case Notice::Mismatch:
		return "is configured otherwise, its sessions are not applied until that is "
		       "mended; "
		       "what differs";
	case Notice::Drift:
		return "is configured otherwise; what differs";
	case Notice::Alike:
		return "is configured as this node is";
	case Notice::LeftBehind:
		return "does not keep up: others do not wait for it, it gets later what it misses";
	case Notice::Ready:
		return "ready: all that living peers own is here";
	case Notice::NotReady:
		return "not ready: something that peers own is not here, or what they are "
		       "configured with";
	case Notice::ShareClash:
		return "takes new ports from this node's share of pool4: give each node its own "
		       "\"ss-share\"; share";
	case Notice::Shares:
		return "takes new ports from another set of shares of pool4; how many";
	case Notice::ConfigLoaded:
		return "configured this node as it is itself; changes";
	case Notice::ConfigFailed:
		return "offered its configuration, which could not be loaded: its operator was "
		       "told why";
	case Notice::ConfigRefused:
		return "offered its configuration, which is refused: \"accept configuration\" is "
		       "false here";
	case Notice::Count:
		break;
	}
	return "";
}

Priority notice_priority(Notice notice)
{
	switch (notice) {
	case Notice::PeerFound:
	case Notice::PeerRestarted:
	case Notice::PeerLeft:
	case Notice::PeerBack:
	case Notice::Alike:
	case Notice::Ready:
	case Notice::Shares:
	case Notice::ConfigLoaded:
		return Priority::Notice;
	default:
		return Priority::Warning;
	}
}

std::uint64_t watchdog_period()
{
	const char *usec = std::getenv("WATCHDOG_USEC");

	return usec ? std::strtoull(usec, nullptr, 10) / 1000 : 0;
}

} // namespace

Daemon::Daemon(const Config &config, Files files)
	: config_(config), files_(std::move(files)),
	  sync_(random_bytes<Epoch>(), random_bytes<ChallengeSecret>(), counters_),
	  kernel_(config.event_buffer, config.node, counters_)
{
	sync_.set_digest_period(config.digest_period * 1000);
	sync_.set_ready_alone(config.ready_alone * 1000);
	sync_.set_ready_with_drift(config.ready_with_drift);
	sync_.set_accepts_config(config.accept_configuration);
	// Peers come and go together, and each is worth a line.
	for (const Notice notice :
	     {Notice::PeerFound, Notice::PeerRestarted, Notice::PeerLeft, Notice::PeerSilent,
	      Notice::PeerBack, Notice::Mismatch, Notice::Drift, Notice::Alike})
		gates_[static_cast<std::size_t>(notice)] = LogGate(0);
}

Result<void> Daemon::open()
{
	Result<Loop> loop = Loop::open();
	Result<Timer> timer = Timer::open();
	Result<Signals> signals = Signals::open({SIGTERM, SIGINT, SIGHUP, SIGUSR1});

	if (!loop || !timer || !signals)
		return fail(!loop ? loop.error() : !timer ? timer.error() : signals.error());
	loop_.emplace(std::move(*loop));
	timer_.emplace(std::move(*timer));
	signals_.emplace(std::move(*signals));

	Result<void> keys = load_keys();
	if (!keys)
		return keys;
	const Result<KernelState> state = kernel_.look();
	if (!state && state.error().code == ENOENT)
		return fail(ENOENT, state.error().what + ": run \"modprobe hanat\"");
	if (!state && state.error().code == ENODEV)
		return fail(ENODEV, state.error().what + ": run \"hactl instance add\"");
	if (!state)
		return fail(state.error());
	links_.emplace(
		config_, *loop_, counters_,
		[this](std::uint64_t now, std::span<const std::byte> frame) {
			return finishing_ ? Origin() : sync_.receive(now, frame);
		},
		[this] { settle(); });
	return links_->open(monotonic_ms());
}

Result<void> Daemon::load_keys()
{
	const Result<Keyring> keys = config_keys(config_);

	if (!keys)
		return fail("key file", keys.error());
	sync_.set_keys(*keys);
	key_ = keys->empty() ? 0 : keys->sending()->id();
	return {};
}

void Daemon::reload_keys()
{
	const Result<void> loaded = load_keys();

	if (config_.key_file.empty())
		log(Priority::Notice, "no key file: nothing to read again");
	else if (loaded)
		log(Priority::Notice, "%s: read again", config_.key_file.c_str());
	else
		log(Priority::Error, "%s: the keys stay as they are", loaded.error().what.c_str());
}

Result<void> Daemon::watch()
{
	Result<void> result = loop_->watch(timer_->fd(), EPOLLIN, [this](std::uint32_t) {
		timer_->clear();
		settle();
	});

	if (result)
		result = loop_->watch(signals_->fd(), EPOLLIN,
				      [this](std::uint32_t) { on_signal(); });
	if (result)
		result = open_control();
	if (result)
		result = open_notify();
	return result;
}

Result<void> Daemon::open_notify()
{
	if (files_.notify_fifo.empty())
		return {};
	notify_.emplace(*loop_, files_.notify_fifo, files_.notify_name,
			[this](std::string_view role) { role_is(role); });
	return notify_->look();
}

// Without it there is no status, but the sessions are what counts.
Result<void> Daemon::open_control()
{
	control_.emplace(*loop_, [this](const ControlRequest &request, bool last) {
		return answer(request, last);
	});
	Result<void> opened = control_->open();
	if (opened || opened.error().code == EADDRINUSE)
		return opened;
	log(Priority::Warning, "%s: hactl sync will not work", opened.error().what.c_str());
	return {};
}

Result<void> Daemon::run()
{
	Result<void> result = open();

	if (result)
		result = watch();
	// What one that was killed has left there is not so any more; what one says that runs is.
	if (result || result.error().code != EADDRINUSE)
		write_ready(false);
	if (!result)
		return result;
	result = drop_privileges();
	if (!result)
		return result;
	watchdog_ms_ = watchdog_period();
	if (config_.key_file.empty())
		log(Priority::Warning,
		    "no key file: frames are neither authenticated nor encrypted; "
		    "use links that only the nodes share");
	settle();
	log(Priority::Info, "ready");
	service_notify("READY=1");
	result = loop_->run();
	finish();
	return result;
}

void Daemon::on_signal()
{
	for (int signal = signals_->take(); signal != 0; signal = signals_->take()) {
		if (signal == SIGUSR1)
			log(Priority::Info, "%s", counters_json(counters_).c_str());
		else if (signal == SIGHUP)
			reload_keys();
		else
			stop();
	}
	settle();
}

// The first time in good order: a peer that is ready gets the addresses before this node falls
// silent.
void Daemon::stop()
{
	const std::uint64_t now = monotonic_ms();

	service_notify("STOPPING=1");
	if (stop_at_ || files_.ready.empty() || !is_master(role(now)) || !has_heir(sync_)) {
		loop_->stop();
		return;
	}
	log(Priority::Notice, "stopping: the addresses are to move first");
	yielding_ = true;
	stop_at_ = now + yield_ms;
}

void Daemon::on_kernel()
{
	const Result<void> result = kernel_.receive([this](const Delta &delta) {
		// A new instance, or another node id: see what it is before anything is told to
		// peers.
		if (!state_ || delta.epoch != state_->epoch || delta.node != state_->node)
			look_at_ = 0;
		sync_.changed(delta.epoch, delta.seq, delta.lost, delta.records);
	});

	if (!result && result.error().code == ENOBUFS)
		sync_.changes_missed();
	else if (!result)
		kernel_failed(result.error());
	settle();
}

void Daemon::settle()
{
	const std::uint64_t now = monotonic_ms();

	if (finishing_)
		return;
	if (now >= look_at_)
		look(now);
	links_->tick(now);
	sync_.set_backlog(links_->backlog());
	sync_.tick(now);
	act(now);
	const bool full = links_->full() || sync_.congested();
	if (reading_table_ && !full)
		read_table(now);
	links_->flush(now);
	pause_kernel(full);
	tell_ready();
	role_awaited_ = stop_at_.has_value();
	if (stop_at_ && (now >= *stop_at_ || handed_over(sync_, role(now))))
		loop_->stop();
	control_->settle(now);
	arm(now);
}

void Daemon::act(std::uint64_t now)
{
	SyncActions actions = sync_.take();

	for (const NoticeOf &notice : actions.notices)
		report(now, notice);
	for (Outgoing &out : actions.frames)
		links_->queue(now, std::move(out));
	if (actions.expected > 0) {
		const Result<void> told = kernel_.expect(actions.expected);
		if (!told)
			kernel_failed(told.error());
	}
	const Result<void> applied =
		kernel_.apply(actions.apply, [&](std::uint32_t owner, const Applied &fates) {
			sync_.applied(owner, fates);
		});
	if (!applied) {
		kernel_failed(applied.error());
		sync_.unapplied(now);
	}
	if (actions.advertise && !advertise())
		sync_.changes_missed();
	if (actions.hold && state_) {
		const Result<void> held = kernel_.hold_shares(state_->shares, *actions.hold);
		if (!held)
			kernel_failed(held.error());
	}
	if (actions.read_table) {
		kernel_.table_begin(*actions.read_table);
		reading_table_ = true;
	}
	if (actions.sum)
		sum(*actions.sum);
	if (actions.read_config)
		read_config();
	if (actions.load_config)
		load_config(*actions.load_config);
}

void Daemon::read_config()
{
	const Result<std::string> text = kernel_.config_text();

	if (!text)
		kernel_failed(text.error());
	sync_.config_read(monotonic_ms(), text);
}

// The peer is told what became of it once the instance was looked at: by then it is what it says.
void Daemon::load_config(const std::string &text)
{
	const Result<std::size_t> changes = kernel_.load_config(text);
	ConfigLoaded loaded;

	if (changes)
		loaded.changes = static_cast<std::uint32_t>(*changes);
	else
		loaded.why = changes.error().what;
	look_at_ = monotonic_ms();
	sync_.config_loaded(loaded);
}

void Daemon::sum(const SumsQuery &query)
{
	const Result<Holding> holding = kernel_.holding(query);
	const std::uint64_t now = monotonic_ms(); // that took a while
	DigestSums sums{};

	if (holding) {
		std::copy(holding->sums.begin(), holding->sums.end(), sums.begin());
		sync_.sums(now, sums, holding->sessions);
	} else {
		kernel_failed(holding.error());
		sync_.sums_failed(now);
	}
	act(now);
}

void Daemon::read_table(std::uint64_t now)
{
	const Result<bool> done =
		kernel_.table_step([this](std::span<const hn_record> r) { sync_.table(r); });

	if (!done)
		kernel_failed(done.error());
	if (!done || *done) {
		reading_table_ = false;
		sync_.table_end(now, done.has_value());
	}
	act(now);
}

// While the links are full the changes stay in the kernel, as dirty sessions.
void Daemon::pause_kernel(bool pause)
{
	if (pause == paused_ || kernel_fd_ < 0)
		return;
	paused_ = pause;
	if (pause)
		++counters_.backpressure;
	const std::uint32_t events = pause ? 0U : std::uint32_t{EPOLLIN};
	const Result<void> changed = loop_->change(kernel_fd_, events);
	if (!changed)
		log(Priority::Error, "%s", changed.error().what.c_str());
}

void Daemon::arm(std::uint64_t now)
{
	std::uint64_t deadline = std::min({look_at_, sync_.deadline(), links_->deadline()});

	deadline = std::min(deadline, control_->deadline().value_or(deadline));
	if (role_awaited_)
		deadline = std::min(deadline, role_at_);
	if (reading_table_ && !links_->full() && !sync_.congested())
		deadline = now;
	timer_->arm(deadline);
}

void Daemon::look(std::uint64_t now)
{
	look_at_ = now + look_ms;
	const Result<KernelState> state = kernel_.look();
	if (state)
		kernel_is(now, *state);
	else
		kernel_gone(state.error());
	const Result<void> watched = watch_kernel();
	if (!watched)
		log(Priority::Error, "%s", watched.error().what.c_str());
	const Result<void> notified = notify_ ? notify_->look() : Result<void>();
	if (!notified)
		file_failed(notified.error());
	write_status();
	if (watchdog_ms_ > 0)
		service_notify("WATCHDOG=1");
}

void Daemon::kernel_is(std::uint64_t now, const KernelState &state)
{
	const std::optional<KernelState> old = std::exchange(state_, state);

	sync_.set_fingerprint(now, state.fingerprint);
	sync_.set_shares(state.share, state.shares, state.shares_held);
	sync_.set_max_payload(state.max_payload);
	links_->set_node(state.node);
	if (old && old->epoch == state.epoch && old->node == state.node &&
	    old->synchronises == state.synchronises)
		return;
	if (!state.synchronises) {
		log(Priority::Warning, "ss-enabled is false: nothing is synchronised until "
				       "\"hactl --ss-enabled true\"");
		sync_.down();
		return;
	}
	log(Priority::Notice, "synchronising as node %" PRIu32, state.node);
	sync_.down();
	sync_.up(now, state.node);
}

void Daemon::kernel_gone(const Error &error)
{
	if (state_)
		log(Priority::Error, "%s: nothing is synchronised until it is back",
		    error.what.c_str());
	state_.reset();
	sync_.down();
	if (kernel_fd_ >= 0)
		loop_->forget(std::exchange(kernel_fd_, -1));
	paused_ = false;
}

// A request failed: the next look tells whether the instance is still there.
void Daemon::kernel_failed(const Error &error)
{
	const std::uint64_t now = monotonic_ms();

	if (error_gate_.open(now))
		log(Priority::Warning, "kernel: %s", error.what.c_str());
	if (error.code == ENODEV || error.code == ENOENT || error.code == EOPNOTSUPP)
		look_at_ = std::min(look_at_, now + 10);
}

bool Daemon::advertise()
{
	const Result<void> advertised = kernel_.advertise();

	if (!advertised)
		kernel_failed(advertised.error());
	return advertised.has_value();
}

// What a request does to sync, or waits for, is looked at by the next settle().
std::optional<std::string> Daemon::answer(const ControlRequest &request, bool last)
{
	const std::uint64_t now = monotonic_ms();
	const bool reads = request.command == "status" || request.command == "stats" ||
			   request.command == "wait";

	if (!reads && !request.privileged)
		return error_report("only root may do that");
	if (!request.begun)
		timer_->arm(now);
	if (request.command == "status")
		return status_report(now, state_, role_read(), sync_, key_, yielding_,
				     links_->status(now));
	if (request.command == "stats")
		return stats_report(sync_, counters_);
	if (request.command == "wait")
		return last || sync_.ready() ? std::optional(ready_report(sync_)) : std::nullopt;
	if (request.command == "resync") {
		sync_.resync(now);
		return ready_report(sync_);
	}
	if (request.command == "yield")
		return answer_yield(request, last);
	if (request.command == "yield-cancel") {
		yielding_ = false;
		tell_ready();
		return ready_report(sync_);
	}
	if (request.command == "config-fetch")
		return answer_config_fetch(request, last);
	if (request.command == "config-offer")
		return answer_config_offer(request, last);
	if (request.command != "verify")
		return error_report("no such request");
	if (!request.begun)
		sync_.verify(now);
	return last || sync_.verification_done() ? std::optional(verify_report(sync_))
						 : std::nullopt;
}

// What does not come about in time is taken back.
std::optional<std::string> Daemon::answer_yield(const ControlRequest &request, bool last)
{
	if (!request.begun && files_.ready.empty())
		return error_report("hanatd runs without --ready-file: nobody would be told");
	if (!request.begun && !has_heir(sync_))
		return error_report("no peer is ready to take over");
	if (!request.begun)
		yielding_ = true;
	// What moves the addresses has to have been told before it is asked.
	const std::optional<Role> &is = role(monotonic_ms());
	const bool done = ready_told_ == false && handed_over(sync_, is);
	if (!done && !last) {
		role_awaited_ = true;
		return std::nullopt;
	}
	yielding_ = done;
	tell_ready();
	return yield_report(done, is);
}

std::optional<std::string> Daemon::answer_config_fetch(const ControlRequest &request, bool last)
{
	if (!request.begun)
		if (const auto begun = sync_.fetch_config(monotonic_ms(), request.node); !begun)
			return error_report(begun.error().what);
	const std::optional<Result<std::string>> text = sync_.config().fetched();
	if (!text && !last)
		return std::nullopt;
	sync_.config().fetch_end();
	if (!text || !*text)
		return error_report(text ? text->error().what : "not all of it came in time");
	return config_report(**text);
}

std::optional<std::string> Daemon::answer_config_offer(const ControlRequest &request, bool last)
{
	if (!request.begun)
		if (const auto begun =
			    sync_.offer_config(monotonic_ms(), request.node, request.deadline);
		    !begun)
			return error_report(begun.error().what);
	const std::optional<Result<ConfigAnswer>> answer = sync_.config().answered();
	if (!answer && !last)
		return std::nullopt;
	sync_.config().offer_end();
	if (!answer || !*answer)
		return error_report(answer ? answer->error().what : "it did not answer in time");
	return config_answer_report(**answer);
}

void Daemon::report(std::uint64_t now, const NoticeOf &notice)
{
	LogGate &gate = gates_[static_cast<std::size_t>(notice.notice)];
	std::string text = notice_text(notice.notice);

	if (!gate.open(now))
		return;
	if (notice.node != 0)
		text = "node " + std::to_string(notice.node) + ": " + text;
	if (notice.notice == Notice::Mismatch || notice.notice == Notice::Drift)
		text += ": " +
			std::string(fingerprint_name(static_cast<std::uint8_t>(notice.value)));
	else if (notice.value != 0)
		text += ": " + std::to_string(notice.value);
	if (gate.held() > 0)
		text += " (" + std::to_string(gate.held()) + " like this were not logged)";
	log(notice_priority(notice.notice), "%s", text.c_str());
}

Result<void> Daemon::watch_kernel()
{
	if (kernel_.fd() == kernel_fd_)
		return {};
	kernel_fd_ = kernel_.fd();
	return loop_->watch(kernel_fd_, EPOLLIN, [this](std::uint32_t) { on_kernel(); });
}

void Daemon::write_status()
{
	if (!files_.status.empty())
		write_file(files_.status, counters_json(counters_));
}

// While it is awaited each event asks, and it is in a file.
const std::optional<Role> &Daemon::role(std::uint64_t now)
{
	if (now >= role_at_) {
		role_ = role_read();
		role_at_ = now + role_ms;
	}
	return role_;
}

// As `hactl sync role`: a backup may have been active until now, and cut off from the one that is.
void Daemon::role_is(std::string_view role)
{
	const std::uint64_t now = monotonic_ms();
	const Result<void> written = role_write_now(role);

	if (!written)
		file_failed(written.error());
	role_at_ = now;
	timer_->arm(now);
	if (role != "backup" || !state_ || finishing_)
		return;
	advertise();
	sync_.resync(now);
}

void Daemon::tell_ready()
{
	write_ready(sync_.ready() && !yielding_);
}

void Daemon::write_ready(bool ready)
{
	if (!files_.ready.empty() && ready_told_ != ready &&
	    write_file(files_.ready, ready ? "0" : "1"))
		ready_told_ = ready;
}

bool Daemon::write_file(const std::string &file, const std::string &text)
{
	const Result<void> written = file_replace(file, text);

	if (!written)
		file_failed(written.error());
	return written.has_value();
}

void Daemon::file_failed(const Error &error)
{
	if (file_gate_.open(monotonic_ms()))
		log(Priority::Warning, "%s", error.what.c_str());
}

// Says BYE behind what is queued, as long as the links take it. What comes meanwhile is dropped.
void Daemon::finish()
{
	std::uint64_t now = monotonic_ms();
	const std::uint64_t end = now + drain_ms;

	// What changed last is worth the most.
	if (kernel_fd_ >= 0 && !paused_)
		on_kernel();
	finishing_ = true;
	control_.reset();
	if (kernel_fd_ >= 0)
		loop_->forget(std::exchange(kernel_fd_, -1));
	sync_.stop();
	for (Outgoing &out : sync_.take().frames)
		links_->queue(now, std::move(out));
	for (links_->flush(now); now < end && !links_->drained(); now = monotonic_ms()) {
		if (!loop_->step(1))
			break;
		links_->flush(now);
	}
	write_status();
	write_ready(false);
	log(Priority::Info, "stopped");
}

} // namespace hn
