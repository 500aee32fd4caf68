// The work of ops on the CPU, which a captured step keeps and does again.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace gradtape {

using Work = std::function<void()>;

// The work of the step that this thread is capturing on the CPU, in order; null at all other times.
extern constinit thread_local std::vector<Work>* kept_work;

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
};

// Does work that reads and writes elements on the CPU. An op with loops of its own does them through this: a step that is captured on the
// CPU keeps the work, and does it again at each replay, over the same memory. So the work holds its tensors by handle and its settings by value.
template <class W>
void perform(W work) {
  if (!kept_work) return work();
  {
    const Performing now;
    work();
  }
  kept_work->push_back(std::move(work));
}

}  // namespace gradtape
