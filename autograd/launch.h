// The door: all work on elements goes through it, as data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include <gradtape/autograd/float_control.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct Launch;
struct Elementwise;
struct ByRows;

// What does work of one kind: its code for each device, and how it joins its neighbours. A constant.
struct Kernel {
  void (*cpu)(const Launch& work);
  void (*cuda)(const Launch& work) = nullptr;  // null in a build without CUDA, and where there is none
  // Describes the work as one pass, element by element, on the CPU; false where it is none. Null: it never is.
  bool (*elementwise)(const Launch& work, Elementwise& pass) = nullptr;
  // How many operations on numbers the work takes. Null: one for each element of its longest tensor.
  double (*flops)(const Launch& work) = nullptr;
  // Describes the work as parts of some rows each, in order.
  bool (*by_rows)(const Launch& work, ByRows& parts) = nullptr;
};
// A kernel's code for CUDA, defined in a .cu beside the op. Sources that gt_add_ops() compiles know GT_HAS_CUDA.
#define GT_ON_CUDA(code) (GT_HAS_CUDA ? code : nullptr)

// One piece of work: which kernel, its settings, what it writes and reads. All that it needs is here, so it can be kept
// and done again: the settings as bytes, the tensors by handle.
struct Launch {
  const Kernel* kernel;
  const char* name;  // of the op, for errors and reports
  const void* settings;
  std::uint16_t settings_bytes;
  std::uint16_t writes = 0, reads = 0;
  const TensorData* const* tensors = nullptr;  // what it writes, then what it reads; null where there is none
  const void* row = nullptr;  // a family's kernels: the op's constant
  DType type = {};  // and of what type the numbers are

  template <class S>
  const S& as() const {
    return *static_cast<const S*>(settings);
  }
  const TensorData* out(int i = 0) const { return tensors[i]; }
  const TensorData* in(int i) const { return tensors[writes + i]; }
  // Where it is done: on the device that any of its tensors is on.
  Device device() const;
  // Does it, now and unseen.
  void run() const;
};

// How many bytes its tensors have, of those that `which` speaks of; one that it writes and reads counts twice.
template <class Which>
double bytes_of(const Launch& work, Which which) {
  double bytes = 0;
  for (int i = 0; i < work.writes + work.reads; ++i)
    if (const TensorData* x = work.tensors[i]; x && which(*x))
      bytes += static_cast<double>(x->count) * static_cast<double>(size_of(x->dtype));
  return bytes;
}
inline double bytes_of(const Launch& work) {
  return bytes_of(work, [](const TensorData&) { return true; });
}

// How many operations on numbers it takes; what only moves or chooses them takes none.
double flops_of(const Launch& work);
inline double no_flops(const Launch&) { return 0; }

// Who stands at a thread's door sees all work there, in order. Kernels' own work, while they run, is a part of theirs.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // Hands the work on, to who stood there before and at last to its kernel, by pass_on().
  virtual void see(const Launch& work) = 0;

 protected:
  void pass_on(const Launch& work);

 private:
  friend class Watching;
  Watcher* before_ = nullptr;
};
// Null when nobody does: then the door is one predicted branch.
extern constinit thread_local Watcher* watcher [[gnu::tls_model("initial-exec")]];

// Where work comes from, for who watches: the op, with what walks over it, and the line of the user's that called it.
struct Origin {
  std::string op;
  Location line;
};
Origin origin_of(const Launch& work);
// The record whose op's backward pass is under way on this thread, while somebody stands at the door; else null.
extern constinit thread_local const struct Record* walked;

// While it lives, this one stands at the door.
class Watching {
 public:
  explicit Watching(Watcher& who) : who_(who) { who.before_ = std::exchange(watcher, &who); }
  ~Watching() { watcher = who_.before_; }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  Watcher& who_;
};

[[gnu::noinline, gnu::cold]] void watched(const Launch& work);

// Does the work, or hands it to who stands at the door. On the CPU kernels round to nearest, whatever mode the caller
// has set. Throws DeviceError when the kernel has no code for the device.
inline void launch(const Launch& work) {
  if (watcher) [[unlikely]]
    return watched(work);
  work.run();
}

// A tensor for a kernel; undefined where there is none.
struct Given {
  const TensorData* tensor;
  Given(const Tensor& x) : tensor(x.tensor_data()) {}
};
// The same, on these tensors.
void launch(Launch work, std::initializer_list<Given> writes, std::initializer_list<Given> reads);
// The same for settings of a plain type.
struct NoSettings {};
template <class S>
void launch(const Kernel& kernel, const char* name, const S& settings, std::initializer_list<Given> writes,
            std::initializer_list<Given> reads) {
  static_assert(std::is_trivially_copyable_v<S>, "settings are kept as bytes");
  launch({.kernel = &kernel, .name = name, .settings = &settings, .settings_bytes = sizeof settings}, writes, reads);
}

// The elements of a dense tensor, for kernels; null for none.
template <class T>
T* elements(const TensorData* x) {
  return x ? reinterpret_cast<T*>(x->data) : nullptr;
}
// The tensor that a kernel works on, for what is asked of tensors; undefined for none.
inline Tensor tensor_of(const TensorData* x) { return x ? Tensor::share(const_cast<TensorData*>(x)) : Tensor(); }

}  // namespace gradtape
