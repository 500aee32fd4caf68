// Files: read in order, written at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <gradtape/autograd/location.h>

namespace gradtape {

// Bytes in order, of a file or of memory, of which never more than a piece is held. Throws FileError with the system's
// reason.
class InputStream {
 public:
  InputStream(const char* op, const std::string& path, Location at);
  InputStream(const char* op, std::span<const std::uint8_t> bytes, const std::string& what, Location at);
  ~InputStream();

  // To be called before the first read: if the bytes are gzip-compressed, what comes is unpacked. From then on a broken
  // or cut stream throws FileError.
  void unpack();
  // Fills `to`; less comes only where the bytes end. Returns how many came.
  std::size_t read(void* to, std::size_t most);
  // No more can come: where a header promises more, nothing needs to be set aside for it.
  std::uint64_t most_left() const;
  // How many bytes were left.
  std::uint64_t skip_rest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All parts, one after the other, in place of the file at once: when it fails, the old file or none is there. A new
// file's mode is 0666 less the umask, an old one keeps its own. What a process that died while it wrote left in the
// folder is removed. A device or a pipe is written straight. Throws FileError.
void write_file(const char* op, const std::string& path, std::span<const std::span<const std::uint8_t>> parts,
                Location at);

}  // namespace gradtape
