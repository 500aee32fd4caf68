// Why a gradient is absent, 0 or NaN.
#pragma once

#include <iosfwd>
#include <string>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct Explanation {
  enum class Reason {
    flows,  // it is there, finite, and not 0 everywhere
    not_asked,  // the input asks for no gradient, and was not computed on this tape from what does
    tape_closed,  // a tape that has closed lies between
    constant_loss,  // the loss was not computed from anything that asks for a gradient
    cut,  // what was computed from the input enters the loss as a constant: detach(), NoGrad
    not_on_path,  // no op that was recorded leads from the input to the loss
    zero,  // it is 0 everywhere
    not_finite,  // it holds a NaN or an infinity
  };
  Reason reason;
  std::string op = {};  // where it ends, turns to 0 or is no longer finite; empty where no op is to blame
  Location line = {};  // which called the op
  std::string text;  // all of it for a person, and the way out
};
std::ostream& operator<<(std::ostream& out, const Explanation& explanation);

// Why the gradient of the loss (of its sum) is what it is at an input: a leaf, or a tensor computed on the open tape.
// Looks at the records and walks back over them, leaving the tape and all gradients as they are. Throws TapeError where
// it would have to walk again over what backward() let go, and inside a capture.
Explanation explain(const Tensor& loss, const Tensor& input, Location at = Location::current());

}  // namespace gradtape
