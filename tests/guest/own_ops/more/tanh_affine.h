// a·tanh(x) + b, and its softer kin: laid out as many a project lays out its structs.
#ifndef MORE_TANH_AFFINE_H
#define MORE_TANH_AFFINE_H

#include <gradtape/ops/pointwise.h>

namespace other {}

namespace mine {

struct Drawn {
  static constexpr const char* what = "drawn by hand; not an op {";
  static constexpr auto samples = gradtape::between(-1.5, 1.5);
};

struct AffineTanh : Drawn {
  static constexpr const char* name = "affine_tanh";

  template <class Real>
  GT_FN static Real forward(Real a, Real x, Real b) {
    return a * tanh(x) + b;
  }
};

class Soft final : public Drawn {
 public:
  static constexpr auto name = "soft";

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x / (Real(1) + abs(x));
  }
};

inline gradtape::Tensor affine_tanh(const gradtape::Tensor& a, const gradtape::Tensor& x, const gradtape::Tensor& b,
                                    gradtape::Location at = gradtape::Location::current()) {
  return gradtape::pointwise(AffineTanh{}, at, a, x, b);
}

}  // namespace mine

#endif
