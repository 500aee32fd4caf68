// Neighbouring passes over as many elements each, run together, block by block: a block that one pass writes is still
// in the first cache when the next one reads it, and what nobody else reads never reaches memory. Internal.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/loop.h>

namespace gradtape::detail {

class FusedPasses {
 public:
  // The launches, of one LaunchGroup, are kept elsewhere, as long as this. `passing`: the addresses of tensors that
  // nobody else reads: only blocks of them come to be.
  FusedPasses(std::span<const Launch* const> launches, std::span<const void* const> passing);
  void run();

 private:
  struct alignas(64) Pack {
    std::byte bytes[64];
  };
  struct alignas(sizeof(Pack)) Pass {  // lines of the cache of its own
    LoopFn run;
    const void* settings;
    Loop loop;
  };
  // Where a pointer leads: to a block that passes by (its number), to memory, or always to the same place.
  static constexpr std::int16_t memory = -1, fixed = -2;
  struct Places {
    std::uint8_t size[Loop::pointers];  // of an element
    std::int16_t leads_to[Loop::pointers];
  };
  struct Prepared {
    const Launch* work;
    void (*prepare)(const Launch& work, std::byte* room);
    std::vector<Pack> room;
  };
  struct Fold {
    const Launch* work;
    void (*finish)(const Launch& work, const std::byte* states, std::int64_t parts);
    std::size_t pass, state_bytes;
    std::vector<Pack> states;  // of all parts
  };
  // A pointer that moves on from block to block: its place among the words of all passes, and how far.
  struct Move {
    std::size_t pointer, bytes;
  };

  void add(const Launch& work, const Elementwise& pass);
  void give_blocks(std::span<const void* const> passing);
  void choose_block();
  void run_part(std::int64_t part);
  void place(std::span<Pass> passes, std::int64_t part, std::byte* blocks);
  void list_moves();
  std::int64_t parts() const { return std::max<std::int64_t>(1, (count_ + part_of_pass - 1) / part_of_pass); }
  std::size_t block_bytes() const { return static_cast<std::size_t>(block_) * element_; }

  std::vector<Pass> passes_;
  std::vector<Places> places_;
  std::vector<Move> moves_;
  std::vector<Prepared> prepared_, constants_;
  std::vector<Fold> folds_;
  std::vector<Pack> blocks_;  // where all is one block
  std::int64_t count_ = 0, block_ = 0;
  std::size_t element_ = 1;  // bytes of the widest that passes by
  int block_count_ = 0;
};

}  // namespace gradtape::detail
