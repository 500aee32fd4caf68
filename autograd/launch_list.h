// Work that was kept, to be done again: in the same memory, but what passes by in one block of it, and neighbours together. Internal.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/fused_passes.h>

namespace gradtape {

class LaunchList {
 public:
  LaunchList() = default;
  LaunchList(const LaunchList&) = delete;
  LaunchList& operator=(const LaunchList&) = delete;
  ~LaunchList();

  void keep(const Launch& work);
  // No more comes, and whoever else holds its tensors does: what nobody holds is given a place for as long as it is read, and neighbours
  // are fused.
  void plan();
  void run();
  ProgramReport report() const { return report_; }

 private:
  struct Kept {
    Launch work;
    Location where;
    std::unique_ptr<std::byte[]> parts;  // the settings, and the list of bodies
  };
  // In order: a launch by itself, or fused passes.
  struct Step {
    std::size_t launch;
    std::size_t fused;
    std::size_t last_launch;
  };
  // One storage, over the steps: it is the list's alone, and its numbers are made anew each time.
  struct Temporary {
    Storage* storage;
    std::size_t first, last;  // steps
    std::vector<Body*> bodies;
  };
  void fuse();
  void one_by_one();
  std::vector<Temporary> temporaries() const;
  void give_places(std::vector<Temporary> all);

  std::vector<Kept> kept_;
  std::unordered_map<Body*, Tensor> tensors_;
  std::vector<Step> steps_;
  std::vector<FusedPasses> fused_;
  ProgramReport report_;
  void* block_ = nullptr;
  std::size_t block_bytes_ = 0;
};

}  // namespace gradtape
