#include <gradtape/models/idx.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

constexpr const char* op = "read_idx";

constexpr std::pair<std::uint8_t, DType> types[] = {{0x08, DType::uint8},   {0x09, DType::int8},
                                                    {0x0B, DType::int16},   {0x0C, DType::int32},
                                                    {0x0D, DType::float32}, {0x0E, DType::float64}};

// Numbers in the file are big-endian.
template <class T> void convert(const std::uint8_t* from, T* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    T number = 0;
    for (std::size_t k = 0; k < sizeof(T); ++k) number = static_cast<T>(number << 8 | from[i * sizeof(T) + k]);
    std::memcpy(to + i, &number, sizeof number);
  }
}
void convert(const std::uint8_t* from, DType type, std::byte* to, std::size_t count) {
  switch (size_of(type)) {
    case 1:
      return convert(from, reinterpret_cast<std::uint8_t*>(to), count);
    case 2:
      return convert(from, reinterpret_cast<std::uint16_t*>(to), count);
    case 4:
      return convert(from, reinterpret_cast<std::uint32_t*>(to), count);
    default:
      return convert(from, reinterpret_cast<std::uint64_t*>(to), count);
  }
}

struct Header {
  DType type;
  Shape shape;
  std::size_t wanted;  // bytes of numbers
};

Header read_header(InputStream& in, const std::string& what, Location at) {
  std::uint8_t start[4], sizes[4 * max_rank];
  const std::size_t came = in.read(start, sizeof start);
  if (came < sizeof start) fail<FileError>(at, op, fmt::format("{} is cut: {} bytes hold no header", what, came));
  const auto* type =
      std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return t.first == start[2]; });
  const int rank = start[3];
  if (start[0] != 0 || start[1] != 0 || type == std::end(types) || rank < 1 || rank > max_rank)
    fail<FileError>(at, op,
                    fmt::format("{} is no IDX file: it starts with {:02x} {:02x} {:02x} {:02x}", what, start[0],
                                start[1], start[2], start[3]),
                    {}, "Wanted: 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and 1 to 8 dimensions.");
  const std::size_t rest = in.read(sizes, 4 * static_cast<std::size_t>(rank));
  if (rest < 4 * static_cast<std::size_t>(rank))
    fail<FileError>(at, op, fmt::format("{} is cut: {} bytes hold no header of {}", what, 4 + rest, 4 + 4 * rank));
  Header header{type->second, {}, size_of(type->second)};
  for (int d = 0; d < rank; ++d) {
    std::uint32_t size;
    convert(sizes + 4 * d, &size, 1);
    header.shape.push_back(size);
    if (__builtin_mul_overflow(header.wanted, static_cast<std::size_t>(size), &header.wanted)) header.wanted = SIZE_MAX;
  }
  return header;
}

// Read piece by piece into its place. What a header promises and the file cannot hold is set no memory aside for.
Tensor parse(InputStream& in, const std::string& what, Location at) {
  in.unpack();
  const auto [type, shape, wanted] = read_header(in, what, at);
  const std::string promise =
      fmt::format("its header promises {} of {}, {} bytes", to_string(shape), name_of(type), wanted);
  const auto refuse_cut = [&](std::uint64_t came) {
    fail<FileError>(at, op, fmt::format("{} is cut: {}; {} came", what, promise, came));
  };
  if (wanted > in.most_left()) refuse_cut(in.skip_rest());
  Tensor x = new_tensor(op, shape, {.dtype = type});
  std::vector<std::uint8_t> piece(1 << 16);
  std::size_t came = 0;
  while (came < wanted) {
    const std::size_t got = in.read(piece.data(), std::min(piece.size(), wanted - came));
    convert(piece.data(), type, x.tensor_data()->data + came, got / size_of(type));
    came += got;
    if (got == 0) break;
  }
  if (came < wanted) refuse_cut(came);
  if (in.read(piece.data(), 1) > 0)
    fail<FileError>(at, op, fmt::format("{} is too long: {}; more came", what, promise));
  return as_constant(std::move(x));
}

struct Pair {
  std::string images, labels;
};

// Looks for images and labels whose names hold one of the words.
Pair find_pair(const std::vector<std::string>& names, std::initializer_list<const char*> words) {
  Pair pair;
  for (const std::string& name : names) {
    const bool wanted =
        std::any_of(words.begin(), words.end(), [&](const char* word) { return name.find(word) != std::string::npos; });
    if (!wanted || name.find("idx") == std::string::npos) continue;
    if (name.find("images") != std::string::npos) pair.images = name;
    if (name.find("labels") != std::string::npos) pair.labels = name;
  }
  return pair;
}

Dataset read_pair(const std::string& folder, const Pair& pair, Location at) {
  const Tensor labels = read_idx(folder + "/" + pair.labels, at);
  if (is_floating(labels.dtype()))
    fail<FileError>(at, op,
                    fmt::format("{} holds labels of type {}, wanted integers", pair.labels, name_of(labels.dtype())));
  Dataset data{read_idx(folder + "/" + pair.images, at), labels.to(DType::int64)};
  if (data.labels.dim() != 1 || data.inputs.shape()[0] != data.labels.shape()[0])
    fail<FileError>(at, op, fmt::format("{} and {} do not belong together", pair.images, pair.labels),
                    {{"images", data.inputs}, {"labels", data.labels}});
  if (data.size() == 0) fail<FileError>(at, op, fmt::format("{} holds no images", folder + "/" + pair.images));
  return data;
}

}  // namespace

Tensor parse_idx(std::span<const std::uint8_t> bytes, const std::string& what, Location at) {
  Call call(at);
  InputStream in(op, bytes, what, at);
  return parse(in, what, at);
}
Tensor read_idx(const std::string& path, Location at) {
  Call call(at);
  InputStream in(op, path, at);
  return parse(in, path, at);
}

IdxFolder read_idx_folder(const std::string& folder, Location at) {
  Call call(at);
  std::error_code reason;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(folder, reason), end; !reason && entry != end; entry.increment(reason))
    names.push_back(entry->path().filename().string());
  if (reason) fail<FileError>(at, op, fmt::format("cannot read the folder {}: {}", folder, reason.message()));
  std::sort(names.begin(), names.end());
  Pair test = find_pair(names, {"t10k", "test"});
  Pair train = find_pair(names, {"train"});
  if (train.images.empty() && train.labels.empty()) {
    std::erase_if(names, [&](const std::string& name) { return name == test.images || name == test.labels; });
    train = find_pair(names, {""});
  }
  if (train.images.empty() || train.labels.empty())
    fail<FileError>(at, op, fmt::format("{} has no pair of images and labels", folder), {},
                    "Wanted: files like train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz.");
  if (test.images.empty() != test.labels.empty())
    fail<FileError>(at, op,
                    fmt::format("{} has {} without its {}", folder, test.images + test.labels,
                                test.images.empty() ? "images" : "labels"));
  IdxFolder found{read_pair(folder, train, at), {}};
  if (!test.images.empty()) found.test = read_pair(folder, test, at);
  return found;
}

}  // namespace gradtape
