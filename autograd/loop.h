// One pass over dense arrays of one type, element by element.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradtape {

struct Body;

struct Loop {
  void* out[3];          // forward: the result, out[0]; backward: the inputs' gradients, null where none is wanted
  const void* in[3];
  const void* y;         // backward: the result, if the slope reads it
  const void* gradient;  // backward: the result's gradient
  std::int64_t step[3];  // 1, or 0 where in[k] is one pack of the same number
  std::int64_t count;
};
using LoopFn = void (*)(const void* op, const Loop& loop);

// A launch as such a pass, over memory that lies in packs: it may be run part by part, and so beside others.
struct Elementwise {
  LoopFn run;
  Loop loop;
  std::size_t size, out_size;  // of a number that is read, and of one that is written
  // Where in[k] is one number met by all: its tensor, and what writes a pack of it.
  const Body* number[3] = {};
  void (*spread)(const Body& number, std::byte* pack) = nullptr;
};

}  // namespace gradtape
