// Named spans in a profiler's timeline, for builds with GT_NVTX. Internal.
#pragma once

#if defined(GT_NVTX)
#include <nvtx3/nvToolsExt.h>
#endif

namespace gradtape::detail {

// From here to the end of the scope; in other builds nothing.
class ProfilerRange {
 public:
  ProfilerRange(const ProfilerRange&) = delete;
  ProfilerRange& operator=(const ProfilerRange&) = delete;
#if defined(GT_NVTX)
  explicit ProfilerRange(const char* name) { nvtxRangePushA(name); }
  ~ProfilerRange() { nvtxRangePop(); }
#else
  explicit ProfilerRange(const char*) {}
#endif
};

}  // namespace gradtape::detail
