#include <gradtape/ops/cpu/pointwise_inputs.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/team.h>

namespace gradtape {
namespace {

constexpr std::int64_t block = 1024;  // elements gathered at a time from inputs that are not dense
constexpr std::int64_t whole_pack = 64;

template <class Bits>
void fill_pack(std::byte* pack) {
  Bits bits;
  std::memcpy(&bits, pack, sizeof bits);
  for (std::size_t at = 0; at < 64; at += sizeof bits) std::memcpy(pack + at, &bits, sizeof bits);
}
// A pack of 64 bytes of one number.
void spread(const TensorData& from, DType dtype, std::byte* pack) {
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

void move_on(const void*& pointer, std::size_t bytes) {
  if (pointer && pointer != nothing) pointer = static_cast<const std::byte*>(pointer) + bytes;
}
// Moves a loop over its arrays, of so many inputs, to the element `first`.
void advance(Loop& loop, std::size_t inputs, std::int64_t first, std::size_t size, std::size_t out_size) {
  const auto elements = static_cast<std::size_t>(first);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, inputs); ++i)
    if (loop.out[i]) loop.out[i] = static_cast<std::byte*>(loop.out[i]) + elements * out_size;
  for (std::size_t i = 0; i < inputs; ++i)
    loop.in[i] = static_cast<const std::byte*>(loop.in[i]) + static_cast<std::size_t>(first * loop.step[i]) * size;
  move_on(loop.y, elements * size);
  move_on(loop.gradient, elements * size);
}

}  // namespace

void Source::set(Loop& loop, int i, const TensorData* from, DType dtype, const Shape& shape, std::int64_t count) {
  if (reads_in_place(from, dtype, shape, count)) [[likely]] {
    loop.in[i] = from->data;
    loop.step[i] = 1;
  } else if (from->count == 1) {
    spread(*from, dtype, number);
    loop.in[i] = number;
    loop.step[i] = 0;
  } else {
    if (from->contiguous && from->dtype == dtype && from->shape == shape) padded = false;
    else tensor = from;
    loop.in[i] = from->data;
    loop.step[i] = 1;
  }
}

void Runner::operator()(const Loop& loop) const {
  bool in_place = true;
  for (const Source& source : sources) in_place &= source.tensor == nullptr && source.padded;
  if (in_place && loop.count <= part_of_pass) [[likely]]
    return run(op, loop);
  parallel_for((loop.count + part_of_pass - 1) / part_of_pass, [&](std::int64_t number) {
    Loop part = loop;
    advance(part, sources.size(), number * part_of_pass, size_of(dtype), out_size);
    part.count = std::min(part_of_pass, loop.count - number * part_of_pass);
    if (in_place) run(op, part);
    else in_blocks(part, number * part_of_pass);
  });
}
void Runner::in_blocks(const Loop& loop, std::int64_t first) const {
  alignas(64) std::byte buffers[3][block * 8];
  const Layout layouts[3] = {layout_of(0), layout_of(1), layout_of(2)};
  for (std::int64_t at = 0; at < loop.count; at += block) {
    Loop part = loop;
    advance(part, sources.size(), at, size_of(dtype), out_size);
    part.count = std::min(block, loop.count - at);
    for (std::size_t i = 0; i < sources.size(); ++i) read_block(part, i, layouts[i], first + at, buffers[i]);
    run(op, part);
  }
}
void Runner::read_block(Loop& part, std::size_t i, const Layout& layout, std::int64_t first, std::byte* buffer) const {
  const Source& source = sources[i];
  const bool past_the_end = !source.padded && part.count % whole_pack != 0;
  if (!source.tensor && !past_the_end) return;
  if (source.tensor) gather(source.tensor->data, source.tensor->dtype, layout, first, part.count, buffer, dtype);
  else std::memcpy(buffer, part.in[i], static_cast<std::size_t>(part.count) * size_of(dtype));
  part.in[i] = buffer;
}
Layout Runner::layout_of(std::size_t i) const {
  return i < sources.size() && sources[i].tensor ? Layout(*sources[i].tensor, shape) : Layout();
}

void run_in_chunks(LoopFn run, const void* op, const TensorData& like, Loop loop) {
  const Source in_place[2] = {{nullptr, true, {}}, {nullptr, true, {}}};
  loop.out[1] = loop.out[2] = nullptr;
  loop.y = loop.gradient = nullptr;
  Runner{run, op, like.dtype, size_of(like.dtype), like.shape, in_place}(loop);
}

Elementwise pass_without_inputs(LoopFn run, std::int64_t count, DType type, DType out_type) {
  Elementwise pass{.run = run, .loop = {}, .size = size_of(type), .out_size = size_of(out_type)};
  pass.loop.in[0] = pass.loop.in[1] = pass.loop.in[2] = pass.loop.y = nothing;
  pass.constant = true;
  pass.loop.count = count;
  return pass;
}
bool join(Elementwise& pass, int k, const TensorData& x, DType type, const TensorData& like,
          void (*spread_numbers)(const Launch&, std::byte*)) {
  pass.loop.in[k] = x.data;
  pass.loop.step[k] = reads_in_place(&x, type, like.shape, like.count);
  if (pass.loop.step[k]) return true;
  pass.prepare = spread_numbers;
  // C++ numbers stay what they are; what a mask chose from such does not.
  pass.constant &= x.weak_type == 1 || x.weak_type == 2;
  return x.count == 1;
}
void spread_number(const TensorData* x, DType type, const TensorData& like, std::byte* pack) {
  if (x && !reads_in_place(x, type, like.shape, like.count)) spread(*x, type, pack);
}

}  // namespace gradtape
