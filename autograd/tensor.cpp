#include <gradtape/autograd/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/copying.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/tape.h>

namespace gradtape {
namespace {

// A dense row-major tensor's element count; throws for sizes that cannot be.
std::int64_t checked_count(const char* op, const Shape& shape, DType dtype, Location at) {
  for (auto size : shape)
    if (size < 0) fail<ShapeError>(at, op, fmt::format("{} has a negative size", to_string(shape)));
  const std::int64_t count = count_of(shape);
  if (count > most_elements)
    fail<OutOfMemoryError>(at, op,
                           fmt::format("a {} tensor of {} does not fit into memory", to_string(shape), name_of(dtype)));
  return count;
}

bool is_const_memory(const Tensor& x) {
  const detail::ExternalBuffer* external = x.tensor_data()->storage->external;
  return external && external->only_read;
}

void refuse_reading(const char* op) {
  refuse_inside_capture(op, "elements cannot be read inside a captured step",
                        "Return the tensor from the step, and read it there.");
}

// All elements become the number, converted.
void fill(const TensorData& to, Number value) {
  alignas(8) std::byte number[8];
  write_number(value, to.dtype, number);
  Layout repeated;
  repeated.sizes = {to.count};
  repeated.strides = {0};
  if (to.contiguous) return gather(number, to.dtype, repeated, 0, to.count, to.data, to.dtype);
  const Tensor dense = new_full("fill_", to.shape, value, {.dtype = to.dtype});
  copy_elements(*dense.tensor_data(), to);
}
void fill_on_cpu(const Launch& work) { fill(*work.out(), work.as<Number>()); }
void fill_on_cuda(const Launch& work) { device::fill(*work.out(), work.as<Number>()); }

template <class Bits>
void copy_loop(const void*, const Loop& loop) {
  const auto count = static_cast<std::size_t>(loop.count);
  if (loop.step[0]) std::memcpy(loop.out[0], loop.in[0], count * sizeof(Bits));
  else std::fill_n(static_cast<Bits*>(loop.out[0]), count, *static_cast<const Bits*>(loop.in[0]));
}
// Are all elements the same one?
bool is_one_number(const TensorData& x) {
  const Layout lies(x);
  return lies.sizes.rank() == 0 || (lies.sizes.rank() == 1 && lies.strides[0] == 0);
}
// A pass that writes a tensor of packs.
bool writes_pass(const TensorData& out, Elementwise& pass) {
  const std::size_t size = size_of(out.dtype);
  if (!out.in_packs || size < 4 || out.count == 0) return false;
  pass = {.run = size == 4 ? copy_loop<std::uint32_t> : copy_loop<std::uint64_t>,
          .loop = {},
          .size = size,
          .out_size = size};
  pass.loop.out[0] = out.data;
  pass.loop.count = out.count;
  return true;
}
bool fill_elementwise(const Launch& work, Elementwise& pass) {
  if (!writes_pass(*work.out(), pass)) return false;
  pass.constant = true;
  pass.prepare = [](const Launch& fill, std::byte* room) { write_number(fill.as<Number>(), fill.out()->dtype, room); };
  return true;
}

void copy(const Launch& work) { copy_elements(*work.in(0), *work.out()); }
// One number, or as many as are written.
bool copy_elementwise(const Launch& work, Elementwise& pass) {
  const TensorData& from = *work.in(0);
  if (from.dtype != work.out()->dtype || !writes_pass(*work.out(), pass)) return false;
  pass.loop.in[0] = from.data;
  pass.loop.step[0] = from.in_packs;
  return from.in_packs || is_one_number(from);
}

}  // namespace

constinit const Kernel fill_kernel{fill_on_cpu, GT_ON_CUDA(fill_on_cuda), fill_elementwise, no_flops};
constinit const Kernel copy_kernel{copy, GT_ON_CUDA(copy), copy_elementwise, no_flops};

namespace {

// The numbers of a list, made on the CPU from the settings, converted.
template <class List>
void write_list(const Launch& work) {
  const auto& list = work.as<List>();
  using T = decltype(list(0));
  const Tensor numbers = new_tensor(work.name, {work.out()->count}, {.dtype = dtype_of<T>});
  T* to = elements<T>(numbers.tensor_data());
  for (std::int64_t i = 0; i < work.out()->count; ++i) to[i] = list(i);
  copy_elements(*numbers.tensor_data(), *work.out());
}
template <class List>
constexpr Kernel list_kernel{write_list<List>, GT_ON_CUDA(write_list<List>)};
template <class List>
Tensor new_list(const char* op, const List& list, std::int64_t count, TensorOptions options, Location at) {
  Tensor x = new_tensor(op, {count}, options, at);
  launch(list_kernel<List>, op, list, {x}, {});
  return x;
}

struct IntegerRange {
  std::int64_t start, step;
  std::int64_t operator()(std::int64_t i) const { return static_cast<std::int64_t>(start + __int128(i) * step); }
};
struct FloatingRange {
  double start, step;
  double operator()(std::int64_t i) const { return start + static_cast<double>(i) * step; }
};
struct EvenlySpaced {
  double first, last;
  std::int64_t count;
  double operator()(std::int64_t i) const {
    if (i == count - 1 && count > 1) return last;
    return first + (count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0) * (last - first);
  }
};

void write_unit_rows(const Launch& work) {
  const TensorData& rows = *work.out();
  fill(rows, 0);
  for (std::int64_t i = 0, at = work.as<std::int64_t>(); i < rows.shape[0]; ++i, at += rows.shape[1] + 1)
    write_number(1, rows.dtype, rows.data + static_cast<std::size_t>(at) * size_of(rows.dtype));
}
constexpr Kernel unit_rows_kernel{write_unit_rows, nullptr, nullptr, no_flops};

[[noreturn]] void endless(Number start, Number stop, Number step, Location at) {
  fail<ValueError>(
      at, "arange",
      fmt::format("from {} to {} in steps of {} has no end", start.as_double(), stop.as_double(), step.as_double()));
}

// Whole numbers, all exact.
Tensor integer_range(Number from, Number to, Number by, DType dtype, Device device, Location at) {
  const std::int64_t start = from.as_integer(), step = by.as_integer();
  if (step == 0) endless(from, to, by, at);
  using Wide = __int128;
  const Wide way = Wide(to.as_integer()) - start, last_step = (way - (step > 0 ? 1 : -1)) / step;
  const auto count =
      (way > 0) == (step > 0) && way != 0 ? static_cast<std::int64_t>(std::min<Wide>(last_step + 1, INT64_MAX)) : 0;
  const IntegerRange number_at{start, step};
  for (const std::int64_t i : {std::int64_t(0), count - 1})
    if (count > 0 && !is_floating(dtype) && !holds(dtype, number_at(i)))
      fail<ValueError>(at, "arange", fmt::format("{} cannot hold {}", name_of(dtype), number_at(i)));
  return new_list("arange", number_at, count, {.dtype = dtype, .device = device}, at);
}
double rounded_to(DType type, double number) {
  alignas(8) std::byte held[8];
  write_number(number, type, held);
  gather(held, type, Layout(), 0, 1, &number, DType::float64);
  return number;
}
// NumPy's count, less one where the last would round to stop.
Tensor floating_range(Number from, Number to, Number by, DType dtype, Device device, Location at) {
  const double start = from.as_double(), stop = to.as_double(), step = by.as_double();
  if (!(step != 0) || !std::isfinite((stop - start) / step)) endless(from, to, by, at);
  const FloatingRange number_at{start, step};
  auto is_before_stop = [=](std::int64_t i) {
    const double number = rounded_to(dtype, number_at(i)), end = rounded_to(dtype, stop);
    return step > 0 ? number < end : number > end;
  };
  auto count = static_cast<std::int64_t>(std::clamp(std::ceil((stop - start) / step), 0.0, 0x1p62));
  if (count > 0 && !is_before_stop(count - 1)) --count;
  return new_list("arange", number_at, count, {.dtype = dtype, .device = device}, at);
}

// How many elements lie between the first and the last of a blob, both included.
std::int64_t extent_of(const Shape& shape, const Strides& strides, Location at) {
  if (strides.rank() != shape.rank())
    fail<ShapeError>(
        at, "from_blob",
        fmt::format("the strides {} are not as many as the sizes {}", to_string(strides), to_string(shape)));
  std::int64_t last = 0;
  for (int d = 0; d < shape.rank(); ++d) {
    if (strides[d] < 0)
      fail<ShapeError>(at, "from_blob", fmt::format("the strides {} hold a negative one", to_string(strides)));
    const std::int64_t reach = product_of(std::max<std::int64_t>(0, shape[d] - 1), strides[d]);
    if (reach > most_elements - 1 - last)
      fail<ShapeError>(at, "from_blob", fmt::format("the strides {} lead beyond all memory", to_string(strides)));
    last += reach;
  }
  return count_of(shape) ? last + 1 : 0;
}

Tensor blob(void* data, bool only_read, const Shape& shape, const BlobOptions& options, std::function<void()> let_go,
            Location at) {
  device::require("from_blob", options.device, at);
  const DType dtype = options.dtype.value_or(DType::float32);
  const std::int64_t count = checked_count("from_blob", shape, dtype, at);
  if (data == nullptr && count > 0) fail<ValueError>(at, "from_blob", "a null pointer has no elements");
  const Strides strides = options.strides.value_or(dense_strides(shape));
  const std::int64_t extent = extent_of(shape, strides, at);
  Tensor x = Tensor::adopt(new_tensor_data({}, 0, dtype));
  TensorData* tensor = x.tensor_data();
  tensor->own.device = options.device;
  tensor->own.external = new detail::ExternalBuffer{std::move(let_go), only_read};
  tensor->own.data = data;
  tensor->own.bytes = static_cast<std::size_t>(extent) * size_of(dtype);
  tensor->data = static_cast<std::byte*>(data);
  tensor->count = count;
  tensor->shape = shape;
  tensor->contiguous = are_dense(shape, strides);
  if (!tensor->contiguous) tensor->strides = strides;
  look_for_packs(*tensor);
  return x;
}

void require_plain(const char* op, const Tensor& from, const char* instead, Location at) {
  if (detail::wants_gradient(from))
    fail<TapeError>(at, op, "a gradient flows to what is written, and would be lost", {{"from", from}},
                    fmt::format("Make a new tensor instead ({}), or write from.detach().", instead));
}

void require_on_cpu(const char* op, const Tensor& x, Location at) {
  if (x.device() != Device::cpu())
    fail<DeviceError>(at, op, "works on the CPU", {{"tensor", x}}, "Bring the tensor there: x.to(gt::Device::cpu()).");
}

}  // namespace

void require_writable(const char* op, const Tensor& to, Location at) {
  if (!to.defined()) fail<ValueError>(at, op, "the tensor is undefined", {}, "Give it a value first.");
  detail::require_own(op, to.tensor_data(), at);
  if (is_const_memory(to))
    fail<ValueError>(at, op, "the tensor wraps const memory, which is not written", {{"tensor", to}},
                     "Write to a copy: x.clone().");
  const detail::Recording* list = detail::recording;
  const bool recorded = list && to.tensor_data()->tape == list->generation();
  if (recorded || (list && to.tensor_data()->requires_grad))
    fail<TapeError>(at, op,
                    recorded ? "the tensor was computed on the open tape, so it cannot be written in place"
                             : "a tensor that requires a gradient cannot be written while a tape records",
                    {{"tensor", to}},
                    recorded ? "Make a new tensor instead (x = x + y), or write before the tape opens."
                             : "Write outside the tape, or inside a gt::NoGrad scope.");
  if (!has_own_places(*to.tensor_data()))
    fail<ValueError>(at, op, "several elements of the tensor lie in one place, so it cannot be written in place",
                     {{"tensor", to}}, "Write to x.clone(), or to what was expanded.");
}
void require_one_device(const char* op, std::initializer_list<Shown> tensors, Location at) {
  const Shown* first = nullptr;
  for (const Shown& shown : tensors) {
    if (!shown.tensor.defined() || shown.tensor.tensor_data()->weak_type) continue;
    if (!first) first = &shown;
    if (shown.tensor.device() != first->tensor.device())
      fail<DeviceError>(at, op, "the tensors are on different devices", {*first, shown},
                        "Bring them together: x.to(device).");
  }
}

void refuse_without_kernels(const char* op) {
  fail<DeviceError>({}, op, "this op was built without CUDA", {}, "Build its library where the CUDA toolkit is found.");
}

Tensor::Tensor(Number number) : data_(new_tensor_data({}, 1, number.dtype())) {
  data_->weak_type = number.is_integer() ? 2 : 1;
  data_->in_packs = false;
  std::memcpy(data_->data, number.data(), 8);
}

std::int64_t Tensor::size(int dim, Location at) const {
  const int rank = this->dim();
  if (dim < -rank || dim >= rank)
    fail<IndexError>(at, "size", fmt::format("there is no dimension {}", dim), {{"tensor", *this}},
                     rank ? fmt::format("{} to {} are there.", -rank, rank - 1) : "A number has none.");
  return shape()[dim < 0 ? dim + rank : dim];
}

void Tensor::require_readable(DType wanted, bool only_read, Location at) const {
  if (detail::is_capturing_on_cpu()) refuse_reading("data");
  require_on_cpu("data", *this, at);
  if (dtype() != wanted)
    fail<DTypeError>(
        at, "data", fmt::format("read as {}", name_of(wanted)), {{"tensor", *this}},
        fmt::format("Convert it first: x.to(gt::{}).", wanted == DType::boolean ? "boolean" : name_of(wanted)));
  if (!only_read && is_const_memory(*this)) [[unlikely]]
    fail<ValueError>(at, "data", "the tensor wraps const memory, which is not written", {{"tensor", *this}},
                     "Read it as const: x.data<const T>().");
}
void Tensor::require_room(std::size_t size) const {
  if (product_of(numel(), static_cast<std::int64_t>(size)) > static_cast<std::int64_t>(memory_of_machine()))
    refuse_to_copy(size);
}
void Tensor::refuse_to_copy(std::size_t size) const {
  fail<OutOfMemoryError>({}, "to_vector", fmt::format("{} elements of {} bytes do not fit into memory", numel(), size),
                         {{"tensor", *this}});
}

void Tensor::refuse_undefined() {
  fail<ValueError>({}, "tensor", "the tensor is undefined", {}, "Give it a value first.");
}

void Tensor::take_item(void* to, DType type, Location at) const {
  if (numel() != 1) fail<ShapeError>(at, "item", "needs a tensor of exactly one element", {{"tensor", *this}});
  copy_to("item", to, type);
}
void Tensor::copy_to(const char* op, void* to, DType type) const {
  refuse_reading(op);
  if (device() != Device::cpu()) {
    const Tensor here = new_tensor(op, shape(), {.dtype = dtype()});
    copy_elements(*data_, *here.data_);
    return here.copy_to(op, to, type);
  }
  gradtape::gather(data_->data, dtype(), Layout(*data_), 0, numel(), to, type);
}

bool Tensor::requires_grad() const { return data_ && (data_->requires_grad || !is_leaf()); }
bool Tensor::is_leaf() const {
  const detail::Recording* list = detail::open_recording();
  return there()->requires_grad || !list || data_->tape == 0 || data_->tape != list->generation();
}
bool Tensor::is_frozen() const { return gradtape::detail::is_frozen(there()); }
Tensor& Tensor::requires_grad_(bool on, Location at) {
  if (!is_floating(dtype()))
    fail<DTypeError>(at, "requires_grad_", "only floating tensors (float16, bfloat16, float32, float64) have gradients",
                     {{"tensor", *this}});
  if (!is_leaf())
    fail<TapeError>(at, "requires_grad_", "this tensor was computed on the open tape, and has its gradient already",
                    {{"tensor", *this}}, "Call detach() first for a new leaf.");
  data_->requires_grad = on;
  if (!data_->leaf && detail::capturing) detail::capturing->effects.makes(data_);
  detail::Leaf& leaf = detail::leaf_of(data_);
  std::lock_guard lock(leaf.mutex);
  leaf.frozen = !on;
  if (!on) leaf.consumed = true;
  return *this;
}
Tensor Tensor::grad(Location at) const {
  if (!is_leaf())
    fail<TapeError>(at, "grad", "this tensor is no leaf, so backward() leaves no gradient with it", {{"tensor", *this}},
                    "Ask for it: gt::grad(loss, x).");
  if (!data_->leaf) return {};
  std::lock_guard lock(data_->leaf->mutex);
  if (detail::capturing) detail::capturing->effects.will_read(data_, detail::SideEffects::Reads::any, "grad", at);
  return data_->leaf->gradient;
}
Tensor Tensor::unused_grad(Location at) const {
  if (!there()->requires_grad || !data_->leaf) return {};
  std::lock_guard lock(data_->leaf->mutex);
  if (detail::capturing)
    detail::capturing->effects.will_read(data_, detail::SideEffects::Reads::unused, "unused_grad", at);
  return data_->leaf->consumed ? Tensor() : data_->leaf->gradient;
}
void Tensor::zero_grad() {
  if (!there()->leaf) return;
  std::lock_guard lock(data_->leaf->mutex);
  if (detail::capturing) detail::capturing->effects.will_forget(data_);
  data_->leaf->gradient = {};
  data_->leaf->consumed = false;
}
void Tensor::mark_grad_used() {
  if (!there()->leaf) return;
  std::lock_guard lock(data_->leaf->mutex);
  if (detail::capturing)
    detail::capturing->effects.will_read(data_, detail::SideEffects::Reads::unused, "mark_grad_used", {});
  data_->leaf->consumed = true;
}
void Tensor::mark_written(Location at) {
  ++there()->storage->version;
  data_->storage->written = outermost(at);
  if (detail::capturing) detail::capturing->effects.wrote(*this);
}

void Tensor::backward(BackwardOptions options, Location at) const { fill_leaves(*this, options, at); }

Tensor Tensor::detach() const {
  if (const detail::Recording* list = detail::recording; list && there()->tape == list->generation())
    list->at(data_->record)->special |= Record::detached;
  return adopt(detail::new_view(*there()));
}

Tensor Tensor::clone(Location at) const { return copy_as("clone", *this, dtype(), device(), at); }
Tensor Tensor::contiguous(Location at) const {
  return is_contiguous() ? *this : copy_as("contiguous", *this, dtype(), device(), at);
}
Tensor Tensor::to(DType type, Location at) const {
  return type == dtype() ? *this : copy_as("to", *this, type, device(), at);
}
Tensor Tensor::to(Device device, Location at) const {
  return device == this->device() ? *this : copy_as("to", *this, dtype(), device, at);
}

void copy_elements(const Tensor& from, const Tensor& to) { launch(copy_kernel, "copy", NoSettings(), {to}, {from}); }
Tensor& Tensor::fill_(Number value, Location at) {
  require_writable("fill_", *this, at);
  launch(fill_kernel, "fill_", value, {*this}, {});
  mark_written(at);
  return *this;
}

Tensor& Tensor::zero_(Location at) {
  require_writable("zero_", *this, at);
  return fill_(0, at);
}

Tensor& Tensor::copy_(const Tensor& from, Location at) {
  require_writable("copy_", *this, at);
  require_plain("copy_", from, "x = from", at);
  if (!(from.shape() == shape())) fail<ShapeError>(at, "copy_", "the shapes differ", {{"to", *this}, {"from", from}});
  if (detail::capturing && data_->weak_type)
    fail<TapeError>(at, "copy_", "a C++ number cannot be written inside a captured step", {},
                    "Make a tensor of it: gt::scalar(0.0).");
  const bool same_memory = from.tensor_data()->storage == data_->storage;
  copy_elements(same_memory ? from.clone() : from, *this);
  mark_written(at);
  return *this;
}

Tensor& Tensor::add_(const Tensor& from, Number scale, Location at) {
  Call call(at);
  require_writable("add_", *this, at);
  require_plain("add_", from, scale.as_double() == 1 ? "x = x + from" : "x = x + from * scale", at);
  return copy_(scaled_sum("add_", *this, from, scale, at), at);
}

Tensor& Tensor::set_name(std::string name) {
  detail::leaf_of(there()).name = std::move(name);
  return *this;
}
std::string Tensor::name() const { return there()->leaf ? data_->leaf->name : std::string(); }

Tensor new_tensor(const char* op, const Shape& shape, TensorOptions options, Location at) {
  if (options.device != Device::cpu()) device::require(op, options.device, at);
  const std::int64_t count = checked_count(op, shape, options.dtype, at);
  Call call(at);
  return Tensor::adopt(new_tensor_data(shape, count, options.dtype, options.device, op));
}
Tensor empty(const Shape& shape, TensorOptions options, Location at) { return new_tensor("empty", shape, options, at); }
Tensor new_full(const char* op, const Shape& shape, Number value, TensorOptions options, Location at) {
  Tensor x = new_tensor(op, shape, options, at);
  launch(fill_kernel, op, value, {x}, {});
  return x;
}
Tensor full(const Shape& shape, Number value, TensorOptions options, Location at) {
  return new_full("full", shape, value, options, at);
}
Tensor zeros(const Shape& shape, TensorOptions options, Location at) {
  return new_full("zeros", shape, 0, options, at);
}
Tensor ones(const Shape& shape, TensorOptions options, Location at) { return new_full("ones", shape, 1, options, at); }
Tensor as_constant(Tensor x) { return detail::capturing ? x.clone() : x; }
Tensor new_like(const char* op, const Tensor& x) { return new_tensor(op, x.shape(), options_of(x)); }
Tensor empty_like(const Tensor& x, Location at) {
  Call call(at);
  return new_like("empty_like", x);
}
namespace {
Tensor new_full_like(const char* op, const Tensor& x, Number value, Location at) {
  Call call(at);
  return new_full(op, x.shape(), value, options_of(x));
}
}  // namespace
Tensor zeros_like(const Tensor& x, Location at) { return new_full_like("zeros_like", x, 0, at); }
Tensor ones_like(const Tensor& x, Location at) { return new_full_like("ones_like", x, 1, at); }
Tensor full_like(const Tensor& x, Number value, Location at) { return new_full_like("full_like", x, value, at); }

Tensor arange(Number start, Number stop, Number step, RangeOptions options, Location at) {
  const bool integers = start.is_integer() && stop.is_integer() && step.is_integer();
  const DType dtype = options.dtype.value_or(integers ? DType::int64 : DType::float32);
  if (!is_floating(dtype) && !(start.is_whole() && stop.is_whole() && step.is_whole()))
    fail<DTypeError>(at, "arange", fmt::format("{} holds no fractions", name_of(dtype)), {},
                     "Give whole numbers, or a floating type.");
  const bool exact = integers || !is_floating(dtype);
  return (exact ? integer_range : floating_range)(start, stop, step, dtype, options.device, at);
}
Tensor linspace(double first, double last, std::int64_t count, TensorOptions options, Location at) {
  if (count < 0) fail<ValueError>(at, "linspace", fmt::format("there are no {} numbers", count));
  return new_list("linspace", EvenlySpaced{first, last, count}, count, options, at);
}
Tensor eye(std::int64_t size, TensorOptions options, Location at) {
  if (size < 0) fail<ValueError>(at, "eye", fmt::format("there are no {} rows", size));
  return unit_rows("eye", 0, size, size, options, at);
}
Tensor unit_rows(const char* op, std::int64_t first, std::int64_t count, std::int64_t size, TensorOptions options,
                 Location at) {
  const Tensor rows = new_tensor(op, {count, size}, {.dtype = options.dtype}, at);
  launch(unit_rows_kernel, op, first, {rows}, {});
  return rows.to(options.device, at);
}

BlobOptions of_pointer(DType type, BlobOptions options, Location at) {
  if (options.dtype.value_or(type) != type)
    fail<DTypeError>(at, "from_blob",
                     fmt::format("the pointer is to {}, and {} is asked for", name_of(type), name_of(*options.dtype)),
                     {}, "Leave out the type, or convert the tensor: x.to(dtype).");
  options.dtype = type;
  return options;
}
Tensor from_blob(void* data, const Shape& shape, BlobOptions options, std::function<void()> let_go, Location at) {
  return blob(data, false, shape, options, std::move(let_go), at);
}
Tensor from_blob(const void* data, const Shape& shape, BlobOptions options, std::function<void()> let_go, Location at) {
  return blob(const_cast<void*>(data), true, shape, options, std::move(let_go), at);
}

void require_same_length(std::int64_t wanted, std::int64_t got, Location at) {
  if (wanted != got)
    fail<ShapeError>(at, "tensor", fmt::format("rows differ in length: the first has {}, another {}", wanted, got));
}
void require_count(const Shape& shape, std::int64_t got, Location at) {
  const std::int64_t wanted = checked_count("tensor", shape, DType::uint8, at);
  if (wanted != got)
    fail<ShapeError>(at, "tensor",
                     fmt::format("{} numbers do not fill the shape {}, which has {}", got, to_string(shape), wanted));
}

}  // namespace gradtape
