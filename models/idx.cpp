#include <gradtape/models/idx.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

constexpr const char* op = "read_idx";

std::optional<DType> type_of(std::uint8_t code) {
  switch (code) {
    case 0x08: return DType::uint8;
    case 0x0C: return DType::int32;
    case 0x0D: return DType::float32;
    case 0x0E: return DType::float64;
    default: return {};
  }
}

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t(at[0]) << 24 | std::uint32_t(at[1]) << 16 | std::uint32_t(at[2]) << 8 | at[3];
}

// Numbers in the file are big-endian.
void copy_reversed(const std::uint8_t* from, std::byte* to, std::size_t count, std::size_t size) {
  if (size == 1 || std::endian::native == std::endian::big) return void(std::memcpy(to, from, count * size));
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < size; ++k) to[i * size + k] = std::byte(from[i * size + size - 1 - k]);
}

Tensor parse(std::span<const std::uint8_t> bytes, const std::string& what, Location where) {
  if (bytes.size() < 4) fail<FileError>(where, op, fmt::format("{} is cut: {} bytes hold no header", what, bytes.size()));
  const auto dtype = type_of(bytes[2]);
  const int rank = bytes[3];
  if (bytes[0] != 0 || bytes[1] != 0 || !dtype || rank < 1 || rank > max_rank)
    fail<FileError>(where, op, fmt::format("{} is no IDX file: it starts with {:02x} {:02x} {:02x} {:02x}", what, bytes[0], bytes[1], bytes[2], bytes[3]),
                    {}, "Wanted: 00 00, a type (08, 0c, 0d or 0e) and 1 to 8 dimensions.");
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(rank);
  if (bytes.size() < header) fail<FileError>(where, op, fmt::format("{} is cut: {} bytes hold no header of {}", what, bytes.size(), header));
  Shape shape;
  std::size_t wanted = size_of(*dtype);
  for (int d = 0; d < rank; ++d) {
    shape.push_back(big_endian(bytes.data() + 4 + 4 * d));
    if (__builtin_mul_overflow(wanted, static_cast<std::size_t>(shape[d]), &wanted)) wanted = SIZE_MAX;
  }
  const std::size_t came = bytes.size() - header;
  if (came != wanted)
    fail<FileError>(where, op, fmt::format("{} {}: its header promises {} of {}, {} bytes; {} came", what, came < wanted ? "is cut" : "is too long",
                                           to_string(shape), name_of(*dtype), wanted, came));
  Tensor x = empty(shape, {.dtype = *dtype});
  copy_reversed(bytes.data() + header, x.body()->data, static_cast<std::size_t>(x.numel()), size_of(*dtype));
  return x;
}

struct Pair {
  std::string images, labels;
};

// Looks for images and labels whose names hold one of the words.
Pair find_pair(const std::vector<std::string>& names, std::initializer_list<const char*> words) {
  Pair pair;
  for (const std::string& name : names) {
    const bool wanted = std::any_of(words.begin(), words.end(), [&](const char* word) { return name.find(word) != std::string::npos; });
    if (!wanted || name.find("idx") == std::string::npos) continue;
    if (name.find("images") != std::string::npos) pair.images = name;
    if (name.find("labels") != std::string::npos) pair.labels = name;
  }
  return pair;
}

Dataset read_pair(const std::string& folder, const Pair& pair, Location where) {
  const Tensor labels = read_idx(folder + "/" + pair.labels, where);
  if (is_floating(labels.dtype())) fail<FileError>(where, op, fmt::format("{} holds labels of type {}, wanted integers", pair.labels, name_of(labels.dtype())));
  Dataset data{read_idx(folder + "/" + pair.images, where), labels.to(DType::int64)};
  if (data.labels.dim() != 1 || data.inputs.shape()[0] != data.labels.shape()[0])
    fail<FileError>(where, op, fmt::format("{} and {} do not belong together", pair.images, pair.labels),
                    {{"images", data.inputs}, {"labels", data.labels}});
  if (data.size() == 0) fail<FileError>(where, op, fmt::format("{} holds no images", folder + "/" + pair.images));
  return data;
}

}  // namespace

Tensor parse_idx(std::span<const std::uint8_t> bytes, const std::string& what, Location where) {
  return parse(unpacked(op, bytes, what, where), what, where);
}
Tensor read_idx(const std::string& path, Location where) { return parse_idx(read_file(op, path, where), path, where); }

IdxFolder read_idx_folder(const std::string& folder, Location where) {
  Call call(where);
  std::error_code reason;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder, reason)) names.push_back(entry.path().filename().string());
  if (reason) fail<FileError>(where, op, fmt::format("cannot read the folder {}: {}", folder, reason.message()));
  std::sort(names.begin(), names.end());
  Pair test = find_pair(names, {"t10k", "test"});
  Pair train = find_pair(names, {"train"});
  if (train.images.empty() && train.labels.empty()) {
    std::erase_if(names, [&](const std::string& name) { return name == test.images || name == test.labels; });
    train = find_pair(names, {""});
  }
  if (train.images.empty() || train.labels.empty())
    fail<FileError>(where, op, fmt::format("{} has no pair of images and labels", folder), {},
                    "Wanted: files like train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz.");
  if (test.images.empty() != test.labels.empty())
    fail<FileError>(where, op, fmt::format("{} has {} without its {}", folder, test.images + test.labels, test.images.empty() ? "images" : "labels"));
  IdxFolder found{read_pair(folder, train, where), {}};
  if (!test.images.empty()) found.test = read_pair(folder, test, where);
  return found;
}

}  // namespace gradtape
