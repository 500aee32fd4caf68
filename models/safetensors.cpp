#include <gradtape/models/safetensors.h>

#include <algorithm>
#include <new>
#include <optional>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

using Json = nlohmann::json;

constexpr std::pair<const char*, DType> types[] = {
    {"F16", DType::float16}, {"BF16", DType::bfloat16}, {"F32", DType::float32}, {"F64", DType::float64},
    {"I64", DType::int64},   {"I32", DType::int32},     {"I16", DType::int16},   {"I8", DType::int8},
    {"U8", DType::uint8},    {"BOOL", DType::boolean}};
const char* code_of(DType type) {
  return std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return t.second == type; })->first;
}
std::optional<DType> type_of(const std::string& code) {
  const auto found = std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return code == t.first; });
  return found == std::end(types) ? std::nullopt : std::optional(found->second);
}

// What the format allows a header.
constexpr std::uint64_t longest_header = 100'000'000;

struct Entry {
  std::string name, type;
  std::vector<std::uint64_t> shape, offsets;
};

// Reads a header as it comes, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}, so that what is
// no such header costs nothing. Each function is told of one part of the JSON, and says whether to go on.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  std::vector<Entry> entries;
  std::string fault;  // why it stopped

  bool start_object(std::size_t) override {
    if (depth_ >= 2 && (metadata_ || is_known_part())) return wrong();
    if (depth_ == 1 && !metadata_) {
      entries.push_back({name_, {}, {}, {}});
      given_.clear();
    }
    return enter();
  }
  bool key(std::string& text) override {
    if (depth_ > 2) return true;
    if (depth_ == 1) metadata_ = text == "__metadata__";
    if (depth_ == 1 && !names_.insert(text).second) return stop("a name appears twice");
    if (depth_ == 2 && !metadata_ && !given_.insert(text).second)
      return stop(fmt::format("\"{}\" has two of {}", name_, text));
    (depth_ == 1 ? name_ : part_) = text;
    return true;
  }
  bool end_object() override {
    if (--depth_ == 1 && !metadata_ &&
        (given_.count("dtype") + given_.count("shape") + given_.count("data_offsets") < 3 || offsets().size() != 2))
      return incomplete();
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ < 2 || metadata_ || (is_known_part() && (depth_ > 2 || part_ == "dtype"))) return wrong();
    return enter();
  }
  bool end_array() override { return --depth_, true; }
  bool string(std::string& text) override {
    if (depth_ < 2) return wrong();
    if (depth_ == 2 && !metadata_ && part_ == "dtype") entries.back().type = text;
    else if (is_known_part()) return wrong();
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    if (depth_ < 2 || metadata_) return wrong();
    if (!is_known_part()) return true;
    if (depth_ != 3 || part_ == "dtype") return wrong();
    auto& numbers = part_ == "shape" ? entries.back().shape : offsets();
    if (numbers.size() == max_rank)
      return stop(fmt::format("\"{}\" has more than {} numbers of {}; at most {} dimensions are possible", name_,
                              max_rank, part_, max_rank));
    numbers.push_back(number);
    return true;
  }
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(std::int64_t) override { return other(); }
  bool number_float(double, const std::string&) override { return other(); }
  bool binary(Json::binary_t&) override { return other(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return stop("the header is no JSON object");
  }

 private:
  static constexpr int deepest = 8;

  std::vector<std::uint64_t>& offsets() { return entries.back().offsets; }
  bool is_known_part() const { return !metadata_ && (part_ == "dtype" || part_ == "shape" || part_ == "data_offsets"); }
  bool enter() { return ++depth_ <= deepest || stop(fmt::format("the header is nested deeper than {}", deepest)); }
  bool other() { return depth_ < 2 || metadata_ || is_known_part() ? wrong() : true; }
  bool stop(std::string why) {
    fault = std::move(why);
    return false;
  }
  bool incomplete() { return stop(fmt::format("\"{}\" lacks dtype, shape or data_offsets", name_)); }
  bool wrong() {
    if (depth_ == 0) return stop("the header is no JSON object");
    return metadata_ ? stop("__metadata__ holds what is no text") : incomplete();
  }

  std::string name_, part_;  // the keys that lead to what comes next
  std::set<std::string> names_, given_;  // of the header, of the entry
  int depth_ = 0;
  bool metadata_ = false;
};

struct Loader {
  const std::string& path;
  Location at;
  InputStream in{"load_safetensors", path, at};

  [[noreturn]] void refuse(const std::string& what) {
    fail<FileError>(at, "load_safetensors", fmt::format("{}: {}", path, what));
  }

  // In the order of their bytes.
  std::vector<Entry> header() {
    std::uint64_t size = 0;
    if (const std::size_t came = in.read(&size, sizeof size); came < sizeof size)
      refuse(fmt::format("{} bytes hold no safetensors", came));
    if (size > in.most_left()) refuse(fmt::format("the header promises {} bytes; {} came", size, in.skip_rest()));
    if (size > longest_header) refuse(fmt::format("a header has at most {} bytes, not {}", longest_header, size));
    std::string text(size, ' ');
    if (const std::size_t came = in.read(text.data(), size); came < size)
      refuse(fmt::format("the header promises {} bytes; {} came", size, came));
    HeaderReader reader;
    if (!text.starts_with('{')) refuse("the header is no JSON object");
    if (!Json::sax_parse(text, &reader)) refuse(reader.fault);
    auto place = [](const Entry& entry) {
      return std::pair(entry.offsets[0], entry.offsets[1]);
    };  // what is empty comes first
    std::stable_sort(reader.entries.begin(), reader.entries.end(),
                     [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
    return std::move(reader.entries);
  }
  // The bytes of numbers lie one tensor behind the other.
  void require_whole(const std::vector<Entry>& entries) {
    std::uint64_t end = 0;
    for (const Entry& entry : entries) {
      const auto first = entry.offsets[0], last = entry.offsets[1];
      if (first < end || last < first) refuse(fmt::format("\"{}\" lies over another tensor", entry.name));
      if (first > end) refuse(fmt::format("bytes {} to {} belong to no tensor", end, first));
      end = last;
    }
    const std::uint64_t left = in.most_left();
    if (end > left)
      refuse(fmt::format("\"{}\" lies at bytes {} to {} of {}: the file is cut", entries.back().name,
                         entries.back().offsets[0], end, left));
  }
  Tensor empty_of(const Entry& entry) {
    const auto type = type_of(entry.type);
    if (!type) refuse(fmt::format("\"{}\" is of type {}, which gradtape lacks", entry.name, entry.type));
    Shape shape;
    std::uint64_t wanted = size_of(*type);
    for (const std::uint64_t size : entry.shape) {
      if (size > INT64_MAX) refuse(fmt::format("\"{}\" has a size of {}", entry.name, size));
      shape.push_back(static_cast<std::int64_t>(size));
      if (__builtin_mul_overflow(wanted, size, &wanted)) wanted = UINT64_MAX;
    }
    if (const std::uint64_t came = entry.offsets[1] - entry.offsets[0]; came != wanted)
      refuse(fmt::format("\"{}\" {} of {} takes {} bytes; {} came", entry.name, to_string(shape), name_of(*type),
                         wanted, came));
    return new_tensor("load_safetensors", shape, {.dtype = *type}, at).set_name(entry.name);
  }
  NamedTensors all() {
    const std::vector<Entry> entries = header();
    require_whole(entries);
    NamedTensors tensors;
    for (const Entry& entry : entries) {
      Tensor x = empty_of(entry);
      const std::uint64_t wanted = entry.offsets[1] - entry.offsets[0];
      if (const std::size_t came = in.read(x.tensor_data()->data, wanted); came < wanted)
        refuse(fmt::format("\"{}\" takes {} bytes; {} came: the file is cut", entry.name, wanted, came));
      tensors.push_back({entry.name, as_constant(std::move(x))});
    }
    if (const std::uint64_t more = in.skip_rest())
      refuse(fmt::format("{} bytes lie behind the numbers that are described", more));
    return tensors;
  }
};

}  // namespace

void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata, Location at) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<Tensor> dense;
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty() || name == "__metadata__" || header.contains(name))
      fail<ValueError>(at, "save_safetensors", fmt::format("\"{}\" is no name for a tensor, or is given twice", name));
    dense.push_back(tensor.detach().to(Device::cpu()).contiguous());
    const std::uint64_t first = end;
    end += static_cast<std::uint64_t>(tensor.numel()) * size_of(tensor.dtype());
    header[name] = {{"dtype", code_of(tensor.dtype())},
                    {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
                    {"data_offsets", {first, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::type_error&) { fail<ValueError>(at, "save_safetensors", "a name is not UTF-8"); }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned
  const std::uint64_t size = text.size();
  std::vector<std::span<const std::uint8_t>> parts{{reinterpret_cast<const std::uint8_t*>(&size), sizeof size},
                                                   {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
  for (const Tensor& x : dense)
    parts.emplace_back(reinterpret_cast<const std::uint8_t*>(x.tensor_data()->data),
                       static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  write_file("save_safetensors", path, parts, at);
}

NamedTensors load_safetensors(const std::string& path, Location at) {
  Call call(at);
  try {
    return Loader{path, at}.all();
  } catch (const std::bad_alloc&) {
    fail<OutOfMemoryError>(at, "load_safetensors", fmt::format("no memory for what {} holds", path));
  }
}

}  // namespace gradtape
