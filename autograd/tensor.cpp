#include <gradtape/autograd/tensor.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/effects.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/autograd/tape_history.h>

namespace gradtape {
namespace {

// A dense row-major tensor's element count; throws for sizes that cannot be.
std::int64_t checked_count(const Shape& shape, DType dtype, Location where) {
  for (auto size : shape)
    if (size < 0) fail<ShapeError>(where, "empty", fmt::format("{} has a negative size", to_string(shape)));
  const std::int64_t count = count_of(shape);
  if (count > (INT64_MAX >> 4))
    fail<OutOfMemoryError>(where, "empty", fmt::format("a {} tensor of {} does not fit into memory", to_string(shape), name_of(dtype)));
  return count;
}

// An in-place write is only for what no tape has seen.
void require_writable(const char* op, const Tensor& x, Location where) {
  if (!x.defined()) fail<ValueError>(where, op, "the tensor is undefined", {}, "Give it a value first.");
  require_own(op, x.body(), where);
  const Recording* list = recording;
  const bool recorded = list && x.body()->tape == list->generation();
  if (recorded || (list && x.body()->requires_grad))
    fail<TapeError>(where, op, recorded ? "the tensor was computed on the open tape, so it cannot be written in place"
                                        : "a tensor that requires a gradient cannot be written while a tape records",
                    {{"tensor", x}},
                    recorded ? "Make a new tensor instead (x = x + y), or write before the tape opens."
                             : "Write outside the tape, or inside a gt::NoGrad scope.");
}

void refuse_reading(const char* op) {
  refuse_inside_capture(op, "elements cannot be read inside a captured step", "Return the tensor from the step, and read it there.");
}

// All elements become the number, converted.
void fill(Body& to, double value) {
  if (to.storage->device != Device::cpu()) return device::fill(to, value);
  Layout repeated;
  repeated.sizes = {to.count};
  repeated.strides = {0};
  if (to.contiguous) return gather(&value, DType::float64, repeated, 0, to.count, to.data, to.dtype);
  const Tensor dense = full(to.shape, value, {.dtype = to.dtype});
  copy_elements(*dense.body(), to);
}

// Writes the numbers of a list, given in double, as x's type, where x is.
template <class Number>
void write_list(const Tensor& x, Number number) {
  const Tensor numbers = empty(x.shape(), {.dtype = float64});
  double* at = elements<double>(numbers);
  for (std::int64_t i = 0; i < x.numel(); ++i) at[i] = number(i);
  copy_elements(*numbers.body(), *x.body());
}

}  // namespace

void require_on_cpu(const char* op, const Tensor& x, Location where) {
  if (x.device() != Device::cpu())
    fail<DeviceError>(where, op, "works on the CPU", {{"tensor", x}}, "Bring the tensor there: x.to(gt::Device::cpu()).");
}
void require_one_device(const char* op, std::initializer_list<Shown> tensors, Location where) {
  const Shown* first = nullptr;
  for (const Shown& shown : tensors) {
    if (!shown.tensor.defined() || shown.tensor.body()->weak) continue;
    if (!first) first = &shown;
    if (shown.tensor.device() != first->tensor.device())
      fail<DeviceError>(where, op, "the tensors are on different devices", {*first, shown}, "Bring them together: x.to(device).");
  }
}

void refuse_without_kernels(const char* op) {
  fail<DeviceError>({}, op, "this op was built without CUDA", {}, "Build its library where the CUDA toolkit is found.");
}

Leaf& leaf_of(Body* body) {
  if (!body->leaf) body->leaf = new Leaf;
  return *body->leaf;
}
void free_leaf(Leaf* leaf) { delete leaf; }
Foreign pool_of_device;
void let_foreign_go(Storage& storage) {
  if (storage.foreign == &pool_of_device) return device::give(storage.device, storage.data, storage.bytes);
  if (storage.foreign->let_go) storage.foreign->let_go();
  delete storage.foreign;
}

Tensor::Tensor(double number, bool whole) : body_(new_body({}, 1, DType::float64)) {
  body_->weak = whole ? 2 : 1;
  *reinterpret_cast<double*>(body_->data) = number;
}

std::int64_t Tensor::size(int dim, Location where) const {
  const int rank = this->dim();
  if (dim < -rank || dim >= rank)
    fail<IndexError>(where, "size", fmt::format("dimension {} of a tensor with {}", dim, rank), {{"tensor", *this}});
  return shape()[dim < 0 ? dim + rank : dim];
}

void Tensor::require_readable(DType wanted, Location where) const {
  if (kept_work) refuse_reading("data");
  require_on_cpu("data", *this, where);
  if (dtype() != wanted)
    fail<DTypeError>(where, "data", fmt::format("read as {}", name_of(wanted)), {{"tensor", *this}},
                     fmt::format("Convert it first: x.to(gt::{}).", wanted == DType::boolean ? "boolean" : name_of(wanted)));
}

void Tensor::refuse_undefined() { fail<ValueError>({}, "tensor", "the tensor is undefined", {}, "Give it a value first."); }

void Tensor::take_item(void* to, DType type, Location where) const {
  if (numel() != 1) fail<ShapeError>(where, "item", "needs a tensor of exactly one element", {{"tensor", *this}});
  copy_to(to, type);
}
void Tensor::copy_to(void* to, DType type) const {
  refuse_reading("item");
  if (device() != Device::cpu()) {
    const Tensor here = adopt(new_body(shape(), numel(), dtype()));
    copy_elements(*body_, *here.body_);
    return here.copy_to(to, type);
  }
  gather(body_->data, dtype(), Layout(*body_), 0, numel(), to, type);
}

bool Tensor::requires_grad() const {
  if (!body_) return false;
  if (body_->requires_grad) return true;
  const Recording* list = open_recording();
  return list && body_->tape != 0 && body_->tape == list->generation();
}
Tensor& Tensor::requires_grad_(bool on, Location where) {
  if (!is_floating(dtype()))
    fail<DTypeError>(where, "requires_grad_", "only float32 and float64 tensors have gradients", {{"tensor", *this}});
  if (!body_->requires_grad && requires_grad())
    fail<TapeError>(where, "requires_grad_", "this tensor was computed on the open tape, and has its gradient already",
                    {{"tensor", *this}}, "Call detach() first for a new leaf.");
  body_->requires_grad = on;
  if (on && !body_->leaf && effects) effects->makes(body_);
  if (on) leaf_of(body_);
  return *this;
}
Tensor Tensor::grad(Location where) const {
  if (!there()->requires_grad && requires_grad())
    fail<TapeError>(where, "grad", "this tensor is no leaf, so backward() leaves no gradient with it", {{"tensor", *this}},
                    "Ask for it: gt::grad(loss, x).");
  if (!body_->leaf) return {};
  std::lock_guard lock(body_->leaf->mutex);
  if (effects) effects->will_read(body_, Effects::Reads::any, "grad", where);
  return body_->leaf->gradient;
}
void Tensor::zero_grad() {
  if (!there()->leaf) return;
  std::lock_guard lock(body_->leaf->mutex);
  if (effects) effects->will_forget(body_);
  body_->leaf->gradient = {};
  body_->leaf->consumed = false;
}
void Tensor::mark_grad_used() {
  if (!there()->leaf) return;
  std::lock_guard lock(body_->leaf->mutex);
  if (effects) effects->will_read(body_, Effects::Reads::unused, "mark_grad_used", {});
  body_->leaf->consumed = true;
}
void Tensor::mark_written(Location where) {
  ++there()->storage->version;
  body_->storage->written = outermost(where);
  if (effects) effects->wrote(*this);
}

Tensor Tensor::detach() const {
  Body* view = new_view(there()->storage);
  view->dtype = body_->dtype;
  view->contiguous = body_->contiguous;
  view->count = body_->count;
  view->data = body_->data;
  view->shape = body_->shape;
  if (!body_->contiguous) view->strides = body_->strides;
  return adopt(view);
}

void copy_elements(const Tensor& from, const Tensor& to) {
  perform([](const Tensor& from, const Tensor& to) { copy_elements(*from.body(), *to.body()); }, from, to);
}
Tensor Tensor::clone() const {
  Tensor copy = adopt(new_body(shape(), numel(), dtype(), device()));
  copy_elements(*this, copy);
  return copy;
}

Tensor& Tensor::fill_(double value, Location where) {
  require_writable("fill_", *this, where);
  perform(
      [=](Tensor to) {
        fill(*to.body(), value);
        to.mark_written(where);
      },
      *this);
  return *this;
}

Tensor& Tensor::copy_(const Tensor& from, Location where) {
  require_writable("copy_", *this, where);
  if (!(from.shape() == shape()))
    fail<ShapeError>(where, "copy_", "the shapes differ", {{"to", *this}, {"from", from}});
  if (kept_work && body_->weak)
    fail<TapeError>(where, "copy_", "a C++ number cannot be written inside a captured step", {}, "Make a tensor of it: gt::scalar(0.0).");
  perform(
      [=](Tensor to, const Tensor& from) {
        const bool same_memory = from.body()->storage == to.body()->storage;
        copy_elements(same_memory ? *from.clone().body() : *from.body(), *to.body());
        to.mark_written(where);
      },
      *this, from);
  return *this;
}

Tensor& Tensor::set_name(std::string name) {
  leaf_of(there()).name = std::move(name);
  return *this;
}
std::string Tensor::name() const { return there()->leaf ? body_->leaf->name : std::string(); }

Tensor empty(const Shape& shape, TensorOptions options, Location where) {
  if (options.device != Device::cpu()) device::require("empty", options.device, where);
  const std::int64_t count = checked_count(shape, options.dtype, where);
  Call call(where);
  return Tensor::adopt(new_body(shape, count, options.dtype, options.device));
}
Tensor full(const Shape& shape, double value, TensorOptions options, Location where) {
  Tensor x = empty(shape, options, where);
  perform([value](const Tensor& x) { fill(*x.body(), value); }, x);
  return x;
}
Tensor as_constant(Tensor x) { return kept_work ? x.clone() : x; }
Tensor empty_like(const Tensor& x) { return empty(x.shape(), {.dtype = x.dtype(), .device = x.device()}); }
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), {.dtype = x.dtype(), .device = x.device()}); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), {.dtype = x.dtype(), .device = x.device()}); }

Tensor arange(double start, double stop, double step, IntegerOptions options, Location where) {
  if (!(step != 0) || !std::isfinite((stop - start) / step))
    fail<ValueError>(where, "arange", fmt::format("from {} to {} in steps of {} has no end", start, stop, step));
  const auto count = static_cast<std::int64_t>(std::clamp(std::ceil((stop - start) / step), 0.0, 0x1p62));
  Tensor x = empty({count}, {.dtype = options.dtype, .device = options.device}, where);
  perform([=](const Tensor& x) { write_list(x, [=](std::int64_t i) { return start + static_cast<double>(i) * step; }); }, x);
  return x;
}
Tensor linspace(double first, double last, std::int64_t count, TensorOptions options, Location where) {
  Tensor x = empty({count}, options, where);
  auto number = [=](std::int64_t i) {
    if (i == count - 1 && count > 1) return last;
    return first + (count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0) * (last - first);
  };
  perform([=](const Tensor& x) { write_list(x, number); }, x);
  return x;
}
Tensor eye(std::int64_t size, TensorOptions options, Location where) {
  const Tensor x = zeros({size, size}, {.dtype = options.dtype}, where);
  perform(
      [size](const Tensor& x) {
        visit(x.dtype(), [&](auto zero) {
          using T = decltype(zero);
          for (std::int64_t i = 0; i < size; ++i) elements<T>(x)[i * (size + 1)] = T(1);
        });
      },
      x);
  return x.to(options.device, where);
}

Tensor from_blob(void* data, const Shape& shape, TensorOptions options, std::function<void()> let_go, Location where) {
  device::require("from_blob", options.device, where);
  const std::int64_t count = checked_count(shape, options.dtype, where);
  if (data == nullptr && count > 0) fail<ValueError>(where, "from_blob", "a null pointer has no elements");
  Tensor x = Tensor::adopt(new_body({}, 0, options.dtype));
  Body* body = x.body();
  body->own.device = options.device;
  body->own.foreign = new Foreign{std::move(let_go)};
  body->own.data = data;
  body->own.bytes = static_cast<std::size_t>(count) * size_of(options.dtype);
  body->data = static_cast<std::byte*>(data);
  body->count = count;
  body->shape = shape;
  return x;
}

void require_same_length(std::int64_t wanted, std::int64_t got, Location where) {
  if (wanted != got)
    fail<ShapeError>(where, "tensor", fmt::format("rows differ in length: the first has {}, another {}", wanted, got));
}
void require_count(const Shape& shape, std::int64_t got, Location where) {
  const std::int64_t wanted = checked_count(shape, DType::uint8, where);
  if (wanted != got)
    fail<ShapeError>(where, "tensor", fmt::format("{} numbers do not fill the shape {}, which has {}", got, to_string(shape), wanted));
}

}  // namespace gradtape
