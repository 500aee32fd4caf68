// safetensors: named tensors in a file that other frameworks read too.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

using NamedTensors = std::vector<NamedTensor>;

// Writes the file at once: when it fails, the old file or none is there. A new file's mode is by the umask. Throws
// FileError with the system's reason, ValueError for a name that is empty or given twice.
void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata = {}, Location at = Location::current());

// In the order they lie in the file. Throws FileError for a file that is missing, cut, or no safetensors (one with
// bytes that belong to no tensor is none), or types gradtape lacks.
NamedTensors load_safetensors(const std::string& path, Location at = Location::current());

}  // namespace gradtape
