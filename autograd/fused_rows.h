// Neighbouring launches over as many rows each, run together, block by block: what several of them read is still in the
// cache for the next one. Internal.
#pragma once

#include <span>
#include <vector>

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/loop.h>

namespace gradtape {

class FusedRows {
 public:
  // Work that is kept elsewhere, as long as this, and the line that errors blame; null for none.
  struct Blamed {
    const Launch* work;
    const Location* at;
  };
  // Of one LaunchGroup.
  explicit FusedRows(std::span<const Blamed> launches);
  void run();

 private:
  struct alignas(64) Pack {
    std::byte bytes[64];
  };
  struct Part {
    Blamed launch;
    ByRows rows;
    std::vector<Pack> state;
  };
  std::vector<Part> parts_;
  std::int64_t rows_ = 0;
  std::int64_t block_ = 0;  // of rows, for one thread
};

}  // namespace gradtape
