// A launch as its neighbours may join it: one pass over dense arrays, element by element, or parts of some rows each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradtape {

struct Launch;

struct Loop {
  void* out[3];  // forward: the result, out[0]; backward: the inputs' gradients, null where none is wanted
  const void* in[3];
  const void* y;         // backward: the result, if the slope reads it
  const void* gradient;  // backward: the result's gradient
  std::int8_t step[3];   // 1, or 0 where in[k] is one pack of the same number
  std::int64_t count;

  // The pointers, in order; and does one go along with the elements?
  static constexpr int pointers = 8, first_input = 3, first_of_result = 6;
  static constexpr bool is_output(int i) { return i < first_input; }
  const void*& pointer(int i) { return reinterpret_cast<const void**>(this)[i]; }
  bool moves(int i) const { return is_output(i) || i >= first_of_result || step[i - first_input] == 1; }
};
static_assert(offsetof(Loop, step) == Loop::pointers * sizeof(void*));
using LoopFn = void (*)(const void* op, const Loop& loop);

// Elements that one thread takes at a time. A fold has a state for each such part, so its bits do not depend on the
// threads.
inline constexpr std::int64_t part_of_pass = 16384;

inline constexpr std::size_t room_bytes = 320;

// A launch as such a pass, over memory that lies in packs: it may be run block by block, and so beside others. Pointers
// of the loop lead to the first elements of the launch's tensors; others stay where they are.
struct Elementwise {
  LoopFn run;
  Loop loop;
  std::size_t size, out_size;  // of a number that is read, and of one that is written
  // Prepares, before each run, or once if it is constant, what is the same for all elements, in a room of `room_bytes`:
  // of 64 bytes each, what inputs of step 0 read; or the settings.
  void (*prepare)(const Launch& work, std::byte* room) = nullptr;
  bool constant = false;
  bool prepares_settings = false;
  // A fold takes its elements in order into a state, out[0], which begins as zeros; and at last writes what the states
  // of all parts give.
  std::size_t state_bytes = 0;
  void (*finish)(const Launch& work, const std::byte* states, std::int64_t parts) = nullptr;
};

// A launch in parts, some rows of its tensors at a time.
struct ByRows {
  std::int64_t rows;
  std::size_t row_bytes;  // of what it reads for one row
  // Rows [first, last), after all before them, where first is a multiple of 16: what was written of the others stays.
  // The state is kept from part to part, zeros at first.
  void (*run)(const Launch& work, std::int64_t first, std::int64_t last, std::byte* state);
  std::size_t state_bytes = 0;
  // How a part reaches each tensor, in the order of the launch: all of it, its own rows, or all of it in the first part
  // only.
  enum Reach : std::uint8_t { all, own_rows, all_at_first };
  Reach reach[16] = {};
};

}  // namespace gradtape
