// The work of ops on the CPU, which a captured step keeps and does again.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <gradtape/autograd/float_control.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct Work {
  std::function<void()> done;
  std::shared_ptr<class LaunchList> list;
};

// The work of the step that this thread is capturing on the CPU, in order; null at all other times.
extern constinit thread_local std::vector<Work>* kept_work [[gnu::tls_model("initial-exec")]];
// What the step that this thread is capturing, on any device, does besides its work; null at all other times, and while
// kept work is done.
extern constinit thread_local class Effects* effects [[gnu::tls_model("initial-exec")]];

// While it lives, what is done is neither kept nor refused: it is a part of work that is kept as a whole.
class Performing {
 public:
  Performing();
  ~Performing();
  Performing(const Performing&) = delete;
  Performing& operator=(const Performing&) = delete;

 private:
  std::vector<Work>* kept_;
  class Effects* effects_;
  class Watcher* watcher_;
};

// While it lives, errors blame the line that they blamed when the work was kept.
class Blaming {
 public:
  explicit Blaming(const Location& line) : before_(current_call) {
    if (line.line) current_call = &line;
  }
  ~Blaming() { current_call = before_; }
  Blaming(const Blaming&) = delete;
  Blaming& operator=(const Blaming&) = delete;

 private:
  const Location* before_;
};

// What work may be given beside plain values and tensors, and read as const void* and as pointers: an op's settings,
// and bodies (null where there is none). Kept work holds the settings by value and the bodies by handle.
struct Settings {
  const void* op;
  std::size_t bytes;
  operator const void*() const { return op; }
};
template <std::size_t N>
using Bodies = std::array<const Body*, N>;

struct HeldSettings {
  std::vector<std::byte> bytes;
  operator const void*() const { return bytes.data(); }
};
template <std::size_t N>
struct HeldBodies {
  std::array<Tensor, N> tensors;
  operator Bodies<N>() const {
    Bodies<N> bodies;
    for (std::size_t i = 0; i < N; ++i) bodies[i] = tensors[i].body();
    return bodies;
  }
};

template <class Thing>
Thing held(const Thing& thing) {
  static_assert(!std::is_pointer_v<Thing>, "kept work holds what it refers to");
  return thing;
}
inline HeldSettings held(const Settings& settings) {
  const auto* first = static_cast<const std::byte*>(settings.op);
  HeldSettings own{std::vector(first, first + settings.bytes)};
  own.bytes.resize(settings.bytes + 1);  // an op without settings has an address too
  return own;
}
template <std::size_t N>
HeldBodies<N> held(const Bodies<N>& bodies) {
  HeldBodies<N> own;
  for (std::size_t i = 0; i < N; ++i)
    if (bodies[i]) own.tensors[i] = Tensor::share(const_cast<Body*>(bodies[i]));
  return own;
}

// What work is done on: nothing of these, the CPU, or a device somewhere among them. C++ numbers are constants.
struct Places {
  bool cpu = false, device = false;
  template <class Thing>
  void see(const Thing&) {}
  void see(const Body* body) {
    if (!body || body->weak) return;
    (body->storage->device == Device::cpu() ? cpu : device) = true;
  }
  void see(const Tensor& x) { see(static_cast<const Body*>(x.body())); }
  template <std::size_t N>
  void see(const Bodies<N>& bodies) {
    for (const Body* body : bodies) see(body);
  }
};
// Throws TapeError: the step that is captured works on another device than its inputs.
[[noreturn]] void refuse_another_device();

template <class W, class... Things>
[[gnu::noinline, gnu::cold]] void perform_in_capture(const W& work, Things&... things) {
  if (!kept_work) {  // a device keeps what is done there, and does not see what the CPU does
    Places places;
    (places.see(things), ...);
    if (places.cpu && !places.device) refuse_another_device();
    return work(things...);
  }
  auto kept = [work, ... own = held(things), line = outermost({})]() mutable {
    const Blaming blaming(line);
    const RoundingToNearest rounding;
    work(own...);
  };
  {
    const Performing now;
    kept();
  }
  kept_work->push_back({std::move(kept), nullptr});
}

// Does work(things…), which reads and writes elements on the CPU. An op with loops of its own does them through this: a
// step that is captured on the CPU keeps the work with copies of the things, tensors by handle, and does it again at
// each replay, over the same memory. So work refers to tensors by its things alone; what it captures are values. Work
// rounds to nearest, whatever mode the caller has set.
template <class W, class... Things>
void perform(W&& work, Things&&... things) {
  const RoundingToNearest rounding;
  if (!effects) [[likely]] return work(things...);
  perform_in_capture(work, things...);
}

// A tensor's elements, as work reads and writes them: data() for users, who are stopped inside a captured step, checks
// more.
template <class T>
T* elements(const Tensor& x) {
  return reinterpret_cast<T*>(x.body()->data);
}

}  // namespace gradtape
