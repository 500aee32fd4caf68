#include <gradtape/autograd/launch.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#if defined(GT_NVTX)
#include <nvtx3/nvToolsExt.h>
#endif

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/record.h>
#include <gradtape/autograd/scoped.h>

namespace gradtape {

constinit thread_local Watcher* watcher = nullptr;
constinit thread_local const Record* walked = nullptr;

Device Launch::device() const {
  for (int i = 0; i < writes + reads; ++i)
    if (tensors[i] && tensors[i]->storage->device != Device::cpu()) return tensors[i]->storage->device;
  return Device::cpu();
}
double flops_of(const Launch& work) {
  if (work.kernel->flops) return work.kernel->flops(work);
  std::int64_t longest = 0;
  for (int i = 0; i < work.writes + work.reads; ++i)
    if (const TensorData* x = work.tensors[i]) longest = std::max(longest, x->count);
  return static_cast<double>(longest);
}

namespace {

// A named span in a profiler's timeline, for builds with GT_NVTX, from here to the end of the scope; in others nothing.
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

}  // namespace

void Launch::run() const {
  const ProfilerRange range(name);
  if (device() == Device::cpu()) {
    const RoundingToNearest rounding;
    return kernel->cpu(*this);
  }
  if (!kernel->cuda) refuse_without_kernels(name);
  device::run(*this);
}

void launch(Launch work, std::initializer_list<Given> writes, std::initializer_list<Given> reads) {
  constexpr std::size_t most = 16;
  const TensorData* tensors[most];
  std::size_t count = 0;
  if (writes.size() + reads.size() > most) [[unlikely]]
    fail<ValueError>({}, work.name, fmt::format("works on {} tensors", writes.size() + reads.size()), {},
                     fmt::format("launch() takes up to {} in lists; a longer one is Launch::bodies.", most));
  for (const auto given : {writes, reads})
    for (const Given& x : given) tensors[count++] = x.tensor;
  work.tensors = tensors;
  work.writes = static_cast<std::uint16_t>(writes.size());
  work.reads = static_cast<std::uint16_t>(reads.size());
  launch(work);
}

Origin origin_of(const Launch& work) {
  if (!walked) return {work.name, outermost({})};
  const char* const op = walked->op->name;
  return {
      std::strcmp(op, work.name) == 0 ? fmt::format("{} backward", op) : fmt::format("{} backward: {}", op, work.name),
      walked->at};
}

void watched(const Launch& work) { watcher->see(work); }
void Watcher::pass_on(const Launch& work) {
  const detail::Set aside(watcher, before_);  // while who stood there before sees it, and while the kernel runs
  launch(work);
}

}  // namespace gradtape
