// The run as a page that opens offline.
#pragma once

#include <string>

#include "run_log.h"

// Writes the page in place of the file at once; throws gradtape::FileError with the system's reason, and leaves nothing
// half-written.
void write_report(const RunLog& log, const std::string& path);
