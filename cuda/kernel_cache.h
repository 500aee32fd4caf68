// Compiled code in files, for programs that run later. Internal to cuda/.
#pragma once

#include <optional>
#include <string>

namespace gradtape::cuda {

// What was compiled from what the key says. Nothing where no file holds it, or one that is broken or another's.
std::optional<std::string> read_compiled(const std::string& key);
// A folder that cannot be written is no error.
void write_compiled(const std::string& key, const std::string& code);

}  // namespace gradtape::cuda
