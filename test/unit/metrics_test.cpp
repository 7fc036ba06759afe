// SPDX-License-Identifier: GPL-2.0-or-later
// hactl metrics: the text, and how it is had by HTTP.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "hactl/exposition.h"
#include "hactl/http.h"
#include "hactl/nouns.h"
#include "translator_metrics.h"

namespace hn
{

namespace
{

constexpr const char *status_text =
	R"({"ready":true,"yielding":false,"role":"backup","peers":[)"
	R"({"node":9,"state":"equal","ready":true,"heard-ms":120,"lag-frames":3}],)"
	R"("paths":[{"transport":"udp","local":"a\"b","remote":"c\\d","works":true}]})";
constexpr const char *counters_text =
	R"({"frames-sent":5,"queue-high":4,"peers":1,"ready":1,"malformed-short":2,)"
	R"("applied-inserted":7,"by-peer":[]})";

Metrics all()
{
	Metrics out = test::translator_metrics(3);
	hn_pool4_entry range = test::udp_range(61001, 61010, 8, 2);

	out.instance->sessions = 12;
	range.addr = inet_addr("192.0.2.0");
	range.len = 30;
	range.mark = 5;
	out.pool4.push_back(range);
	out.status = json_parse(status_text).value();
	out.counters = json_parse(counters_text).value();
	return out;
}

std::string text_of(const Metrics &metrics, Dialect dialect)
{
	Out out;
	Exposition to(out, dialect);

	print_metrics(to, metrics);
	return out.text();
}

std::vector<std::string> lines_of(const std::string &text)
{
	std::vector<std::string> out;
	std::istringstream in(text);

	for (std::string line; std::getline(in, line);)
		out.push_back(line);
	return out;
}

bool has_line(const std::string &text, const std::string &line)
{
	return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsTest, SaysThatThereIsNothing)
{
	const std::string text = text_of({}, Dialect::OpenMetrics);

	EXPECT_EQ(text, "# HELP hanat_up 1: there is an instance in this network namespace\n"
			"# TYPE hanat_up gauge\n"
			"hanat_up 0\n"
			"# HELP hanat_daemon_up 1: hanatd runs and answers\n"
			"# TYPE hanat_daemon_up gauge\n"
			"hanat_daemon_up 0\n"
			"# EOF\n");
}

TEST(MetricsTest, HasAllThatIsCounted)
{
	const std::string text = text_of(all(), Dialect::OpenMetrics);

	for (const char *line :
	     {"hanat_up 1", "hanat_daemon_up 1",
	      R"(hanat_module{version="0.1.0",pool6="64:ff9b::/96"} 1)", "hanat_sessions 12",
	      R"(hanat_pool4_ports{protocol="UDP",prefix="192.0.2.0/30",ports="61001-61010",mark="5"} 40)",
	      R"(hanat_drops_total{cause="pool-exhausted"} 3)", "hanat_xlat_64_total 3",
	      "hanat_ready 1", R"(hanat_role{role="backup"} 1)", R"(hanat_role{role="master"} 0)",
	      R"(hanat_peer_equal{node="9"} 1)", R"(hanat_peer_heard_seconds{node="9"} 0.120)",
	      R"(hanat_peer_lag_frames{node="9"} 3)",
	      R"(hanat_path_works{transport="udp",local="a\"b",remote="c\\d"} 1)",
	      "hanat_sync_frames_sent_total 5", "hanat_sync_queue_high 4",
	      R"(hanat_sync_malformed_total{cause="short"} 2)",
	      R"(hanat_sync_applied_total{fate="inserted"} 7)"})
		EXPECT_TRUE(has_line(text, line)) << line << " is not in\n" << text;
}

// Each family is described once, before its samples, which stand together and are all different.
void expect_well_formed(const std::string &text, Dialect dialect)
{
	std::set<std::string> families;
	std::set<std::string> samples;
	std::string family;
	std::string type;

	for (const std::string &line : lines_of(text)) {
		std::istringstream words(line);
		std::string first;
		std::string second;
		std::string third;

		words >> first >> second >> third;
		if (line == "# EOF")
			break;
		if (first == "#" && second == "HELP") {
			EXPECT_TRUE(families.insert(third).second) << line;
			family = third;
		} else if (first == "#") {
			EXPECT_EQ(third, family) << line;
			words >> type;
		} else {
			const bool suffix = dialect == Dialect::OpenMetrics && type == "counter";

			EXPECT_EQ(line.substr(0, line.find_first_of(" {")),
				  family + (suffix ? "_total" : ""))
				<< line;
			EXPECT_EQ(type == "counter",
				  line.substr(0, line.find_first_of(" {")).ends_with("_total"))
				<< line;
			EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
		}
	}
	EXPECT_EQ(text.ends_with("\n# EOF\n"), dialect == Dialect::OpenMetrics);
	EXPECT_GT(samples.size(), static_cast<std::size_t>(HN_STAT_COUNT));
}

TEST(MetricsTest, IsWellFormedInBothDialects)
{
	for (const Dialect dialect : {Dialect::OpenMetrics, Dialect::Prometheus})
		expect_well_formed(text_of(all(), dialect), dialect);
}

std::string status_line(const std::string &request)
{
	const std::string answer =
		http_answer(parse_request(request), "/metrics", "text/plain", "page");

	return answer.substr(0, answer.find("\r\n")) + (answer.ends_with("page") ? " page" : "");
}

TEST(HttpTest, OnlyThePageIsServed)
{
	EXPECT_EQ(status_line("GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK page");
	EXPECT_EQ(status_line("GET /metrics?a=b HTTP/1.0\n\n"), "HTTP/1.1 200 OK page");
	EXPECT_EQ(status_line("HEAD /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK");
	EXPECT_EQ(status_line("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
	EXPECT_EQ(status_line("PUT /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed");
	EXPECT_EQ(status_line("GET /metrics HTTP/1.1\r\n"), "HTTP/1.1 400 Bad Request");
	EXPECT_EQ(status_line("GET /metrics\r\n\r\n"), "HTTP/1.1 400 Bad Request");
	EXPECT_EQ(status_line("GET  HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
	EXPECT_EQ(status_line("GET /metrics HTTP/2\r\n\r\n"), "HTTP/1.1 400 Bad Request");
	EXPECT_EQ(status_line(""), "HTTP/1.1 400 Bad Request");
}

TEST(HttpTest, FieldsOfAcceptAreFound)
{
	const HttpRequest request = parse_request("GET /metrics HTTP/1.1\r\nHost: a\r\n"
						  "ACCEPT: Text/Plain\r\naccept: b\r\n\r\n");

	EXPECT_EQ(request.accept, " text/plain, b,");
}

} // namespace

} // namespace hn
