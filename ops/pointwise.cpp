#include <gradtape/ops/pointwise.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/new_tensor_data.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/pointwise_inputs.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/pointwise_launch.h>
#include <gradtape/ops/pointwise_tape.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {
namespace {

template <int N>
bool all_are_numbers(const Tensor* const (&x)[N]) {
  bool numbers = true;
  for (const Tensor* t : x) numbers &= is_of_numbers(*t);
  return numbers;
}
// Numbers alone give a number, or a mask that is at home on every device too; what a mask chose from numbers is where
// the mask is.
template <int N>
std::uint8_t weak_result(const PointwiseKernels& row, const Tensor* const (&x)[N], bool integers) {
  for (const Tensor* t : x)
    if (!is_number(*t)) return row.gives_mask ? 0 : 3;
  return integers && !row.gives_mask ? 2 : 1;
}

// The type of the numbers that a loop computes with.
DType loop_type(const PointwiseKernels& row, DType promoted, bool numbers) {
  if (is_half(promoted)) return DType::float32;
  if (is_floating(promoted)) return promoted;
  if (row.integer_loops[0]) return DType::int64;
  return numbers ? DType::float64 : DType::float32;
}

// The result of any inputs, on what device they are, its elements unwritten.
template <int N>
Tensor new_result(const PointwiseKernels& row, const Tensor* const (&x)[N], DType type, Location at) {
  const Device device = common_device(row.name, x, at);
  const Shape shape = N == 1 ? x[0]->shape() : broadcast_shape(row.name, x, at);
  const std::int64_t count = count_of(shape);
  const bool small = count <= (1 << 17) && device == Device::cpu();
  return small ? Tensor::adopt(new_tensor_data(shape, count, type, row.name))
               : new_tensor(row.name, shape, {.dtype = type, .device = device}, at);
}

template <int N>
Tensor apply_in_float32(const PointwiseKernels& row, const void* op, const Tensor* const (&x)[N], DType dtype,
                        Location at) {
  Call call(at);
  Tensor single[N];
  const Tensor* start[N];
  for (int i = 0; i < N; ++i) {
    single[i] = x[i]->tensor_data()->weak_type ? *x[i] : x[i]->to(DType::float32, at);
    start[i] = &single[i];
  }
  const Tensor y = apply<N>(row, op, start, at);
  return row.gives_mask ? y : y.to(dtype, at);
}

// A device reads and writes 16 bits in the same pass. Not where slopes are to follow: they read float32, and those of
// slopes add up in it.
template <int N>
bool computes_in_float32_at_once(const PointwiseKernels& row, const Tensor* const (&x)[N], DType dtype) {
  for (const Tensor* t : x) {
    if (is_number(*t)) continue;
    if (t->device() == Device::cpu() || (t->dtype() != dtype && t->dtype() != DType::boolean)) return false;
    if (row.differentiable && detail::wants_gradient(*t)) return false;
  }
  return true;
}

// Any inputs: broadcast, strided, of other types, undefined.
template <int N>
[[gnu::noinline]] Tensor apply_any(const PointwiseKernels& row, const void* op, const Tensor* const (&x)[N],
                                   Location at) {
  for (const Tensor* t : x)
    if (!t->defined()) [[unlikely]]
      fail<ValueError>(at, row.name, "a tensor is undefined");
  const DType dtype = promoted_type(x);
  if (is_half(dtype) && !computes_in_float32_at_once(row, x, dtype)) [[unlikely]]
    return apply_in_float32(row, op, x, dtype, at);
  if (dtype == DType::boolean && row.not_for_bool)
    fail<DTypeError>(at, row.name, "takes no bool", {{N == 1 ? "tensor" : "left", *x[0]}}, row.not_for_bool);
  const bool numbers = all_are_numbers(x);
  const DType type = loop_type(row, dtype, numbers);
  const bool integers = !is_floating(type);
  Tensor y = new_result(row, x, row.gives_mask ? DType::boolean : is_half(dtype) ? dtype : type, at);
  TensorData* out = y.tensor_data();
  if (numbers) [[unlikely]] {
    out->weak_type = weak_result(row, x, integers);
    look_for_packs(*out);
  }
  {
    Call call(at);
    launch_forward(row, op, type, out, x);
  }
  if (integers && !row.gives_mask && dtype != type) return y.to(dtype, at);

  if (row.differentiable) put_on_tape(detail::recording, row, op, x, out, look_alike(x, out), at);
  return y;
}

}  // namespace

template <int N>
Tensor apply(const PointwiseKernels& row, const void* op, const Tensor* const (&x)[N], Location at) {
  const TensorData* first = x[0]->tensor_data();
  bool plain = first && !watcher && has_loops(first->dtype) && first->count <= part_of_pass && first->in_packs &&
               rounds_to_nearest();
  for (int i = 1; i < N && plain; ++i)
    plain = x[i]->defined() && reads_in_place(x[i]->tensor_data(), first->dtype, first->shape, first->count);
  if (!plain) return apply_any(row, op, x, at);

  const DType type = row.gives_mask ? DType::boolean : first->dtype;
  Tensor y = Tensor::adopt(new_small_tensor(first->shape, first->count, type, row.name));
  Loop loop;
  loop.out[0] = y.tensor_data()->data;
  for (int i = 0; i < N; ++i) {
    loop.in[i] = (i == 0 ? first : x[i]->tensor_data())->data;
    loop.step[i] = 1;
  }
  loop.count = first->count;
  row.loops[loops_of_type(first->dtype)].forward[cpu_level()](op, loop);
  if (row.differentiable) put_on_tape(detail::recording, row, op, x, y.tensor_data(), true, at);
  return y;
}
template Tensor apply(const PointwiseKernels&, const void*, const Tensor* const (&)[1], Location);
template Tensor apply(const PointwiseKernels&, const void*, const Tensor* const (&)[2], Location);
template Tensor apply(const PointwiseKernels&, const void*, const Tensor* const (&)[3], Location);

void require_integers(const PointwiseKernels& row, std::initializer_list<const Tensor*> x, Location at) {
  for (const Tensor* t : x)
    if (t->defined() && is_floating(t->dtype()))
      fail<DTypeError>(at, row.name, "takes integers alone", {{"tensor", *t}}, row.only_integers);
}

namespace {

Tensor call_as_made(const PointwiseKernels& row, std::vector<Tensor> x) {
  if (row.only_integers)
    for (Tensor& numbers : x) numbers = numbers.to(DType::int64);
  if (row.inputs == 1) return apply<1>(row, row.defaults, {&x[0]}, Location::current());
  if (row.inputs == 2) return apply<2>(row, row.defaults, {&x[0], &x[1]}, Location::current());
  return apply<3>(row, row.defaults, {&x[0], &x[1], &x[2]}, Location::current());
}

}  // namespace

std::vector<Example> examples_of(const PointwiseKernels& row) {
  std::vector<std::vector<Shape>> shapes;
  if (row.inputs == 1) shapes = {{{}}, {{0}}, {{1}}, {{7}}, {{16}}, {{17}}, {{2, 3, 5}}};
  if (row.inputs == 2)
    shapes = {{{}, {}},  {{0}, {1}}, {{15}, {15}},  {{33}, {33}},
              {{4}, {}}, {{}, {5}},  {{3, 4}, {4}}, {{3, 1}, {2, 1, 4}}};
  if (row.inputs == 3)
    shapes = {{{}, {}, {}}, {{17}, {17}, {17}}, {{3, 1}, {4}, {}}, {{2, 3}, {2, 3}, {3}}, {{0, 2}, {2}, {1}}};
  std::vector<Example> examples;
  for (const auto& inputs : shapes) {
    std::string text;
    for (const Shape& shape : inputs) text += to_string(shape);
    examples.push_back({text, inputs, [&row](const std::vector<Tensor>& x) { return call_as_made(row, x); },
                        row.samples, row.differentiable, true});
  }
  return examples;
}

}  // namespace gradtape
