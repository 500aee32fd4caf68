#include <gradtape/autograd/fused_kernel.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/copying.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/cuda/device_part.h>
#include <gradtape/cuda/runtime_compiler.h>
#include <gradtape/cuda/runtime_headers.h>
#include <gradtape/ops/pointwise_launch.h>

namespace gradtape::cuda {
namespace {

// What an element is in a kernel's text; null for those that fused kernels do not read.
const char* word_of(DType type) {
  switch (type) {
    case DType::float32:
      return "float";
    case DType::float64:
      return "double";
    case DType::int64:
      return "std::int64_t";
    case DType::int32:
      return "std::int32_t";
    case DType::int16:
      return "std::int16_t";
    case DType::int8:
      return "std::int8_t";
    case DType::uint8:
    case DType::boolean:
      return "std::uint8_t";
    default:
      return nullptr;
  }
}

// The parameters of a kernel: as a struct in its text, and its bytes.
class Parameters {
 public:
  template <class T>
  void add(const std::string& type, const std::string& name, const T& value) {
    add(type, name, &value, sizeof value, alignof(T));
  }
  void add(const std::string& type, const std::string& name, const void* value, std::size_t bytes,
           std::size_t alignment) {
    const std::size_t begin = (bytes_.size() + alignment - 1) / alignment * alignment;
    bytes_.resize(begin + bytes);
    std::memcpy(bytes_.data() + begin, value, bytes);
    fields_ += fmt::format("  alignas({}) {} {};\n", alignment, type, name);
  }
  // The struct is as long as the bytes, or the text is no match for them and refused.
  void close() { bytes_.resize((bytes_.size() + 15) / 16 * 16); }
  std::string text() const {
    return fmt::format("struct alignas(16) Given {{\n{}}};\nstatic_assert(sizeof(Given) == {});\n", fields_,
                       bytes_.size());
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::string fields_;
  std::vector<std::byte> bytes_;
};

class PointwiseKernel : public device::FusedKernel {
 public:
  PointwiseKernel(CompiledKernel kernel, Device device, std::int64_t threads, std::vector<std::byte> parameters,
                  double bytes)
      : kernel_(kernel), device_(device), threads_(threads), parameters_(std::move(parameters)), bytes_(bytes) {}
  void launch() const override { kernel_.launch(device_, threads_, parameters_.data()); }
  double bytes() const override { return bytes_; }

 private:
  CompiledKernel kernel_;
  Device device_;
  std::int64_t threads_;
  std::vector<std::byte> parameters_;
  double bytes_;
};

// Passes over as many elements each, one behind the other, as the text of a kernel.
class Chain {
 public:
  // False where the launch cannot be a part of it.
  bool add(const Launch& work);
  // False where what is written lies over what else is read or written.
  bool close(std::span<const void* const> passing);
  std::unique_ptr<device::FusedKernel> compile();
  const std::string& why_not() const { return why_not_; }

 private:
  // Which element of an array is read at a place: the one of that place, always the same one, so many of them again and
  // again, or each for so many places.
  enum class Way { each, one, cycled, stretched };
  struct Reading {
    Way way = Way::each;
    std::int64_t period = 0;  // so many
    bool operator==(const Reading&) const = default;
  };
  // What a tensor's elements are: in memory, and at a place as a value, which was read or made.
  struct Array {
    const std::byte* data;
    std::size_t bytes;
    DType type;
    std::string name;
    Reading reading = {};
    bool passes = false;
    bool lies_over(const Array& other) const { return data < other.data + other.bytes && other.data < data + bytes; }
    bool is_place_of(const Array& other) const {
      return data == other.data && bytes == other.bytes && reading.way == Way::each;
    }
  };

  bool refuse(std::string why) {
    why_not_ = std::move(why);
    return false;
  }
  bool begin(const TensorData& like, const Launch& work);
  bool add(const PointwisePass& pass);
  bool add_copy(const TensorData& from, const TensorData& to);
  bool read(const TensorData* x, DType type, const Shape& shape, std::string& value);
  bool find_reading(const TensorData& x, const Shape& shape, Reading& reading);
  bool read_array(const TensorData& x, Reading reading, std::string& name);
  std::string add_number(const std::byte* number, DType type);
  void write(const TensorData& out, std::string value);
  bool take_headers(const OpText& op);
  KernelText text() const;
  std::string body() const;
  int together() const;

  static std::size_t bytes_of(const TensorData& x) { return static_cast<std::size_t>(x.count) * size_of(x.dtype); }

  std::string why_not_, name_ = "fused", passes_;
  std::set<std::string> includes_;
  Parameters parameters_;
  Device device_;
  std::int64_t count_ = -1;
  bool single_ = false;  // some elements have 32 bits
  int made_ = 0, numbers_ = 0;
  std::vector<Array> read_, written_;
  std::map<std::string, const char*> headers_;
};

bool Chain::add(const Launch& work) {
  if (work.kernel == &fill_kernel || work.kernel == &copy_kernel) {
    const TensorData& to = *work.out();
    if (!begin(to, work)) return false;
    if (work.kernel == &copy_kernel) return add_copy(*work.in(0), to);
    std::byte number[8];
    write_number(work.as<Number>(), to.dtype, number);
    return write(to, add_number(number, to.dtype)), true;
  }
  const auto pass = pointwise_pass(work);
  if (!pass) return refuse(fmt::format("{} is no pointwise work", work.name));
  if (!pass->row->cuda || pass->row->cuda->text.headers.empty())
    return refuse(fmt::format("{} was built without its text", work.name));
  return begin(*pass->like, work) && add(*pass);
}
bool Chain::begin(const TensorData& like, const Launch& work) {
  if (count_ < 0) {
    count_ = like.count;
    device_ = work.device();
    if (count_ == 0) return refuse("nothing is to be done");
    parameters_.add("std::int64_t", "count", count_);
  }
  if (like.count != count_ || work.device() != device_)
    return refuse(fmt::format("{} goes over other elements", work.name));
  if (device_ == Device::cpu()) return refuse(fmt::format("{} is done on the CPU", work.name));
  if (!like.contiguous) return refuse(fmt::format("{} writes scattered elements", work.name));
  if (!word_of(like.dtype)) return refuse(fmt::format("{} writes {}", work.name, name_of(like.dtype)));
  if (name_.size() < 100) {
    name_.append("_").append(work.name);
    for (char& c : name_) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return true;
}
bool Chain::add_copy(const TensorData& from, const TensorData& to) {
  if (from.storage->device == Device::cpu()) return refuse("a copy comes from the CPU");
  std::string value;
  if (!read(&from, to.dtype, to.shape, value)) return false;
  write(to, value);
  return true;
}

bool Chain::add(const PointwisePass& pass) {
  const OpText& op = pass.row->cuda->text;
  const std::string number = word_of(pass.type) ? word_of(pass.type) : "";
  if (number.empty()) return refuse(fmt::format("{} computes with numbers of another type", pass.row->name));
  const Shape& shape = pass.like->shape;
  std::string x[3], y, g;
  for (int i = 0; i < 3; ++i)
    if (!read(pass.x[i], pass.type, shape, x[i])) return false;
  if (!read(pass.y, pass.type, shape, y) || !read(pass.g, pass.type, shape, g)) return false;

  const int id = made_++;
  std::string self = fmt::format("{}{{}}", op.type);
  if (pass.row->attribute_bytes) {
    self = fmt::format("given.op{}", id);
    parameters_.add(op.type, fmt::format("op{}", id), pass.settings, pass.row->attribute_bytes, 16);
    passes_ += fmt::format("    static_assert(sizeof({}) == {});\n", op.type, pass.row->attribute_bytes);
  }
  passes_ += fmt::format(
      "    Pack<{0}> of{1}[3] = {{{2}, {3}, {4}}}, v{1}[3];\n"
      "    element<{5}, {6}, {0}>({7}, of{1}, Pack<{0}>({8}), Pack<{0}>({9}), v{1});\n",
      number, id, x[0], x[1], x[2], op.type, pass.gradient, self, y, g);
  for (int i = 0; i < 3; ++i)
    if (pass.out[i]) write(*pass.out[i], fmt::format("v{}[{}].v", id, i));
  return take_headers(op);
}

// The tensor's element as a number of that type; one that is not there is not used.
bool Chain::read(const TensorData* x, DType type, const Shape& shape, std::string& value) {
  const std::string number = word_of(type);
  if (!x) return value = number + "(0)", true;
  if (x->storage->device == Device::cpu()) {  // a number of C++
    std::byte bytes[8];
    gather(x->data, x->dtype, Layout(), 0, 1, bytes, type);
    return value = add_number(bytes, type), true;
  }
  const bool rounds = is_floating(x->dtype) && is_floating(type),
             widens = !is_floating(x->dtype) && type != DType::boolean;
  if (!word_of(x->dtype) || (x->dtype != type && !rounds && !widens))
    return refuse(fmt::format("an input is {} and read as {}", name_of(x->dtype), name_of(type)));
  Reading reading{};
  std::string name;
  if (!find_reading(*x, shape, reading) || !read_array(*x, reading, name)) return false;
  value = fmt::format("{}({})", number, name);
  return true;
}
bool Chain::find_reading(const TensorData& x, const Shape& shape, Reading& reading) {
  const Layout lies(x, shape);
  const auto &sizes = lies.sizes, &strides = lies.strides;
  if (sizes.rank() == 0 || (sizes.rank() == 1 && strides[0] == 1)) reading = {Way::each};
  else if (sizes.rank() == 1 && strides[0] == 0) reading = {Way::one};
  else if (sizes.rank() == 2 && strides[0] == 0 && strides[1] == 1) reading = {Way::cycled, sizes[1]};
  else if (sizes.rank() == 2 && strides[0] == 1 && strides[1] == 0) reading = {Way::stretched, sizes[1]};
  else return refuse("an input lies in another order than the result");
  return true;
}
bool Chain::read_array(const TensorData& x, Reading reading, std::string& name) {
  const std::int64_t elements = reading.way == Way::each        ? count_
                                : reading.way == Way::cycled    ? reading.period
                                : reading.way == Way::stretched ? count_ / reading.period
                                                                : 1;
  const std::string given = fmt::format("x{}", read_.size());
  const Array wanted{x.data, static_cast<std::size_t>(elements) * size_of(x.dtype), x.dtype, given + "_of.at[l]",
                     reading};
  for (auto made = written_.rbegin(); made != written_.rend(); ++made)
    if (made->lies_over(wanted)) {
      if (!wanted.is_place_of(*made) || made->type != x.dtype)
        return refuse("an input is a part of what was written before");
      return name = made->name, true;
    }
  for (const Array& known : read_)
    if (known.data == wanted.data && known.type == wanted.type && known.reading == reading)
      return name = known.name, true;
  if (reading.way == Way::each && reinterpret_cast<std::uintptr_t>(x.data) % 16 != 0)
    return refuse("an input does not lie at a multiple of 16 bytes");
  parameters_.add(fmt::format("const {}*", word_of(x.dtype)), given, x.data);
  if (reading.period) parameters_.add("std::int64_t", given + "_period", reading.period);
  single_ |= size_of(x.dtype) == 4;
  read_.push_back(wanted);
  return name = wanted.name, true;
}
std::string Chain::add_number(const std::byte* number, DType type) {
  const std::string name = fmt::format("number{}", numbers_++);
  parameters_.add(word_of(type), name, number, size_of(type), size_of(type));
  return "given." + name;
}

void Chain::write(const TensorData& out, std::string value) {
  const std::string type = word_of(out.dtype), name = fmt::format("y{}", written_.size());
  passes_ += fmt::format("    const {0} {1} = {0}({2});\n", type, name, value);
  single_ |= size_of(out.dtype) == 4;
  written_.push_back({out.data, bytes_of(out), out.dtype, name});
}

bool Chain::close(std::span<const void* const> passing) {
  for (Array& one : written_) one.passes = std::find(passing.begin(), passing.end(), one.data) != passing.end();
  for (std::size_t i = 0; i < written_.size(); ++i) {
    Array& one = written_[i];
    for (std::size_t later = i + 1; later < written_.size() && !one.passes; ++later) {
      if (written_[later].passes || !one.lies_over(written_[later])) continue;
      if (!one.is_place_of(written_[later])) return refuse("results lie over each other");
      one.passes = true;  // only the last is seen in memory
    }
    if (one.passes) continue;
    for (const Array& other : read_)
      if (one.lies_over(other) && !other.is_place_of(one)) return refuse("a result lies over what is read");
    if (reinterpret_cast<std::uintptr_t>(one.data) % 16 != 0)
      return refuse("a result does not lie at a multiple of 16 bytes");
    parameters_.add(fmt::format("{}*", word_of(one.type)), fmt::format("to_{}", one.name), one.data);
  }
  parameters_.close();
  return parameters_.bytes().size() <= 4000 || refuse("too many parameters");
}

bool Chain::take_headers(const OpText& op) {
  includes_.insert(fmt::format("#include \"{}\"\n", op.header()));
  for (const HeaderText& header : op.headers)
    if (std::strcmp(headers_.emplace(header.name, header.text).first->second, header.text) != 0)
      return refuse(fmt::format("there are two headers {}", header.name));
  return true;
}

// How many elements a thread computes: those of 128 bits.
int Chain::together() const { return single_ ? 4 : 2; }

KernelText Chain::text() const {
  KernelText kernel{name_, {}, {}};
  const auto known = [&](std::string_view name) {
    return is_runtime_header(name) || headers_.contains(std::string(name));
  };
  for (const HeaderText& header : runtime_headers()) kernel.headers.emplace_back(header.name, header.text);
  for (const auto& [name, text] : headers_) kernel.headers.emplace_back(name, device_part(text, known));
  kernel.text =
      fmt::format(R"(#include <gradtape/ops/pointwise.h>
#include <gradtape/cuda/fused_elements.h>
{}
using namespace gradtape;
using namespace gradtape::cuda;

constexpr int together = {};
using Index = std::uint{}_t;
{}
extern "C" __global__ void __launch_bounds__(256) {}(const __grid_constant__ Given given) {{
  const std::int64_t i = (std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x) * together, left = given.count - i;
  if (left <= 0) return;
{}}}
)",
                  fmt::join(includes_, ""), together(), count_ >> 31 ? 64 : 32, parameters_.text(), name_, body());
  return kernel;
}
std::string Chain::body() const {
  std::string loads, results, stores, puts;
  for (std::size_t k = 0; k < read_.size(); ++k) {
    static constexpr const char* ways[] = {"load<together>(given.x{0}, i, left)", "repeat<together>(*given.x{0})",
                                           "load_cycled<together, Index>(given.x{0}, given.x{0}_period, i, left)",
                                           "load_stretched<together, Index>(given.x{0}, given.x{0}_period, i, left)"};
    loads += fmt::format("  const auto x{}_of = {};\n", k,
                         fmt::format(fmt::runtime(ways[static_cast<int>(read_[k].reading.way)]), k));
  }
  for (const Array& one : written_) {
    if (one.passes) continue;
    results += fmt::format("  Elements<{}, together> {}_of;\n", word_of(one.type), one.name);
    puts += fmt::format("    {0}_of.at[l] = {0};\n", one.name);
    stores += fmt::format("  store<together>(given.to_{0}, i, left, {0}_of);\n", one.name);
  }
  return fmt::format("{}{}#pragma unroll\n  for (int l = 0; l < together; ++l) {{\n{}{}  }}\n{}", loads, results,
                     passes_, puts, stores);
}

std::unique_ptr<device::FusedKernel> Chain::compile() {
  const auto kernel = compiled(text(), device_, why_not_);
  if (!kernel) return nullptr;
  double bytes = 0;
  for (const Array& one : read_) bytes += static_cast<double>(one.bytes);
  for (const Array& one : written_) bytes += one.passes ? 0.0 : static_cast<double>(one.bytes);
  const std::int64_t threads = (count_ + together() - 1) / together();
  return std::make_unique<PointwiseKernel>(*kernel, device_, threads, parameters_.bytes(), bytes);
}

}  // namespace
}  // namespace gradtape::cuda

namespace gradtape::device {

namespace {

bool add_all(cuda::Chain& chain, std::span<const Launch* const> launches, std::span<const void* const> passing) {
  return std::ranges::all_of(launches, [&](const Launch* work) { return chain.add(*work); }) && chain.close(passing);
}

}  // namespace

std::size_t fusible(std::span<const Launch* const> launches, std::span<const void* const> passing) {
  cuda::Chain open;
  std::size_t count = 0;
  while (count < launches.size() && open.add(*launches[count])) ++count;
  const auto together = [&] {
    cuda::Chain chain;
    return add_all(chain, launches.first(count), passing);
  };
  while (count > 0 && !together()) --count;
  return count;
}

std::unique_ptr<FusedKernel> fuse(std::span<const Launch* const> launches, std::span<const void* const> passing,
                                  std::string& why_not) {
  cuda::Chain chain;
  std::unique_ptr<FusedKernel> kernel;
  if (!launches.empty() && add_all(chain, launches, passing)) kernel = chain.compile();
  why_not = chain.why_not();
  return kernel;
}

}  // namespace gradtape::device
