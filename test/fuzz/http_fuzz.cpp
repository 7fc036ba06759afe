// SPDX-License-Identifier: GPL-2.0-or-later
// What comes on a connection: whatever it is, the answer is a whole one, of which only the request
// for the one page has that page.
#include <string>

#include "expect.h"
#include "hactl/http.h"
#include "input.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	const std::string head(hn::fuzz::as_text({data, size}));
	const hn::HttpRequest request = hn::parse_request(head);
	const std::string answer = hn::http_answer(request, "/metrics", "text/plain", "the page\n");
	const bool get = request.whole && request.method == "GET" && request.target == "/metrics";
	const bool asked =
		get || (request.whole && request.method == "HEAD" && request.target == "/metrics");

	HN_EXPECT(request.accept.size() <= size + 1);
	HN_EXPECT(request.target.find('?') == std::string::npos);
	HN_EXPECT(answer.starts_with("HTTP/1.1 "));
	HN_EXPECT(answer.find("\r\n\r\n") != std::string::npos);
	HN_EXPECT(answer.ends_with("the page\n") == get);
	HN_EXPECT((answer.find(" 200 OK\r\n") == 8) == asked);
	return 0;
}
