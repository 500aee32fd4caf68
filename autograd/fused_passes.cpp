#include <gradtape/autograd/fused_passes.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/team.h>

namespace gradtape::detail {
namespace {

constexpr std::int64_t least_block = 512, most_block = 4096;  // elements; full packs of every type
constexpr std::int64_t first_cache = 24 * 1024;               // bytes of it for what a block reads and writes
constexpr std::int64_t full_packs = 64;                       // elements

bool has(const Launch& work, const void* data) {
  const TensorData* const* end = work.tensors + work.writes + work.reads;
  return std::any_of(work.tensors, end, [&](const TensorData* x) { return x && x->data == data; });
}

}  // namespace

FusedPasses::FusedPasses(std::span<const Launch* const> launches, std::span<const void* const> passing) {
  for (const Launch* work : launches) {
    Elementwise pass;
    work->kernel->elementwise(*work, pass);
    add(*work, pass);
  }
  for (Fold& fold : folds_) fold.states.resize(static_cast<std::size_t>(parts()) * fold.state_bytes / sizeof(Pack));
  give_blocks(passing);
  choose_block();
  list_moves();
  if (count_ > block_) return;
  blocks_.resize(static_cast<std::size_t>(block_count_) * block_bytes() / sizeof(Pack));
  place(passes_, 0, reinterpret_cast<std::byte*>(blocks_.data()));
}

void FusedPasses::add(const Launch& work, const Elementwise& pass) {
  count_ = pass.loop.count;
  Pass added{pass.run, work.settings, pass.loop};
  if (pass.prepare) {
    Prepared& prepared = (pass.constant ? constants_ : prepared_).emplace_back(Prepared{&work, pass.prepare, {}});
    prepared.room.resize(room_bytes / sizeof(Pack));
    if (pass.prepares_settings) added.settings = prepared.room.data();
    for (int k = 0; k < 3; ++k)
      if (pass.loop.step[k] == 0) added.loop.in[k] = prepared.room[static_cast<std::size_t>(k)].bytes;
    if (pass.constant) pass.prepare(work, prepared.room.data()->bytes);
  }
  if (pass.finish) folds_.push_back({&work, pass.finish, passes_.size(), pass.state_bytes, {}});
  Places places;
  for (int i = 0; i < Loop::pointers; ++i) {
    places.size[i] = static_cast<std::uint8_t>(Loop::is_output(i) ? pass.out_size : pass.size);
    places.leads_to[i] = pass.loop.moves(i) && has(work, added.loop.pointer(i)) ? memory : fixed;
  }
  passes_.push_back(added);
  places_.push_back(places);
}

void FusedPasses::list_moves() {
  constexpr std::size_t words = sizeof(Pass) / sizeof(void*), first = offsetof(Pass, loop) / sizeof(void*);
  for (std::size_t p = 0; p < passes_.size(); ++p)
    for (int i = 0; i < Loop::pointers; ++i)
      if (places_[p].leads_to[i] == memory)
        moves_.push_back(
            {p * words + first + static_cast<std::size_t>(i), static_cast<std::size_t>(block_) * places_[p].size[i]});
}

namespace {

// Which block what passes by has, while it does.
class Blocks {
 public:
  std::int16_t of(const void* at) {
    if (const auto known = block_of_.find(at); known != block_of_.end()) return known->second;
    if (free_.empty()) free_.push_back(static_cast<std::int16_t>(count_++));
    const std::int16_t block = block_of_[at] = free_.back();
    free_.pop_back();
    return block;
  }
  void free(const void* at) {
    const auto known = block_of_.find(at);
    if (known == block_of_.end()) return;
    free_.push_back(known->second);
    block_of_.erase(known);
  }
  int count() const { return count_; }

 private:
  std::unordered_map<const void*, std::int16_t> block_of_;
  std::vector<std::int16_t> free_;
  int count_ = 0;
};

}  // namespace

// A block is free again behind the pass that reads it last; a pass may write where it reads, pack by pack, if it writes
// there alone.
void FusedPasses::give_blocks(std::span<const void* const> passing) {
  std::unordered_map<const void*, std::size_t> last_use;
  for (const void* at : passing) last_use[at] = 0;
  for (std::size_t p = 0; p < passes_.size(); ++p)
    for (int i = 0; i < Loop::pointers; ++i)
      if (const auto found = last_use.find(passes_[p].loop.pointer(i)); found != last_use.end()) found->second = p;
  Blocks blocks;
  for (std::size_t p = 0; p < passes_.size(); ++p) {
    Loop& loop = passes_[p].loop;
    Places& places = places_[p];
    const auto each_passing = [&](int from, int to, auto call) {
      for (int i = from; i < to; ++i)
        if (places.leads_to[i] != fixed && last_use.count(loop.pointer(i))) call(i, loop.pointer(i));
    };
    const auto give = [&](int i, const void* at) {
      places.leads_to[i] = blocks.of(at);
      element_ = std::max<std::size_t>(element_, places.size[i]);
    };
    const auto free_what_ends = [&](int, const void* at) {
      if (last_use[at] == p) blocks.free(at);
    };
    const bool in_place = !loop.out[1] && !loop.out[2] && places.size[0] == places.size[Loop::first_input];
    each_passing(Loop::first_input, Loop::pointers, give);
    if (in_place) each_passing(Loop::first_input, Loop::pointers, free_what_ends);
    each_passing(0, Loop::first_input, give);
    each_passing(0, Loop::pointers, free_what_ends);
  }
  block_count_ = blocks.count();
}

// As long as the first cache has room for what passes by; and if that is not all in one, for what lies in memory too,
// which several passes may read.
void FusedPasses::choose_block() {
  const auto fitting = [](std::int64_t bytes) {
    return std::clamp(first_cache / bytes / least_block * least_block, least_block, most_block);
  };
  std::int64_t bytes = std::max(1, block_count_) * static_cast<std::int64_t>(element_);  // for each element
  if (count_ <= fitting(bytes)) {
    block_ = (count_ + full_packs - 1) / full_packs * full_packs;
    return;
  }
  std::unordered_map<const void*, std::int64_t> in_memory;
  for (std::size_t p = 0; p < passes_.size(); ++p)
    for (int i = 0; i < Loop::pointers; ++i)
      if (places_[p].leads_to[i] == memory) in_memory[passes_[p].loop.pointer(i)] = places_[p].size[i];
  for (const auto& [at, size] : in_memory) bytes += size;
  block_ = fitting(bytes);
}

// Lets passes begin where a part does.
void FusedPasses::place(std::span<Pass> passes, std::int64_t part, std::byte* blocks) {
  for (std::size_t p = 0; p < passes.size(); ++p)
    for (int i = 0; i < Loop::pointers; ++i) {
      const void*& at = passes[p].loop.pointer(i);
      const std::int16_t to = places_[p].leads_to[i];
      if (to >= 0) at = blocks + static_cast<std::size_t>(to) * block_bytes();
      else if (to == memory) at = static_cast<const std::byte*>(at) + part * part_of_pass * places_[p].size[i];
    }
  for (Fold& fold : folds_) {
    std::byte* const state = fold.states.data()->bytes + static_cast<std::size_t>(part) * fold.state_bytes;
    passes[fold.pass].loop.out[0] = std::memset(state, 0, fold.state_bytes);
  }
}

void FusedPasses::run_part(std::int64_t part) {
  const std::size_t pass_bytes = passes_.size() * sizeof(Pass);
  const std::size_t bytes = (pass_bytes + 63) / 64 * 64 + static_cast<std::size_t>(block_count_) * block_bytes();
  auto* const room = static_cast<std::byte*>(take_block(bytes, "program"));
  std::memcpy(room, passes_.data(), pass_bytes);
  const std::span own(reinterpret_cast<Pass*>(room), passes_.size());
  place(own, part, room + (bytes - static_cast<std::size_t>(block_count_) * block_bytes()));
  auto* const pointers_of_all = reinterpret_cast<const std::byte**>(room);
  for (std::int64_t left = std::min(part_of_pass, count_ - part * part_of_pass); left > 0; left -= block_) {
    for (Pass& pass : own) {
      pass.loop.count = std::min(block_, left);
      pass.run(pass.settings, pass.loop);
    }
    for (const Move& move : moves_) pointers_of_all[move.pointer] += move.bytes;
  }
  give_block(room, bytes);
}

void FusedPasses::run() {
  for (Prepared& prepared : prepared_) prepared.prepare(*prepared.work, prepared.room.data()->bytes);
  if (count_ <= block_) {
    for (Fold& fold : folds_) std::memset(fold.states.data(), 0, fold.state_bytes);
    for (const Pass& pass : passes_) {
      __builtin_prefetch(&pass + 1);  // the next one comes while this one runs
      __builtin_prefetch(reinterpret_cast<const std::byte*>(&pass + 1) + 64);
      pass.run(pass.settings, pass.loop);
    }
  } else {
    parallel_for(parts(), [&](std::int64_t part) { run_part(part); });
  }
  for (const Fold& fold : folds_) fold.finish(*fold.work, fold.states.data()->bytes, parts());
}

}  // namespace gradtape::detail
