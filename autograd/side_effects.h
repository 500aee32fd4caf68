// What a captured step does besides computing, so that its replays do it too: it leaves gradients, and writes in place.
// Internal.
#pragma once

#include <vector>

#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape::detail {

class SideEffects {
 public:
  // While the step is captured, with the leaf's mutex held: before its gradient is added to, forgotten or read. Reading
  // throws TapeError for a gradient from before the step: at a replay it would be another.
  void will_add(TensorData* tensor);
  void will_forget(TensorData* tensor);
  enum class Reads { any, unused };  // a gradient, or one that no optimizer has used
  void will_read(TensorData* tensor, Reads what, const char* op, Location at);
  // A leaf that the step makes itself. What lies there is its own affair.
  void makes(TensorData* tensor) { own_.push_back(Tensor::share(tensor)); }
  void wrote(const Tensor& x);
  // Was this memory left to a leaf?
  bool left(const Tensor& gradient) const;

  // The step was done for the first time. What lay in a leaf before, and no optimizer had used, is added to what it
  // left.
  void finish();

  // Before a replay: puts aside the gradients that lie in leaves. Throws TapeError for one that by hand the step would
  // read, or would not make.
  void prepare(Location at);
  // After a replay.
  void redo(Location at);

 private:
  // A leaf's gradient before and after the step.
  struct Change {
    Tensor leaf, before;
    bool was_used;  // by an optimizer
    bool starts_anew;  // the step forgets it before all else
    bool forgotten = false;  // at some time
    bool read = false;  // with what was added to it
    Tensor after = {};
    bool used = false;
    bool goes_on() const { return before.defined() && !was_used && !starts_anew; }
  };
  Change* find(const TensorData* tensor);
  Change& changing(TensorData* tensor, bool forgets);
  static void settle(Change& change);

  // A leaf where the step looked for a gradient and found none.
  struct MissingGradient {
    Tensor leaf;
    Reads what;
  };

  bool is_own(const TensorData* tensor) const;

  std::vector<Change> changes_;
  std::vector<MissingGradient> absences_;
  std::vector<Tensor> own_, written_;
};

}  // namespace gradtape::detail
