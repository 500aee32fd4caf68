#include <gradtape/autograd/peaks.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/scoped.h>
#include <gradtape/autograd/tape.h>

namespace gradtape::detail {
namespace {

// The least of a few runs.
template <class Work> double seconds_of(Device device, Work work) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 4; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    if (device != Device::cpu()) device::wait(device);
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

Peaks measure(Device device) {
  const Set unseen(watcher, static_cast<Watcher*>(nullptr));
  const NoGrad pause;
  Peaks peaks{0, 0};
  // Sizes grow until a run takes long enough: beyond the caches of any device, and soon done on a slow one.
  double seconds = 0;
  for (std::int64_t count = 1 << 20; count <= 1 << 27 && seconds < 4e-3; count *= 2) {
    Tensor into = zeros({count}, {.device = device});
    const Tensor other = ones({count}, {.device = device});
    seconds = seconds_of(device, [&] { into = sum_of_gradients(std::move(into), other); });
    peaks.bytes = 3.0 * sizeof(float) * static_cast<double>(count) / seconds;
  }
  seconds = 0;
  for (std::int64_t size = 128; size <= 1 << 13 && seconds < 4e-3; size *= 2) {
    const Tensor a = ones({size, size}, {.device = device});
    seconds = seconds_of(device, [&] { matrix_product(a, a); });
    peaks.flops = std::max(peaks.flops, 2 * std::pow(static_cast<double>(size), 3) / seconds);
  }
  return peaks;
}

}  // namespace

const Peaks& peaks_of(Device device) {
  refuse_inside_capture("profile", "what this machine can do is measured, and not as a part of the step",
                        "Ask for the table behind it.");
  static std::mutex mutex;
  static std::map<std::pair<Device::Kind, int>, Peaks> measured;
  std::lock_guard lock(mutex);
  const std::pair key(device.kind, device.index);
  if (const auto at = measured.find(key); at != measured.end()) return at->second;
  return measured.emplace(key, measure(device)).first->second;
}

}  // namespace gradtape::detail
