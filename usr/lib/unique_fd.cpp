// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/unique_fd.h"

#include <unistd.h>

namespace hn
{

UniqueFd::~UniqueFd()
{
	if (fd_ >= 0)
		::close(fd_);
}

} // namespace hn
