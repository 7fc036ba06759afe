// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "lib/result.h"

namespace hn
{

// Replaces the file at once by text and a newline: readers see the old or the new one, never a
// part. Who watches its directory sees it being moved there. All may read it, whatever this
// process's umask is: keepalived's is 077, and what it has written is read by hanatd as another
// user.
Result<void> file_replace(const std::string &file, const std::string &text);

// Where in the directory this process's network namespace has its own file NAME: those of
// namespaces that share a file system are told apart by their numbers.
Result<std::string> file_of_namespace(const std::string &directory, const std::string &name);

} // namespace hn
