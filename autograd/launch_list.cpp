#include <gradtape/autograd/launch_list.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/scoped.h>

namespace gradtape {
namespace {

constexpr std::size_t none = ~std::size_t(0);

bool as_pass(const Launch& work, Elementwise& pass) { return work.kernel->elementwise && work.kernel->elementwise(work, pass); }

}  // namespace

LaunchList::~LaunchList() {
  tensors_.clear();
  if (block_) give_block(block_, block_bytes_);
}

void LaunchList::keep(const Launch& work) {
  const auto count = static_cast<std::size_t>(work.writes + work.reads);
  const std::size_t settings_bytes = (work.settings_bytes + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
  Kept kept{work, outermost({}), std::make_unique<std::byte[]>(settings_bytes + (count + 1) * sizeof(Body*))};
  if (work.settings_bytes) std::memcpy(kept.parts.get(), work.settings, work.settings_bytes);
  auto** const bodies = reinterpret_cast<const Body**>(kept.parts.get() + settings_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    Body* body = const_cast<Body*>(work.bodies[i]);
    bodies[i] = body;
    if (body && !tensors_.count(body)) tensors_.emplace(body, Tensor::share(body));
  }
  kept.work.settings = kept.parts.get();
  kept.work.bodies = bodies;
  kept_.push_back(std::move(kept));
}

void LaunchList::one_by_one() {
  for (std::size_t i = 0; i < kept_.size(); ++i) steps_.push_back({i, none, i});
}
// Which launches go together.
void LaunchList::fuse() {
  FusedPasses group;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= kept_.size(); ++i) {
    Elementwise pass;
    const bool joins = i < kept_.size() && as_pass(kept_[i].work, pass);
    if (joins && group.takes(kept_[i].work, pass)) {
      group.add(kept_[i].work, pass);
      continue;
    }
    if (!group.empty()) steps_.push_back({first, fused_.size(), i - 1}), fused_.emplace_back();
    group = {};
    first = i;
    if (joins) group.add(kept_[i].work, pass);
    else if (i < kept_.size()) steps_.push_back({i, none, i}), first = i + 1;
  }
}

std::vector<LaunchList::Temporary> LaunchList::temporaries() const {
  std::unordered_map<Storage*, Temporary> found;
  std::vector<Storage*> made;  // written before they are read
  for (std::size_t s = 0; s < steps_.size(); ++s)
    for (std::size_t l = steps_[s].launch; l <= steps_[s].last_launch; ++l) {
      const Launch& work = kept_[l].work;
      auto see = [&](int i, bool written) {
        Body* const body = const_cast<Body*>(work.bodies[i]);
        if (!body) return;
        auto [at, is_new] = found.try_emplace(body->storage, Temporary{body->storage, s, s, {}});
        if (is_new && written) made.push_back(body->storage);
        at->second.last = s;
        auto& bodies = at->second.bodies;
        if (std::find(bodies.begin(), bodies.end(), body) == bodies.end()) bodies.push_back(body);
      };
      for (int i = work.writes; i < work.writes + work.reads; ++i) see(i, false);
      for (int i = 0; i < work.writes; ++i) see(i, true);
    }
  std::vector<Temporary> all;
  for (Storage* storage : made) {
    Temporary& one = found.at(storage);
    const auto own = [&](const Body* body) { return body->references == 1; };
    if (!storage->foreign && storage->references == one.bodies.size() && std::all_of(one.bodies.begin(), one.bodies.end(), own))
      all.push_back(std::move(one));
  }
  return all;
}

// At the lowest place that is free all the while.
void LaunchList::give_places(std::vector<Temporary> all) {
  struct Placed {
    std::size_t begin, end, first, last;
  };
  std::vector<Placed> placed;  // by where they begin
  std::vector<std::size_t> places;
  for (const Temporary& one : all) {
    const std::size_t bytes = (one.storage->bytes + 63) / 64 * 64;
    std::size_t begin = 0;
    for (const Placed& other : placed) {
      if (other.last < one.first || one.last < other.first) continue;
      if (begin + bytes <= other.begin) break;
      begin = std::max(begin, other.end);
    }
    const Placed here{begin, begin + bytes, one.first, one.last};
    placed.insert(std::upper_bound(placed.begin(), placed.end(), here, [](const Placed& a, const Placed& b) { return a.begin < b.begin; }), here);
    places.push_back(begin);
    block_bytes_ = std::max(block_bytes_, here.end);
  }
  if (block_bytes_ == 0) return;
  block_ = take_block(block_bytes_, "program");
  for (std::size_t i = 0; i < all.size(); ++i) {
    Storage& storage = *all[i].storage;
    auto* const before = static_cast<std::byte*>(storage.data);
    std::byte* const now = static_cast<std::byte*>(block_) + places[i];
    for (Body* body : all[i].bodies) body->data = now + (body->data - before);
    storage.data = owner_of(&storage)->small;  // it has none of its own any more
    give_block(before, storage.bytes);
  }
}

void LaunchList::plan() {
  static const bool apart = [] {
    const char* wish = std::getenv("GT_FUSE");
    return wish && std::string_view(wish) == "0";
  }();
  report_.launches = kept_.size();
  for (const Kept& kept : kept_) {
    report_.moved_before += bytes_of(kept.work);
    report_.flops += flops_of(kept.work);
  }
  report_.moved = report_.moved_before;
  apart ? one_by_one() : fuse();
  report_.passes = steps_.size();
  std::vector<Temporary> long_ones;
  std::vector<std::vector<const void*>> passing(fused_.size());
  std::vector<Temporary> all = temporaries();
  std::vector<Body*> gone;
  for (Temporary& one : all) {
    const Step& step = steps_[one.first];
    report_.bytes_before += one.storage->bytes;
    if (step.fused != none && one.first == one.last) {
      for (const Body* body : one.bodies) passing[step.fused].push_back(body->data);
      gone.insert(gone.end(), one.bodies.begin(), one.bodies.end());
    } else if (one.storage->data != owner_of(one.storage)->small) {
      long_ones.push_back(std::move(one));
    }
  }
  give_places(std::move(long_ones));
  report_.bytes = block_bytes_;
  for (const Step& step : steps_) {
    if (step.fused == none) continue;
    FusedPasses& group = fused_[step.fused];
    for (std::size_t l = step.launch; l <= step.last_launch; ++l) {
      Elementwise pass;
      as_pass(kept_[l].work, pass);
      group.add(kept_[l].work, pass);
    }
    const std::vector<const void*>& gone_by = passing[step.fused];
    for (std::size_t l = step.launch; l <= step.last_launch; ++l)
      report_.moved -= bytes_of(kept_[l].work, [&](const Body& x) {
        return std::find(gone_by.begin(), gone_by.end(), x.data) != gone_by.end();
      });
    group.finish(gone_by);
  }
  for (Body* body : gone) tensors_.erase(body);
}

void LaunchList::run() {
  const RoundingToNearest rounding;
  for (const Step& step : steps_) {
    if (step.fused != none) {
      fused_[step.fused].run();
      continue;
    }
    const Kept& kept = kept_[step.launch];
    const Set blamed(current_call, kept.where.line ? &kept.where : nullptr);
    kept.work.run();
  }
}

}  // namespace gradtape
