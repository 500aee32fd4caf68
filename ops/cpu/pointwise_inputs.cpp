#include <gradtape/ops/cpu/pointwise_inputs.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include <gradtape/autograd/team.h>

namespace gradtape {
namespace {

constexpr std::int64_t block = 1024;  // elements gathered at a time from inputs that are not dense
constexpr std::int64_t whole_pack = 64;
// What an input has for copies, of two blocks and a pack. They begin in the middle of a page, as results mostly begin
// with one: a processor takes a load from the same place of another page for one of what was just stored, and waits.
constexpr std::size_t page = 4096, copies_at = page / 2, bytes_for_copies = 5 * page;
static_assert(copies_at + 2 * block * 8 + 64 <= bytes_for_copies);

template <class Bits>
void fill_pack(const std::byte* number, std::byte* pack) {
  Bits bits;
  std::memcpy(&bits, number, sizeof bits);
  for (std::size_t at = 0; at < 64; at += sizeof bits) std::memcpy(pack + at, &bits, sizeof bits);
}
void fill_pack(const std::byte* number, std::size_t size, std::byte* pack) {
  size == 4 ? fill_pack<std::uint32_t>(number, pack) : fill_pack<std::uint64_t>(number, pack);
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
  fill_pack(pack, size_of(dtype), pack);
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

// One input of a loop, block by block.
class Blocks {
 public:
  Blocks(const Source& source, DType dtype, const Shape& shape, std::byte* pages)
      : source_(source), dtype_(dtype), buffer_(pages + copies_at) {
    if (!source.tensor) return;
    layout_ = Layout(*source.tensor, shape);
    if (layout_.sizes.rank() < 2 || layout_.strides[0] != 0) return;
    const std::int64_t count = count_of(shape), again = count / layout_.sizes[0];
    if (again > block) return;
    period_ = again;
    copy(0, std::min(count, again + block));
  }
  // Lets input i of a part read the elements from `first` on.
  void read(Loop& part, std::size_t i, std::int64_t first) {
    const bool whole_packs = part.count % whole_pack == 0;
    if (!source_.tensor) {
      if (source_.padded || whole_packs) return;
      std::memcpy(buffer_, part.in[i], static_cast<std::size_t>(part.count) * size_of(dtype_));
      part.in[i] = buffer_;
    } else if (period_ > 0) {
      part.in[i] = buffer_ + static_cast<std::size_t>(first % period_) * size_of(dtype_);
    } else if (!read_one_run(part, i, first, whole_packs)) {
      copy(first, part.count);
      part.in[i] = buffer_;
    }
  }

 private:
  // Where all are neighbours, or the same number, nothing is copied.
  bool read_one_run(Loop& part, std::size_t i, std::int64_t first, bool whole_packs) {
    const TensorData& from = *source_.tensor;
    const int last = layout_.sizes.rank() - 1;
    const std::int64_t stride = layout_.strides[last];
    if (from.dtype != dtype_ || layout_.sizes[last] < part.count || !(stride == 0 || (stride == 1 && whole_packs)))
      return false;
    const ElementRun run = run_at(layout_, first);
    if (run.count < part.count) return false;
    const std::byte* const there = from.data + run.offset * static_cast<std::int64_t>(size_of(dtype_));
    part.step[i] = static_cast<std::int8_t>(stride);
    if (stride == 1) return part.in[i] = there, true;
    fill_pack(there, size_of(dtype_), buffer_);
    return part.in[i] = buffer_, true;
  }
  void copy(std::int64_t first, std::int64_t count) {
    gather(source_.tensor->data, source_.tensor->dtype, layout_, first, count, buffer_, dtype_);
  }

  const Source& source_;
  DType dtype_;
  Layout layout_;
  std::byte* buffer_;
  std::int64_t period_ = 0;  // after so many elements, few enough for a block, they come again
};

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
  alignas(page) std::byte pages[3][bytes_for_copies];
  std::optional<Blocks> inputs[3];
  for (std::size_t i = 0; i < sources.size(); ++i) inputs[i].emplace(sources[i], dtype, shape, pages[i]);
  for (std::int64_t at = 0; at < loop.count; at += block) {
    Loop part = loop;
    advance(part, sources.size(), at, size_of(dtype), out_size);
    part.count = std::min(block, loop.count - at);
    for (std::size_t i = 0; i < sources.size(); ++i) inputs[i]->read(part, i, first + at);
    run(op, part);
  }
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
