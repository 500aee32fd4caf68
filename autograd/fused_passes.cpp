#include <gradtape/autograd/fused_passes.h>

#include <algorithm>
#include <unordered_map>

#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/team.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 16384;                     // elements that one thread takes at a time
constexpr std::int64_t least_block = 512, most_block = 4096;  // elements; whole packs of every type
constexpr std::int64_t first_cache = 24 * 1024;           // bytes of it for what passes by
constexpr std::int64_t whole_packs = 64;                  // elements
constexpr std::int64_t block_unit = 8;                    // bytes of the widest number

alignas(64) constexpr std::byte nothing[64] = {};

// Calls each(pointer, number of the pointer) for all of a loop, and puts what it returns in its place.
template <class Each>
void each_pointer(Loop& loop, Each each) {
  for (int k = 0; k < 3; ++k) loop.out[k] = const_cast<void*>(each(loop.out[k], k));
  for (int k = 0; k < 3; ++k) loop.in[k] = each(loop.in[k], 3 + k);
  loop.y = each(loop.y, 6);
  loop.gradient = each(loop.gradient, 7);
}
constexpr bool is_output(int pointer) { return pointer < 3; }

}  // namespace

bool FusedPasses::takes(const Launch& work, const Elementwise& pass) const {
  if (passes_.empty()) return true;
  if (pass.loop.count != count_) return false;
  for (int i = 0; i < work.writes + work.reads; ++i) {
    const Body* const x = work.bodies[i];
    if (!x) continue;
    const bool is_number = std::find(pass.number, pass.number + 3, x) != pass.number + 3;
    for (const Reached& other : reached_)
      if (other.storage == x->storage && (other.written || i < work.writes) && (other.data != x->data || is_number)) return false;
  }
  return true;
}

void FusedPasses::add(const Launch& work, const Elementwise& pass) {
  count_ = pass.loop.count;
  Pass added{pass.run, work.settings, pass.loop, static_cast<std::int16_t>(pass.size), static_cast<std::int16_t>(pass.out_size), {}};
  each_pointer(added.loop, [&](const void* at, int i) {
    added.leads_to[i] = at ? memory : fixed;
    return at || is_output(i) ? at : nothing;
  });
  for (int k = 0; k < 3; ++k) {
    if (pass.loop.step[k] == 0) added.leads_to[3 + k] = fixed;
    if (pass.number[k]) numbers_.push_back({passes_.size(), k, pass.number[k], pass.spread, nullptr});
  }
  passes_.push_back(added);
  for (int i = 0; i < work.writes + work.reads; ++i)
    if (const Body* x = work.bodies[i]) {
      const bool is_number = std::find(pass.number, pass.number + 3, x) != pass.number + 3;
      reached_.push_back({x->storage, is_number ? nullptr : x->data, i < work.writes});
    }
}

// A block is free again behind the pass that reads it last; a pass may write where it reads, pack by pack, if it writes there alone.
void FusedPasses::give_blocks(std::span<const void* const> passing) {
  std::unordered_map<const void*, std::size_t> last_use;
  for (const void* at : passing) last_use[at] = 0;
  auto passes_by = [&](const Pass& pass, const void* at, int i) { return pass.leads_to[i] == memory && last_use.count(at); };
  for (std::size_t i = 0; i < passes_.size(); ++i)
    each_pointer(passes_[i].loop, [&](const void* at, int k) {
      if (passes_by(passes_[i], at, k)) last_use[at] = i;
      return at;
    });
  std::unordered_map<const void*, std::int16_t> block_of;
  std::vector<std::int16_t> free;
  for (std::size_t i = 0; i < passes_.size(); ++i) {
    Pass& pass = passes_[i];
    std::vector<const void*> ending;
    const auto let_go = [&] {
      for (const void* at : ending)
        if (const auto found = block_of.find(at); found != block_of.end()) free.push_back(found->second), block_of.erase(found);
      ending.clear();
    };
    Loop loop = pass.loop;
    each_pointer(loop, [&](const void* at, int k) {
      if (is_output(k) || !passes_by(pass, at, k)) return at;
      pass.leads_to[k] = block_of.at(at);
      if (last_use[at] == i) ending.push_back(at);
      return at;
    });
    if (!pass.loop.out[1] && !pass.loop.out[2] && pass.size == pass.out_size) let_go();
    each_pointer(loop, [&](const void* at, int k) {
      if (!is_output(k) || !passes_by(pass, at, k)) return at;
      if (!block_of.count(at)) {
        if (free.empty()) free.push_back(static_cast<std::int16_t>(block_count_++));
        block_of[at] = free.back();
        free.pop_back();
      }
      pass.leads_to[k] = block_of[at];
      if (last_use[at] == i) ending.push_back(at);
      return at;
    });
    let_go();
  }
}

void FusedPasses::finish(std::span<const void* const> passing) {
  give_blocks(passing);
  const std::int64_t fitting = first_cache / (block_unit * std::max(1, block_count_)) / least_block * least_block;
  block_ = std::clamp(fitting, least_block, most_block);
  packs_.resize(numbers_.size());
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    Number& number = numbers_[i];
    number.pack = packs_[i].bytes;
    passes_[number.pass].loop.in[number.input] = number.pack;
    number.spread(*number.from, number.pack);
  }
  // C++ numbers stay what they are; what a mask chose from such does not.
  std::erase_if(numbers_, [](const Number& number) { return number.from->weak == 1 || number.from->weak == 2; });
  reached_ = {};
  if (count_ > block_) return;
  block_ = (count_ + whole_packs - 1) / whole_packs * whole_packs;
  blocks_.resize(static_cast<std::size_t>(block_count_ * block_ * block_unit) / sizeof(Pack));
  for (Pass& pass : passes_) place(pass, pass.loop, 0, reinterpret_cast<std::byte*>(blocks_.data()));
}

// Lets a loop begin at the element `first`.
void FusedPasses::place(const Pass& pass, Loop& loop, std::int64_t first, std::byte* blocks) const {
  each_pointer(loop, [&](const void* at, int i) -> const void* {
    const std::int16_t to = pass.leads_to[i];
    if (to >= 0) return blocks + to * block_ * block_unit;
    if (to == fixed) return at;
    return static_cast<const std::byte*>(at) + first * (is_output(i) ? pass.out_size : pass.size);
  });
}

void FusedPasses::run_part(std::int64_t first, std::int64_t count) const {
  const std::size_t loop_bytes = passes_.size() * sizeof(Loop), block_bytes = static_cast<std::size_t>(block_count_ * block_ * block_unit);
  const std::size_t bytes = (loop_bytes + 63) / 64 * 64 + block_bytes;
  auto* const memory_of_part = static_cast<std::byte*>(take_block(bytes, "program"));
  auto* const loops = reinterpret_cast<Loop*>(memory_of_part);
  for (std::size_t i = 0; i < passes_.size(); ++i) {
    loops[i] = passes_[i].loop;
    place(passes_[i], loops[i], first, memory_of_part + (bytes - block_bytes));
  }
  for (std::int64_t at = 0; at < count; at += block_) {
    const std::int64_t elements = std::min(block_, count - at);
    for (std::size_t i = 0; i < passes_.size(); ++i) {
      const Pass& pass = passes_[i];
      Loop& loop = loops[i];
      loop.count = elements;
      pass.run(pass.settings, loop);
      each_pointer(loop, [&](const void* p, int k) -> const void* {
        if (pass.leads_to[k] != memory) return p;
        return static_cast<const std::byte*>(p) + block_ * (is_output(k) ? pass.out_size : pass.size);
      });
    }
  }
  give_block(memory_of_part, bytes);
}

void FusedPasses::run() {
  for (const Number& number : numbers_) number.spread(*number.from, number.pack);
  if (count_ <= block_) {
    for (const Pass& pass : passes_) pass.run(pass.settings, pass.loop);
    return;
  }
  parallel_for((count_ + chunk - 1) / chunk, [&](std::int64_t number) {
    run_part(number * chunk, std::min(chunk, count_ - number * chunk));
  });
}

}  // namespace gradtape
