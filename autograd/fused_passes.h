// Neighbouring passes over as many elements each, run together, block by block: a block that one pass writes is still in the first cache when
// the next one reads it, and what nobody else reads never reaches memory. Internal.
#pragma once

#include <span>
#include <vector>

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/loop.h>

namespace gradtape {

class FusedPasses {
 public:
  // May the pass run beside those that are there? It goes over as many elements; and what one of them writes and another reaches, both
  // reach at the same place: then each element goes its way alone.
  bool takes(const Launch& work, const Elementwise& pass) const;
  // The work is kept elsewhere, as long as this.
  void add(const Launch& work, const Elementwise& pass);
  bool empty() const { return passes_.empty(); }
  // No more comes. `passing`: the addresses of tensors that nobody else reads. Only blocks of them come to be.
  void finish(std::span<const void* const> passing);
  void run();

 private:
  static constexpr int pointers = 8;  // of a loop
  // Where a pointer leads: to memory, a block that passes by (its number), or one pack.
  static constexpr std::int16_t memory = -1, fixed = -2;
  struct Pass {
    LoopFn run;
    const void* settings;
    Loop loop;
    std::int16_t size, out_size;
    std::int16_t leads_to[pointers];
  };
  struct Reached {
    const Storage* storage;
    const void* data;
    bool written;
  };
  struct alignas(64) Pack {
    std::byte bytes[64];
  };
  struct Number {
    std::size_t pass;
    int input;
    const Body* from;
    void (*spread)(const Body& number, std::byte* pack);
    std::byte* pack;
  };

  void give_blocks(std::span<const void* const> passing);
  void run_part(std::int64_t first, std::int64_t count) const;
  void place(const Pass& pass, Loop& loop, std::int64_t first, std::byte* blocks) const;

  std::vector<Pass> passes_;
  std::vector<Reached> reached_;
  std::vector<Number> numbers_;
  std::vector<Pack> packs_;   // of the numbers
  std::vector<Pack> blocks_;  // where there is one part only
  std::int64_t count_ = 0, block_ = 0;
  int block_count_ = 0;
};

}  // namespace gradtape
