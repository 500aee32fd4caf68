// A launch in parts, some rows of its tensors at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradtape {

struct Launch;

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
