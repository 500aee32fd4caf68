#include <gradtape/models/safetensors.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

using Json = nlohmann::json;

constexpr std::pair<const char*, DType> types[] = {{"F16", DType::float16}, {"BF16", DType::bfloat16}, {"F32", DType::float32}, {"F64", DType::float64},
                                                   {"I64", DType::int64},   {"I32", DType::int32},     {"U8", DType::uint8},    {"BOOL", DType::boolean}};
const char* code_of(DType type) {
  return std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return t.second == type; })->first;
}
std::optional<DType> type_of(const std::string& code) {
  const auto found = std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return code == t.first; });
  return found == std::end(types) ? std::nullopt : std::optional(found->second);
}

struct Loader {
  const std::string& path;
  Location where;
  std::vector<std::uint8_t> bytes;
  std::size_t data = 0;  // where the numbers start

  [[noreturn]] void refuse(const std::string& what) { fail<FileError>(where, "load_safetensors", fmt::format("{}: {}", path, what)); }

  Json header() {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) refuse(fmt::format("{} bytes hold no safetensors", bytes.size()));
    std::memcpy(&size, bytes.data(), sizeof size);
    if (size > bytes.size() - sizeof size) refuse(fmt::format("the header promises {} bytes; {} came", size, bytes.size() - sizeof size));
    data = sizeof size + size;
    const auto* first = reinterpret_cast<const char*>(bytes.data() + sizeof size);
    std::set<std::string> names;
    bool twice = false;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::key && depth == 1) twice |= !names.insert(parsed.get<std::string>()).second;
      return true;
    };
    Json json = Json::parse(first, first + size, watch, false);
    if (json.is_discarded() || !json.is_object()) refuse("the header is no JSON object");
    if (twice) refuse("a name appears twice");
    return json;
  }
  Tensor tensor_of(const std::string& name, const Json& entry) {
    const bool complete =
        entry.is_object() && entry.contains("dtype") && entry["dtype"].is_string() && entry.contains("shape") &&
        entry["shape"].is_array() && entry.contains("data_offsets") && entry["data_offsets"].is_array() &&
        entry["data_offsets"].size() == 2 && entry["data_offsets"][0].is_number_unsigned() &&
        entry["data_offsets"][1].is_number_unsigned() &&
        std::all_of(entry["shape"].begin(), entry["shape"].end(), [](const Json& size) { return size.is_number_unsigned(); });
    if (!complete) refuse(fmt::format("\"{}\" lacks dtype, shape or data_offsets", name));
    const auto type = type_of(entry["dtype"].get<std::string>());
    if (!type) refuse(fmt::format("\"{}\" is of type {}, which gradtape lacks", name, entry["dtype"].get<std::string>()));
    if (entry["shape"].size() > max_rank) refuse(fmt::format("\"{}\" has {} dimensions; at most {} are possible", name, entry["shape"].size(), max_rank));
    Shape shape;
    std::uint64_t wanted = size_of(*type);
    for (const Json& size : entry["shape"]) {
      if (size.get<std::uint64_t>() > INT64_MAX) refuse(fmt::format("\"{}\" has a size of {}", name, size.get<std::uint64_t>()));
      shape.push_back(size.get<std::int64_t>());
      if (__builtin_mul_overflow(wanted, size.get<std::uint64_t>(), &wanted)) wanted = UINT64_MAX;
    }
    const auto first = entry["data_offsets"][0].get<std::uint64_t>(), last = entry["data_offsets"][1].get<std::uint64_t>();
    if (first > last || last > bytes.size() - data)
      refuse(fmt::format("\"{}\" lies at bytes {} to {} of {}: the file is cut", name, first, last, bytes.size() - data));
    if (last - first != wanted)
      refuse(fmt::format("\"{}\" {} of {} takes {} bytes; {} came", name, to_string(shape), name_of(*type), wanted, last - first));
    Tensor x = empty(shape, {.dtype = *type}, where);
    if (wanted) std::memcpy(x.body()->data, bytes.data() + data + first, wanted);
    return x.set_name(name);
  }
  NamedTensors all() {
    const Json json = header();
    NamedTensors tensors;
    for (const auto& [name, entry] : json.items()) {
      if (name == "__metadata__") continue;
      tensors.emplace_back(name, tensor_of(name, entry));
    }
    std::stable_sort(tensors.begin(), tensors.end(), [&](const auto& a, const auto& b) {
      return json[a.first]["data_offsets"][0].template get<std::uint64_t>() < json[b.first]["data_offsets"][0].template get<std::uint64_t>();
    });
    std::uint64_t end = 0;
    for (const auto& [name, tensor] : tensors) {
      const auto first = json[name]["data_offsets"][0].get<std::uint64_t>();
      if (first < end) refuse(fmt::format("\"{}\" lies over another tensor", name));
      end = json[name]["data_offsets"][1].get<std::uint64_t>();
    }
    if (end != bytes.size() - data) refuse(fmt::format("{} bytes of numbers are described; {} came", end, bytes.size() - data));
    return tensors;
  }
};

}  // namespace

void save_safetensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata, Location where) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<Tensor> dense;
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty() || name == "__metadata__" || header.contains(name))
      fail<ValueError>(where, "save_safetensors", fmt::format("\"{}\" is no name for a tensor, or is given twice", name));
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
  } catch (const Json::type_error&) {
    fail<ValueError>(where, "save_safetensors", "a name is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned
  const std::uint64_t size = text.size();
  std::vector<std::span<const std::uint8_t>> parts{{reinterpret_cast<const std::uint8_t*>(&size), sizeof size},
                                                   {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
  for (const Tensor& x : dense)
    parts.emplace_back(reinterpret_cast<const std::uint8_t*>(x.body()->data), static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  write_file("save_safetensors", path, parts, where);
}

NamedTensors load_safetensors(const std::string& path, Location where) {
  return Loader{path, where, read_file("load_safetensors", path, where)}.all();
}

}  // namespace gradtape
