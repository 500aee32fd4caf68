#include <gradtape/models/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
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

constexpr std::uint64_t unknown = UINT64_MAX;
constexpr std::size_t largest_piece = 1 << 30;  // zlib counts in 32 bits

[[noreturn]] void system_error(const char* op, const char* deed, const std::string& path, Location at) {
  fail<FileError>(at, op, fmt::format("cannot {} {}: {}", deed, path, std::strerror(errno)));
}

// The file that a path means, there yet or not: a link that is written to stays a link.
std::string behind_links(const std::filesystem::path& path, int most = 40) {
  std::error_code none;
  if (most == 0 || !is_symlink(path, none)) return path;
  return behind_links(path.parent_path() / read_symlink(path, none), most - 1);
}

constexpr std::string_view unfinished = ".gradtape-";

// Removes what processes wrote halfway in a folder before they died: who writes holds a lock, which ends with the
// process.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code reason;
  for (std::filesystem::directory_iterator entry(folder, reason), end; !reason && entry != end;
       entry.increment(reason)) {
    if (!entry->path().filename().native().starts_with(unfinished)) continue;
    const int leftover = open(entry->path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (leftover < 0) continue;
    if (flock(leftover, LOCK_EX | LOCK_NB) == 0) unlink(entry->path().c_str());
    close(leftover);
  }
}

struct Unfinished {
  std::string path;
  int descriptor;  // -1 and errno where it cannot be made
};
// A new file of a name of its own in the folder, locked.
Unfinished new_unfinished(const std::filesystem::path& folder) {
  std::random_device random;
  for (;;) {
    const std::string path = folder / fmt::format("{}{:08x}{:08x}", unfinished, random(), random());
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) return {path, descriptor};
    flock(descriptor, LOCK_EX);
    struct stat now;
    if (fstat(descriptor, &now) == 0 && now.st_nlink > 0) return {path, descriptor};
    close(descriptor);  // taken for a leftover before it was locked
  }
}

}  // namespace

struct InputStream::State {
  const char* op;
  std::string what;
  Location at;
  File file;
  std::span<const std::uint8_t> raw;  // come, and not yet used
  std::uint64_t behind = 0;  // how many come after those
  std::vector<std::uint8_t> piece = {};
  z_stream gzip = {};
  bool packed = false, ended = false;

  ~State() {
    if (packed) inflateEnd(&gzip);
  }
  // Is there a byte? Fetches the next piece where all have been used.
  bool more() {
    if (!raw.empty() || !file) return !raw.empty();
    raw = {piece.data(), std::fread(piece.data(), 1, piece.size(), file.get())};
    if (std::ferror(file.get())) system_error(op, "read", what, at);
    behind -= std::min<std::uint64_t>(behind, behind == unknown ? 0 : raw.size());
    return !raw.empty();
  }
  std::size_t copy(std::uint8_t* to, std::size_t most) {
    std::size_t got = 0;
    while (got < most && more()) {
      const std::size_t now = std::min(most - got, raw.size());
      std::memcpy(to + got, raw.data(), now);
      raw = raw.subspan(now);
      got += now;
    }
    return got;
  }
  // Does one more gzip member follow the one that has ended? Then it is begun. Zeros behind the last one are padding.
  bool another_member() {
    while (more()) {
      const auto next = std::find_if(raw.begin(), raw.end(), [](std::uint8_t byte) { return byte != 0; });
      raw = raw.subspan(static_cast<std::size_t>(next - raw.begin()));
      if (!raw.empty()) return inflateReset(&gzip) == Z_OK;
    }
    return false;
  }
  std::size_t inflated(std::uint8_t* to, std::size_t most) {
    std::size_t got = 0;
    while (got < most && !ended) {
      more();
      const auto in = static_cast<uInt>(std::min(raw.size(), largest_piece)),
                 room = static_cast<uInt>(std::min(most - got, largest_piece));
      gzip.next_in = const_cast<Bytef*>(raw.data());
      gzip.avail_in = in;
      gzip.next_out = to + got;
      gzip.avail_out = room;
      const int state = inflate(&gzip, Z_NO_FLUSH);
      raw = raw.subspan(in - gzip.avail_in);
      got += room - gzip.avail_out;
      if (state == Z_STREAM_END) ended = !another_member();
      else if (state != Z_OK) refuse(state);
    }
    return got;
  }
  [[noreturn]] void refuse(int state) {
    if (state == Z_MEM_ERROR) fail<OutOfMemoryError>(at, op, fmt::format("no memory to unpack {}", what));
    if (state == Z_BUF_ERROR) fail<FileError>(at, op, fmt::format("{} is cut: its gzip stream has no end", what));
    fail<FileError>(at, op, fmt::format("{} is broken: {}", what, gzip.msg ? gzip.msg : "not a gzip stream"));
  }
};

InputStream::InputStream(const char* op, const std::string& path, Location at)
    : state_(new State{op, path, at, File(std::fopen(path.c_str(), "rbe")), {}}) {
  if (!state_->file) system_error(op, "open", path, at);
  struct stat found;
  // Files of /proc say 0.
  const bool sized = fstat(fileno(state_->file.get()), &found) == 0 && S_ISREG(found.st_mode) && found.st_size > 0;
  state_->behind = sized ? static_cast<std::uint64_t>(found.st_size) : unknown;
  state_->piece.resize(1 << 16);
}
InputStream::InputStream(const char* op, std::span<const std::uint8_t> bytes, const std::string& what, Location at)
    : state_(new State{op, what, at, nullptr, bytes}) {}
InputStream::~InputStream() = default;

void InputStream::unpack() {
  State& s = *state_;
  if (!s.more() || s.raw.size() < 2 || s.raw[0] != 0x1f || s.raw[1] != 0x8b) return;
  if (inflateInit2(&s.gzip, 16 + MAX_WBITS) != Z_OK) s.refuse(Z_MEM_ERROR);
  s.packed = true;
}
std::size_t InputStream::read(void* to, std::size_t most) {
  auto* bytes = static_cast<std::uint8_t*>(to);
  return state_->packed ? state_->inflated(bytes, most) : state_->copy(bytes, most);
}
std::uint64_t InputStream::most_left() const {
  std::uint64_t left = unknown;
  if (__builtin_add_overflow(state_->raw.size(), state_->behind, &left)) return unknown;
  // What deflate makes of a byte at most; what inflate may hold back.
  constexpr std::uint64_t most_packed = 1032, held = 1 << 16;
  if (state_->packed && (__builtin_mul_overflow(left, most_packed, &left) || __builtin_add_overflow(left, held, &left)))
    return unknown;
  return left;
}
std::uint64_t InputStream::skip_rest() {
  std::vector<std::uint8_t> piece(1 << 16);
  std::uint64_t count = 0;
  while (const std::size_t got = read(piece.data(), piece.size())) count += got;
  return count;
}

void write_file(const char* op, const std::string& path, std::span<const std::span<const std::uint8_t>> parts,
                Location at) {
  const std::string target = behind_links(path);
  struct stat old;
  const bool exists = stat(target.c_str(), &old) == 0;
  const bool straight = exists && !S_ISREG(old.st_mode);  // a device or a pipe is not to be replaced by a file
  const std::filesystem::path folder = std::filesystem::path(target).parent_path();
  if (!straight) remove_leftovers(folder.empty() ? "." : folder);
  const auto [beside, descriptor] =
      straight ? Unfinished{target, open(target.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC)} : new_unfinished(folder);
  if (descriptor < 0) system_error(op, "write", path, at);
  File file(fdopen(descriptor, "wb"));
  bool good = file != nullptr;
  for (const auto& part : parts) good = good && std::fwrite(part.data(), 1, part.size(), file.get()) == part.size();
  good = good && std::fflush(file.get()) == 0;
  if (!straight)
    good = good && fsync(descriptor) == 0 && (!exists || fchmod(descriptor, old.st_mode & 07777) == 0) &&
           std::rename(beside.c_str(), target.c_str()) == 0;
  if (good) return;
  const int reason = errno;
  if (!straight) unlink(beside.c_str());
  errno = reason;
  system_error(op, "write", path, at);
}

}  // namespace gradtape
