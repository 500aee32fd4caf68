#include <gradtape/models/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <gradtape/autograd/error.h>

namespace gradtape {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void system_error(const char* op, const char* deed, const std::string& path, Location where) {
  fail<FileError>(where, op, fmt::format("cannot {} {}: {}", deed, path, std::strerror(errno)));
}

// The file that a path means, there yet or not: a link that is written to stays a link.
std::string behind_links(const std::filesystem::path& path, int most = 40) {
  std::error_code none;
  if (most == 0 || !is_symlink(path, none)) return path;
  return behind_links(path.parent_path() / read_symlink(path, none), most - 1);
}

constexpr std::ptrdiff_t most_fed = 1 << 30;

// Does one more gzip member follow the one that has ended? Then it is begun. Zeros behind the last one are padding.
template <class Feed>
bool another_member(z_stream& stream, Feed feed) {
  for (feed(); stream.avail_in > 0 && *stream.next_in == 0; feed()) ++stream.next_in, --stream.avail_in;
  if (stream.avail_in == 0) return false;
  inflateReset(&stream);
  return true;
}

}  // namespace

std::vector<std::uint8_t> read_file(const char* op, const std::string& path, Location where) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) system_error(op, "open", path, where);
  std::vector<std::uint8_t> bytes;
  std::uint8_t part[1 << 16];
  while (const std::size_t got = std::fread(part, 1, sizeof part, file.get())) bytes.insert(bytes.end(), part, part + got);
  if (std::ferror(file.get())) system_error(op, "read", path, where);
  return bytes;
}

std::vector<std::uint8_t> unpacked(const char* op, std::span<const std::uint8_t> bytes, const std::string& what, Location where,
                                   std::size_t most) {
  if (bytes.size() < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b) return {bytes.begin(), bytes.end()};
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) fail<OutOfMemoryError>(where, op, "zlib cannot start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  const Bytef* const last = bytes.data() + bytes.size();
  // zlib counts in uInt: longer files are given in parts.
  auto feed = [&] {
    if (stream.avail_in == 0)
      stream.avail_in = static_cast<uInt>(std::min<std::ptrdiff_t>(last - stream.next_in, most_fed));
  };
  std::vector<std::uint8_t> out;
  std::uint8_t part[1 << 16];
  int state = Z_OK;
  feed();
  while (state != Z_STREAM_END || another_member(stream, feed)) {
    feed();
    stream.next_out = part;
    stream.avail_out = sizeof part;
    state = inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), part, stream.next_out);
    if (state == Z_BUF_ERROR || (state == Z_OK && stream.avail_in == 0 && stream.avail_out > 0))
      fail<FileError>(where, op, fmt::format("{} is cut: its gzip stream has no end", what));
    if (state != Z_OK && state != Z_STREAM_END)
      fail<FileError>(where, op, fmt::format("{} is broken: {}", what, stream.msg ? stream.msg : "not a gzip stream"));
    if (out.size() > most) fail<FileError>(where, op, fmt::format("{} unpacks to more than {} bytes", what, most));
  }
  return out;
}

void write_file(const char* op, const std::string& path, std::span<const std::span<const std::uint8_t>> parts, Location where) {
  const std::string target = behind_links(path);
  struct stat old;
  const bool exists = stat(target.c_str(), &old) == 0;
  const bool straight = exists && !S_ISREG(old.st_mode);  // a device or a pipe is not to be replaced by a file
  std::string beside = target + (straight ? "" : ".XXXXXX");
  const int descriptor = straight ? open(target.c_str(), O_WRONLY | O_NOCTTY) : mkstemp(beside.data());
  if (descriptor < 0) system_error(op, "write", path, where);
  File file(fdopen(descriptor, "wb"));
  bool good = file != nullptr;
  for (const auto& part : parts) good = good && std::fwrite(part.data(), 1, part.size(), file.get()) == part.size();
  good = good && std::fflush(file.get()) == 0;
  if (!straight)
    good = good && fsync(descriptor) == 0 && fchmod(descriptor, exists ? old.st_mode : 0644) == 0 &&
           std::rename(beside.c_str(), target.c_str()) == 0;
  if (good) return;
  const int reason = errno;
  if (!straight) unlink(beside.c_str());
  errno = reason;
  system_error(op, "write", path, where);
}

}  // namespace gradtape
