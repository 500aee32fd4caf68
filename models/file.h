// Whole files, read and written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gradtape/autograd/location.h>

namespace gradtape {

// Throws FileError with the system's reason.
std::vector<std::uint8_t> read_file(const char* op, const std::string& path, Location where);

// Unpacked when gzip-compressed, else as it is. Throws FileError for a broken or cut stream, or one of more than `most` bytes.
std::vector<std::uint8_t> unpacked(const char* op, std::span<const std::uint8_t> bytes, const std::string& what, Location where,
                                   std::size_t most = std::size_t(1) << 33);

// All parts, one after the other, in place of the file at once: when it fails, the old file or none is there. A device or a pipe is
// written straight. Throws FileError.
void write_file(const char* op, const std::string& path, std::span<const std::span<const std::uint8_t>> parts, Location where);

}  // namespace gradtape
