#include <gradtape/ops/pointwise.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 16384;  // elements that one thread takes at a time
constexpr std::int64_t block = 1024;   // elements gathered at a time from inputs that are not dense
constexpr std::int64_t whole_pack = 64;

constexpr std::uint8_t kept_output = 128, kept_forms = 64;

// Where the forms lie behind an op's own attributes.
std::size_t forms_at(const PointwiseRow& row) { return (row.attribute_bytes + std::size_t(7)) & ~std::size_t(7); }

// What an input looked like when it is not like the output: its gradient must look the same.
struct Form {
  Shape shape;
  DType dtype;
};

alignas(64) constexpr std::byte nothing[64] = {};

// May a loop read the input in place? The common case, decided in a few instructions.
bool reads_in_place(const Body* x, DType dtype, const Shape& shape, std::int64_t count) {
  return x->dtype == dtype && x->count == count && x->in_packs && x->shape == shape;
}

template <class Bits>
void fill_pack(std::byte* pack) {
  Bits bits;
  std::memcpy(&bits, pack, sizeof bits);
  for (std::size_t at = 0; at < 64; at += sizeof bits) std::memcpy(pack + at, &bits, sizeof bits);
}
// A pack of 64 bytes of one number.
void spread(const Body& from, DType dtype, std::byte* pack) {
  if (from.dtype == dtype) [[likely]] {
    std::memcpy(pack, from.data, size_of(dtype));
  } else if (dtype == DType::float32 && from.dtype == DType::float64) {  // a C++ number, or a whole one below
    const auto value = static_cast<float>(*reinterpret_cast<const double*>(from.data));
    std::memcpy(pack, &value, sizeof value);
  } else if (dtype == DType::float32 && from.dtype == DType::int64) {
    const auto value = static_cast<float>(*reinterpret_cast<const std::int64_t*>(from.data));
    std::memcpy(pack, &value, sizeof value);
  } else {
    gather(from.data, from.dtype, Layout(from), 0, 1, pack, dtype);
  }
  size_of(dtype) == 4 ? fill_pack<std::uint32_t>(pack) : fill_pack<std::uint64_t>(pack);
}

// How a loop reads one input: in place, as one number met by all, or gathered block by block.
struct Source {
  const Body* body = nullptr;  // to be gathered; null when the loop reads in place
  bool padded = true;          // whole packs may be read past the end
  alignas(64) std::byte number[64];

  // Says where the loop reads the input, as it is in `shape` and of type `dtype`.
  void set(Loop& loop, int i, const Body* from, DType dtype, const Shape& shape, std::int64_t count) {
    if (reads_in_place(from, dtype, shape, count)) [[likely]] {
      loop.in[i] = from->data;
      loop.step[i] = 1;
    } else if (from->count == 1) {
      spread(*from, dtype, number);
      loop.in[i] = number;
      loop.step[i] = 0;
    } else {
      if (from->contiguous && from->dtype == dtype && from->shape == shape) padded = false;
      else body = from;
      loop.in[i] = from->data;
      loop.step[i] = 1;
    }
  }

};

// Moves a loop over its arrays, of so many inputs, to the element `first`.
void advance(Loop& loop, std::size_t inputs, std::int64_t first, std::size_t size, std::size_t out_size) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, inputs); ++i)
    if (loop.out[i]) loop.out[i] = static_cast<std::byte*>(loop.out[i]) + static_cast<std::size_t>(first) * out_size;
  for (std::size_t i = 0; i < inputs; ++i)
    loop.in[i] = static_cast<const std::byte*>(loop.in[i]) + static_cast<std::size_t>(first * loop.step[i]) * size;
  if (loop.y && loop.y != nothing) loop.y = static_cast<const std::byte*>(loop.y) + static_cast<std::size_t>(first) * size;
  if (loop.gradient) loop.gradient = static_cast<const std::byte*>(loop.gradient) + static_cast<std::size_t>(first) * size;
}

// Runs a loop over chunks; gathers, block by block, what cannot be read in place.
struct Runner {
  LoopFn run;
  const void* op;
  DType dtype;           // of the loop's numbers
  std::size_t out_size;  // of one result
  const Shape& shape;
  std::span<const Source> sources;

  void operator()(const Loop& loop) const {
    bool in_place = true;
    for (const Source& source : sources) in_place &= source.body == nullptr && source.padded;
    if (in_place && loop.count <= chunk) [[likely]] return run(op, loop);
    parallel_for((loop.count + chunk - 1) / chunk, [&](std::int64_t number) {
      Loop part = loop;
      advance(part, sources.size(), number * chunk, size_of(dtype), out_size);
      part.count = std::min(chunk, loop.count - number * chunk);
      if (in_place) run(op, part);
      else in_blocks(part, number * chunk);
    });
  }

 private:
  void in_blocks(const Loop& loop, std::int64_t first) const {
    alignas(64) std::byte buffers[3][block * 8];
    const Layout whole[3] = {layout_of(0), layout_of(1), layout_of(2)};
    for (std::int64_t at = 0; at < loop.count; at += block) {
      Loop part = loop;
      advance(part, sources.size(), at, size_of(dtype), out_size);
      part.count = std::min(block, loop.count - at);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const bool past_the_end = !sources[i].padded && part.count % whole_pack != 0;
        if (sources[i].body)
          gather(sources[i].body->data, sources[i].body->dtype, whole[i], first + at, part.count, buffers[i], dtype);
        else if (past_the_end)
          std::memcpy(buffers[i], part.in[i], static_cast<std::size_t>(part.count) * size_of(dtype));
        else
          continue;
        part.in[i] = buffers[i];
      }
      run(op, part);
    }
  }
  Layout layout_of(std::size_t i) const {
    return i < sources.size() && sources[i].body ? Layout(*sources[i].body, shape) : Layout();
  }
};

// What a pass on a device is put together from. Numbers of C++ are passed along; other types are converted first.
class DeviceRun {
 public:
  DeviceRun(const Launch& work, DType type, const Body& like) : op_(work.name), type_(type), shape_(like.shape) {
    pass_.device = work.device();
    pass_.dense = true;
    pass_.count = like.count;
    pass_.y = pass_.gradient = nullptr;
    for (int k = 0; k < 3; ++k) {
      pass_.in[k] = pass_.out[k] = nullptr;
      pass_.is_number[k] = false;
    }
  }
  void read(int k, const Body* from) {
    if (from->storage->device == Device::cpu()) {  // a C++ number: common_device() let nothing else pass
      pass_.is_number[k] = true;
      const Layout one;
      gather(from->data, from->dtype, one, 0, 1, &pass_.integer[k], DType::int64);
      if (type_ != DType::float32) return gather(from->data, from->dtype, one, 0, 1, &pass_.number[k], DType::float64);
      float number;  // rounded once, as on the CPU
      gather(from->data, from->dtype, one, 0, 1, &number, DType::float32);
      pass_.number[k] = number;
      return;
    }
    if (from->dtype != type_) {
      converted_[k] = Tensor::adopt(new_body(from->shape, from->count, type_, pass_.device, op_));
      copy_elements(*from, *converted_[k].body());
      from = converted_[k].body();
    }
    pass_.in[k] = from->data;
    pass_.dense &= from->contiguous && from->shape == shape_ && reinterpret_cast<std::uintptr_t>(from->data) % 16 == 0;
    bodies_[k] = from;
  }
  void read_result(const Body* y) { pass_.y = y->data; }
  void read_gradient(const Body* g) { pass_.gradient = g->data; }
  void write(int k, void* out) { pass_.out[k] = out; }

  void operator()(LaunchFn launch, const void* attributes) {
    if (pass_.count == 0) return;
    if (!pass_.dense) make_walk();
    launch(attributes, pass_);
  }

 private:
  void make_walk() {
    for (int d = 0; d < shape_.rank(); ++d) {
      std::int64_t steps[3] = {};
      for (int k = 0; k < 3; ++k) {
        if (bodies_[k] == nullptr) continue;
        const Body& body = *bodies_[k];
        const int own = d - (shape_.rank() - body.shape.rank());
        if (own >= 0 && body.shape[own] != 1) steps[k] = (body.contiguous ? dense_strides(body.shape) : body.strides)[own];
      }
      pass_.walk.add(shape_[d], steps);
    }
  }

  const char* op_;
  DType type_;
  const Shape& shape_;
  DevicePass pass_;
  const Body* bodies_[3] = {};
  Tensor converted_[3];
};

// Where all inputs are; C++ numbers are at home everywhere.
Device common_device(const char* op, std::span<const Tensor* const> x, Location where) {
  const Tensor* first = nullptr;
  for (const Tensor* t : x) {
    if (is_number(*t)) continue;
    if (!first) first = t;
    if (t->device() != first->device()) require_one_device(op, {{"left", *first}, {"right", *t}}, where);
  }
  return first ? first->device() : Device::cpu();
}

[[noreturn, gnu::cold]] void do_not_broadcast(const char* op, const Tensor& a, const Tensor& b, Location where) {
  fail<ShapeError>(where, op, "the shapes do not broadcast", {{"left", a}, {"right", b}},
                   "Sizes must be equal, or 1, counted from the last dimension.");
}

Shape shape_of_result(const char* op, std::span<const Tensor* const> x, Location where) {
  Shape shape = x[0]->shape();
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i]->shape() == shape || x[i]->dim() == 0) [[likely]] continue;
    const Shape& other = x[i]->shape();
    if (shape.rank() == 0) {
      shape = other;
      continue;
    }
    while (shape.rank() < other.rank()) shape.insert(0, 1);
    const int lead = shape.rank() - other.rank();
    for (int d = 0; d < other.rank(); ++d) {
      if (shape[lead + d] == other[d] || other[d] == 1) continue;
      if (shape[lead + d] != 1) do_not_broadcast(op, *x[i - 1], *x[i], where);
      shape[lead + d] = other[d];
    }
  }
  return shape;
}

int loops_of_type(DType dtype) { return dtype == DType::float64; }

// A gradient of the output's look, behind `lead` dimensions, as an input needs it.
Tensor in_form(Tensor gradient, const Form& form, Location where, int lead = 0) {
  if (!(gradient.shape() == form.shape)) gradient = sum_to(gradient, form.shape, lead, where);
  return gradient.dtype() == form.dtype ? gradient : gradient.to(form.dtype, where);
}

}  // namespace

Shape broadcast_shapes(const char* op, const Tensor& a, const Tensor& b, Location where) {
  const Tensor* const both[] = {&a, &b};
  return shape_of_result(op, both, where);
}

namespace {

// Do all inputs look like the result?
template <int N>
bool look_alike(const Tensor* const (&x)[N], const Body* y) {
  bool alike = true;
  for (const Tensor* t : x) alike &= t->numel() == y->count && t->dtype() == y->dtype && t->shape() == y->shape;
  return alike;
}

// Puts y on the tape, if there is one, as the op's result, when a gradient flows to an input.
template <int N>
[[gnu::always_inline]] inline void put_on_tape(Recording* list, const PointwiseRow& row, const void* op, const Tensor* const (&x)[N],
                                               Body* y, bool alike, Location where) {
  std::uint32_t inputs[N];
  unsigned uses = 0;
  bool wanted = false;
  for (int i = 0; i < N; ++i) {
    if ((inputs[i] = list ? list->find(x[i]->body()) : no_record) == no_record) {
      require_own(row.name, x[i]->body(), where);
      continue;
    }
    wanted = true;
    uses |= row.uses[i];
  }
  if (!wanted) return;
  unsigned kept = uses >> 7;
  for (int i = 0; i < N; ++i) kept += uses >> i & 1;
  const std::size_t attribute_bytes = alike ? row.attribute_bytes : forms_at(row) + N * sizeof(Form);
  Record* record = list->push(row, where, y, N, kept, static_cast<unsigned>(attribute_bytes));
  if (current_call) record->where = *current_call;
  record->kept_mask = static_cast<std::uint8_t>(uses | (alike ? 0 : kept_forms));
  Kept* slot = record->kept();
  for (int i = 0; i < N; ++i) {
    if (uses >> i & 1) Recording::keep(*slot++, x[i]->body());
    record->input(i) = inputs[i];
  }
  if (uses & kept_output) Recording::keep(*slot, y);
  if (attribute_bytes) [[unlikely]] {
    auto* attributes = static_cast<std::byte*>(record->attributes());
    std::memcpy(attributes, op, row.attribute_bytes);
    if (!alike)
      for (int i = 0; i < N; ++i) new (attributes + forms_at(row) + static_cast<std::size_t>(i) * sizeof(Form)) Form{x[i]->shape(), x[i]->dtype()};
  }
}

template <int N>
Tensor apply_in_float32(const PointwiseRow& row, const void* op, const Tensor* const (&x)[N], DType dtype, Location where);

template <int N>
bool all_are_numbers(const Tensor* const (&x)[N]) {
  bool numbers = true;
  for (const Tensor* t : x) numbers &= is_of_numbers(*t);
  return numbers;
}
// Numbers alone give a number, or a mask that is at home on every device too; what a mask chose from numbers is where
// the mask is.
template <int N>
std::uint8_t weak_result(const PointwiseRow& row, const Tensor* const (&x)[N], bool integers) {
  for (const Tensor* t : x)
    if (!is_number(*t)) return row.gives_mask ? 0 : 3;
  return integers && !row.gives_mask ? 2 : 1;
}

Launch work_of(const PointwiseRow& row, const Kernel& kernel, const void* op, DType type, int writes, int reads,
               const Body* const* bodies) {
  return {.kernel = &kernel,
          .name = row.name,
          .settings = op,
          .settings_bytes = row.attribute_bytes,
          .writes = static_cast<std::uint16_t>(writes),
          .reads = static_cast<std::uint16_t>(reads),
          .bodies = bodies,
          .row = &row,
          .type = type};
}

LoopFn forward_loop(const Launch& work) {
  const auto& row = *static_cast<const PointwiseRow*>(work.row);
  return is_floating(work.type) ? row.loops[loops_of_type(work.type)].forward[cpu_level()] : row.integer_loop;
}
// The pass over any inputs; what it writes is the result.
void forward_on_cpu(const Launch& work) {
  const Body& out = *work.out();
  const auto inputs = static_cast<std::size_t>(work.reads);
  Source sources[3];
  Loop loop;
  loop.out[0] = out.data;
  loop.out[1] = loop.out[2] = nullptr;
  loop.y = loop.gradient = nullptr;
  loop.count = out.count;
  for (int i = 0; i < 3; ++i) {
    if (i < work.reads) {
      sources[i].set(loop, i, work.in(i), work.type, out.shape, out.count);
    } else {
      loop.in[i] = nothing;
      loop.step[i] = 0;
    }
  }
  Runner{forward_loop(work), work.settings, work.type, size_of(out.dtype), out.shape, {sources, inputs}}(loop);
}
void forward_on_cuda(const Launch& work) {
  const PointwiseCuda& cuda = kernels_of(*static_cast<const PointwiseRow*>(work.row));
  DeviceRun pass(work, work.type, *work.out());
  for (int i = 0; i < work.reads; ++i) pass.read(i, work.in(i));
  pass.write(0, work.out()->data);
  pass(is_floating(work.type) ? cuda.launches[work.type == DType::float64].forward : cuda.integers, work.settings);
}

// Reads input k in place, or as one number, which is spread before each run; false where it must be gathered.
bool join(Elementwise& pass, int k, const Body& x, DType type, const Body& like, void (*spread_numbers)(const Launch&, std::byte*)) {
  pass.loop.in[k] = x.data;
  pass.loop.step[k] = reads_in_place(&x, type, like.shape, like.count);
  if (pass.loop.step[k]) return true;
  pass.prepare = spread_numbers;
  pass.constant &= x.weak == 1 || x.weak == 2;  // C++ numbers stay what they are; what a mask chose from such does not
  return x.count == 1;
}
// What an input is where all elements meet the same number: a pack of it.
void spread_number(const Body* x, DType type, const Body& like, std::byte* pack) {
  if (x && !reads_in_place(x, type, like.shape, like.count)) spread(*x, type, pack);
}
Elementwise no_pass(LoopFn run, std::int64_t count, DType type, DType out_type) {
  Elementwise pass{.run = run, .loop = {}, .size = size_of(type), .out_size = size_of(out_type)};
  pass.loop.in[0] = pass.loop.in[1] = pass.loop.in[2] = pass.loop.y = nothing;
  pass.constant = true;
  pass.loop.count = count;
  return pass;
}
bool forward_elementwise(const Launch& work, Elementwise& pass) {
  const Body& out = *work.out();
  if (!out.in_packs) return false;
  pass = no_pass(forward_loop(work), out.count, work.type, out.dtype);
  pass.loop.out[0] = out.data;
  bool joins = true;
  for (int i = 0; i < work.reads; ++i)
    joins &= join(pass, i, *work.in(i), work.type, out, [](const Launch& from, std::byte* room) {
      for (int k = 0; k < from.reads; ++k) spread_number(from.in(k), from.type, *from.out(), room + 64 * k);
    });
  return joins;
}
constexpr Kernel forward_kernel{forward_on_cpu, forward_on_cuda, forward_elementwise};

// Any inputs: broadcast, strided, of other types, undefined.
template <int N>
[[gnu::noinline]] Tensor apply_any(const PointwiseRow& row, const void* op, const Tensor* const (&x)[N], Location where) {
  for (const Tensor* t : x)
    if (!t->defined()) [[unlikely]] fail<ValueError>(where, row.name, "a tensor is undefined");
  DType dtype = promoted_type(x);
  if (is_half(dtype)) [[unlikely]] return apply_in_float32(row, op, x, dtype, where);
  if (dtype == DType::boolean && row.not_for_bool)
    fail<DTypeError>(where, row.name, "takes no bool", {{N == 1 ? "tensor" : "left", *x[0]}}, row.not_for_bool);
  const bool numbers = all_are_numbers(x);
  if (!is_floating(dtype) && !row.integer_loop) dtype = numbers ? DType::float64 : DType::float32;
  const bool integers = !is_floating(dtype);
  const DType loop_type = integers ? DType::int64 : dtype;
  const Device device = common_device(row.name, x, where);
  const Shape shape = N == 1 ? x[0]->shape() : shape_of_result(row.name, x, where);
  const std::int64_t count = count_of(shape);
  const DType out_type = row.gives_mask ? DType::boolean : loop_type;
  const bool small = count <= (1 << 17) && device == Device::cpu();
  Tensor y = small ? Tensor::adopt(new_body(shape, count, out_type, row.name))
                   : new_tensor(row.name, shape, {.dtype = out_type, .device = device}, where);
  Body* out = y.body();
  if (numbers) [[unlikely]] {
    out->weak = weak_result(row, x, integers);
    look_for_packs(*out);
  }

  const Body* bodies[N + 1] = {out};
  for (int i = 0; i < N; ++i) bodies[i + 1] = x[i]->body();
  {
    Call call(where);
    launch(work_of(row, forward_kernel, op, loop_type, 1, N, bodies));
  }
  if (integers && out_type == DType::int64 && dtype != DType::int64) return y.to(dtype, where);

  if (row.differentiable) put_on_tape(recording, row, op, x, out, look_alike(x, out), where);
  return y;
}

template <int N>
Tensor apply_in_float32(const PointwiseRow& row, const void* op, const Tensor* const (&x)[N], DType dtype, Location where) {
  Call call(where);
  Tensor single[N];
  const Tensor* at[N];
  for (int i = 0; i < N; ++i) {
    single[i] = x[i]->body()->weak ? *x[i] : x[i]->to(DType::float32, where);
    at[i] = &single[i];
  }
  const Tensor y = apply_any<N>(row, op, at, where);
  return row.gives_mask ? y : y.to(dtype, where);
}

}  // namespace

template <int N>
Tensor apply(const PointwiseRow& row, const void* op, const Tensor* const (&x)[N], Location where) {
  const Body* first = x[0]->body();
  bool plain = first && !watcher && first->dtype <= DType::float64 && first->count <= chunk && first->in_packs &&
               rounds_to_nearest();
  for (int i = 1; i < N && plain; ++i)
    plain = x[i]->defined() && reads_in_place(x[i]->body(), first->dtype, first->shape, first->count);
  if (!plain) return apply_any(row, op, x, where);

  Tensor y = Tensor::adopt(new_body(first->shape, first->count, row.gives_mask ? DType::boolean : first->dtype, row.name));
  Loop loop;
  loop.out[0] = y.body()->data;
  for (int i = 0; i < N; ++i) {
    loop.in[i] = x[i]->body()->data;
    loop.step[i] = 1;
  }
  loop.count = first->count;
  row.loops[loops_of_type(first->dtype)].forward[cpu_level()](op, loop);
  if (row.differentiable) put_on_tape(recording, row, op, x, y.body(), true, where);
  return y;
}
template Tensor apply(const PointwiseRow&, const void*, const Tensor* const (&)[1], Location);
template Tensor apply(const PointwiseRow&, const void*, const Tensor* const (&)[2], Location);
template Tensor apply(const PointwiseRow&, const void*, const Tensor* const (&)[3], Location);

namespace {

// A kept tensor as the slope reads it: in the type of the op's result, and a number as a formula's own.
Tensor as_read(const Tensor& kept, DType type, Location where) {
  if (is_number(kept)) return Tensor(value_of_number(kept));
  return is_of_numbers(kept) ? kept : kept.to(type, where);
}

// The same slopes, as tensors on the tape.
void recorded_backward(Backward& walk, const PointwiseRow& row, const Form* forms) {
  Record& record = walk.record();
  const Tensor gradient = walk.gradient();
  Tensor x[3], y;
  int at = 0;
  for (int i = 0; i < row.inputs; ++i)
    x[i] = record.kept_mask & (1 << i) ? as_read(walk.kept(at++), gradient.dtype(), walk.where()) : Tensor(0.0);
  if (record.kept_mask & kept_output) y = walk.kept(at);
  for (int i = 0; i < row.inputs; ++i) {
    if (!walk.wants(i)) continue;
    Tensor part = row.recorded(record.attributes(), x, y, gradient, i);
    if (!(part.shape() == gradient.shape()) || is_number(part)) part = part + zeros_like(gradient);  // one constant
    walk.add(i, forms ? in_form(std::move(part), forms[i], walk.where(), walk.lead()) : std::move(part));
  }
}

// What a backward pass reads: the gradient, y, the inputs; and how many inputs there are, by what it writes: their gradients. Null: not
// kept, or not wanted.
constexpr int gradient_at = 0, result_at = 1, inputs_at = 2;

// Which of an op's backward passes writes these gradients: the one of an input, or the last, of all.
int pass_of(int inputs, unsigned wanted) {
  const int last = 31 - __builtin_clz(wanted | 1);
  return inputs == 1 || wanted == 1u << last ? last : 3;
}
unsigned wanted_of(const Launch& work) {
  unsigned wanted = 0;
  for (int i = 0; i < work.writes; ++i) wanted |= (work.out(i) ? 1u : 0u) << i;
  return wanted;
}

LoopFn backward_loop(const Launch& work) {
  const auto& loops = static_cast<const PointwiseRow*>(work.row)->loops[loops_of_type(work.type)];
  return loops.backward[pass_of(work.writes, wanted_of(work))][cpu_level()];
}
void backward_on_cpu(const Launch& work) {
  const Body& g = *work.in(gradient_at);
  const Body* const y = work.in(result_at);
  Source sources[3];
  Loop loop;
  loop.count = g.count;
  loop.gradient = g.data;
  loop.y = y ? y->data : nothing;
  for (int i = 0; i < work.writes; ++i) {
    loop.out[i] = work.out(i) ? work.out(i)->data : nullptr;
    loop.in[i] = nothing;
    loop.step[i] = 0;
    if (const Body* x = work.in(inputs_at + i)) sources[i].set(loop, i, x, g.dtype, g.shape, g.count);
  }
  Runner{backward_loop(work), work.settings, g.dtype, size_of(g.dtype), g.shape, {sources, work.writes}}(loop);
}
void backward_on_cuda(const Launch& work) {
  const auto& row = *static_cast<const PointwiseRow*>(work.row);
  const Body& g = *work.in(gradient_at);
  DeviceRun pass(work, g.dtype, g);
  pass.read_gradient(&g);
  if (const Body* y = work.in(result_at)) pass.read_result(y);
  for (int i = 0; i < work.writes; ++i) {
    if (const Body* x = work.in(inputs_at + i)) pass.read(i, x);
    if (work.out(i)) pass.write(i, work.out(i)->data);
  }
  pass(kernels_of(row).launches[loops_of_type(g.dtype)].backward[pass_of(work.writes, wanted_of(work))], work.settings);
}
bool backward_elementwise(const Launch& work, Elementwise& pass) {
  const Body& g = *work.in(gradient_at);
  const Body* const y = work.in(result_at);
  if (!g.in_packs || (y && !y->in_packs)) return false;
  pass = no_pass(backward_loop(work), g.count, g.dtype, g.dtype);
  pass.loop.gradient = g.data;
  if (y) pass.loop.y = y->data;
  bool joins = true;
  for (int i = 0; i < work.writes; ++i) {
    if (work.out(i)) pass.loop.out[i] = work.out(i)->data;
    if (const Body* x = work.in(inputs_at + i))
      joins &= join(pass, i, *x, g.dtype, g, [](const Launch& from, std::byte* room) {
        const Body& like = *from.in(gradient_at);
        for (int k = 0; k < from.writes; ++k) spread_number(from.in(inputs_at + k), like.dtype, like, room + 64 * k);
      });
  }
  return joins;
}
constexpr Kernel backward_kernel{backward_on_cpu, backward_on_cuda, backward_elementwise};

// The common case of one input: the slope is written over the gradient itself. False when it is not that case.
bool backward_in_place(Backward& walk, const PointwiseRow& row, Record& record) {
  if (walk.create_graph() || watcher || record.kept_mask & kept_forms || record.kept_count != 1) return false;
  const Body* const kept = record.kept()[0].body;
  Tensor gradient = walk.take_gradient();
  const Body* const g = gradient.body();
  if (g->count > chunk || !g->in_packs || !only_owner(g) || !kept->in_packs) {
    walk.give_back(std::move(gradient));
    return false;
  }
  Loop loop;
  loop.out[0] = g->data;
  loop.gradient = g->data;
  loop.in[0] = loop.y = nothing;
  loop.step[0] = 0;
  if (record.kept_mask & kept_output) {
    loop.y = kept->data;
  } else {
    loop.in[0] = kept->data;
    loop.step[0] = 1;
  }
  loop.count = g->count;
  row.loops[loops_of_type(g->dtype)].backward[0][cpu_level()](record.attributes(), loop);
  walk.add_alike(0, std::move(gradient));
  return true;
}

// As kernels read a gradient: dense, at a multiple of 64 bytes.
[[gnu::noinline]] Tensor dense(Tensor gradient) {
  const Body& g = *gradient.body();
  return g.contiguous && reinterpret_cast<std::uintptr_t>(g.data) % 64 == 0 ? gradient : gradient.clone();
}

template <int N>
[[gnu::noinline]] void launch_backward(const PointwiseRow& row, const void* op, const Body* g, const Body* y,
                                       const Body* const (&x)[N], const Tensor (&parts)[N]) {
  const Body* bodies[N + inputs_at + N];
  for (int i = 0; i < N; ++i) bodies[i] = parts[i].body();
  bodies[N + gradient_at] = g;
  bodies[N + result_at] = y;
  std::copy_n(x, N, bodies + N + inputs_at);
  launch(work_of(row, backward_kernel, op, g->dtype, N, inputs_at + N, bodies));
}

template <int N>
[[gnu::noinline]] void backward_any(Backward& walk, const PointwiseRow& row, Record& record) {
  const Form* forms = record.kept_mask & kept_forms
                          ? reinterpret_cast<const Form*>(static_cast<const std::byte*>(record.attributes()) + forms_at(row))
                          : nullptr;
  if (walk.create_graph()) return recorded_backward(walk, row, forms);

  Tensor gradient = walk.take_gradient();
  if (!gradient.body()->in_packs) [[unlikely]] gradient = dense(std::move(gradient));
  const Body* const g = gradient.body();
  const Device device = g->storage->device;
  unsigned wanted = 0;  // bit i: input i
  for (int i = 0; i < N; ++i) wanted |= static_cast<unsigned>(walk.wants(i)) << i;

  // Note: the last slope is written over the gradient itself when nobody else holds it; each pack of it is read first. A captured step
  // starts with the same gradient again, and writes elsewhere.
  const int last = 31 - __builtin_clz(wanted | 1);
  const bool on_cpu = device == Device::cpu(), reuse = !watcher && g->in_packs && only_owner(g);
  bool plain = !watcher && g->in_packs && g->count <= chunk;
  Tensor parts[N];
  Loop loop;
  const Body* inputs[N];  // as they were kept
  const Kept* kept = record.kept();
  for (int i = 0; i < N; ++i) {
    const Body* const x = inputs[i] = record.kept_mask >> i & 1 ? kept++->body : nullptr;
    if (x) plain &= forms ? reads_in_place(x, g->dtype, g->shape, g->count) : x->in_packs;
    loop.in[i] = x ? x->data : nothing;
    loop.step[i] = x != nullptr;
    loop.out[i] = nullptr;
    if (!(wanted >> i & 1)) continue;
    parts[i] = i == last && reuse ? std::move(gradient) : Tensor::adopt(on_cpu ? new_body(g->shape, g->count, g->dtype, row.name)
                                      : new_body(g->shape, g->count, g->dtype, device, row.name));
    loop.out[i] = parts[i].body()->data;
  }
  const Body* const y = record.kept_mask & kept_output ? kept->body : nullptr;
  if (plain) [[likely]] {
    loop.count = g->count;
    loop.gradient = g->data;
    loop.y = y ? y->data : nothing;
    row.loops[loops_of_type(g->dtype)].backward[pass_of(N, wanted)][cpu_level()](record.attributes(), loop);
  } else {
    launch_backward<N>(row, record.attributes(), g, y, inputs, parts);
  }
  gradient = {};
  for (int i = 0; i < N; ++i) {
    if (!parts[i].defined()) continue;
    if (forms) walk.add(i, in_form(std::move(parts[i]), forms[i], walk.where()));
    else walk.add_alike(i, std::move(parts[i]));
  }
}

}  // namespace

template <int N>
void pointwise_backward(Backward& walk) {
  Record& record = walk.record();
  const auto& row = static_cast<const PointwiseRow&>(*record.op);
  if (N == 1 && backward_in_place(walk, row, record)) return;
  backward_any<N>(walk, row, record);
}
template void pointwise_backward<1>(Backward&);
template void pointwise_backward<2>(Backward&);
template void pointwise_backward<3>(Backward&);

}  // namespace gradtape
