// How a pointwise loop reads its inputs: in place, as one number met by all, or gathered block by block. Internal.
#pragma once

#include <span>

#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/loop.h>

namespace gradtape {

// What a loop's pointers lead to where there is nothing to be read.
alignas(64) inline constexpr std::byte nothing[64] = {};

// May a loop read the input in place? The common case, decided in a few instructions.
inline bool reads_in_place(const TensorData* x, DType dtype, const Shape& shape, std::int64_t count) {
  return x->dtype == dtype && x->count == count && x->in_packs && x->shape == shape;
}

// Where a loop reads one input.
struct Source {
  const TensorData* tensor = nullptr;  // to be gathered; null when the loop reads in place
  bool padded = true;  // whole packs may be read past the end
  alignas(64) std::byte number[64];

  // Says so for input i, as it is in `shape` and of type `dtype`.
  void set(Loop& loop, int i, const TensorData* from, DType dtype, const Shape& shape, std::int64_t count);
};

// Runs a loop over chunks; gathers, block by block, what cannot be read in place.
struct Runner {
  LoopFn run;
  const void* op;
  DType dtype;           // of the loop's numbers
  std::size_t out_size;  // of one result
  const Shape& shape;
  std::span<const Source> sources;

  void operator()(const Loop& loop) const;

 private:
  void in_blocks(const Loop& loop, std::int64_t first) const;
};

// A loop over two tensors that it reads in place, and one result, chunk by chunk.
void run_in_chunks(LoopFn run, const void* op, const TensorData& like, Loop loop);
// A loop over two tensors of one shape and type that it reads in place, and whose results take the first one's.
inline void run_over_the_first(LoopFn run, const void* op, const TensorData& a, const TensorData& b) {
  Loop loop;
  loop.out[0] = a.data;
  loop.in[0] = a.data, loop.in[1] = b.data;
  loop.step[0] = loop.step[1] = 1;
  loop.count = a.count;
  if (a.count <= part_of_pass) [[likely]]
    run(op, loop);
  else run_in_chunks(run, op, a, loop);
}

// A pass that may run beside others, of which no input is known yet.
Elementwise pass_without_inputs(LoopFn run, std::int64_t count, DType type, DType out_type);
// Reads input k in place, or as one number, which is spread before each run; false where it must be gathered.
bool join(Elementwise& pass, int k, const TensorData& x, DType type, const TensorData& like,
          void (*spread_numbers)(const Launch&, std::byte*));
// What an input is where all elements meet the same number: a pack of it.
void spread_number(const TensorData* x, DType type, const TensorData& like, std::byte* pack);

}  // namespace gradtape
