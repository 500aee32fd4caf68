#include <gradtape/autograd/fused_rows.h>

#include <algorithm>

#include <gradtape/autograd/scoped.h>
#include <gradtape/autograd/team.h>

namespace gradtape {
namespace {

constexpr std::size_t second_cache = 3 << 17;  // bytes of it for the widest rows of a block
constexpr std::int64_t least_block = 16;       // rows; blocks are so many, or a multiple

}  // namespace

FusedRows::FusedRows(std::span<const Blamed> launches) {
  std::size_t row_bytes = 1;
  for (const Blamed& launch : launches) {
    Part& part = parts_.emplace_back(Part{launch, {}, {}});
    launch.work->kernel->by_rows(*launch.work, part.rows);
    part.state.resize((part.rows.state_bytes + sizeof(Pack) - 1) / sizeof(Pack));
    rows_ = part.rows.rows;
    row_bytes = std::max(row_bytes, part.rows.row_bytes);
  }
  block_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(second_cache / row_bytes) / least_block) * least_block;
}

void FusedRows::run() {
  for (Part& part : parts_) std::fill(part.state.begin(), part.state.end(), Pack{});
  const std::int64_t block = block_ * num_threads();
  for (std::int64_t first = 0; first < rows_; first += block)
    for (Part& part : parts_) {
      const detail::Set blamed(current_call, part.launch.at);
      part.rows.run(*part.launch.work, first, std::min(first + block, rows_),
                    reinterpret_cast<std::byte*>(part.state.data()));
    }
}

}  // namespace gradtape
