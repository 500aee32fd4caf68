// Norms of vectors, (Σ|x|ᵖ)^(1/p), over some dimensions. No power over- or underflows that the norm does not; at the
// origin the gradient is 0.
#pragma once

#include <string_view>

#include <gradtape/ops/reduce.h>

namespace gradtape {

// How many are not 0; a gradient of 0.
struct L0Norm {
  static constexpr auto name = "norm_0";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool in_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return where(v != decltype(v)(0), decltype(v)(1), decltype(v)(0)); });
  }
  static Tensor gradient(const Tensor& gradient, const Shape& shape) { return zeros(shape, options_of(gradient)); }
};

struct L1Norm {
  static constexpr auto name = "norm_1";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool in_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return abs(v); });
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value gradient, Row& dx) {
    dx.assign([=](auto v) GT_INLINE { return times_sign_of(v, decltype(v)(gradient)); }, x);
  }
  // size · sign(v)
  template <class Real>
  GT_FN static Real times_sign_of(Real v, Real size) {
    return where(v > Real(0), size, where(v < Real(0), -size, Real(0)));
  }
};

struct L2Norm {
  static constexpr auto name = "norm";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool of_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.norm();
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    const Value zero = Value(0), g = where(y == zero, zero, gradient), size = where(y == zero, Value(1), y);
    dx.assign([=](auto v) GT_INLINE { return chain(decltype(v)(g), v / decltype(v)(size)); }, x);
  }
};

// p = ∞, the largest |x|, 0 of nothing. Ties share the gradient.
struct MaxNorm {
  static constexpr auto name = "norm_inf";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool of_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    const auto largest = x.max([](auto v) GT_INLINE { return abs(v); });
    using Value = std::remove_const_t<decltype(largest)>;
    return max(largest, Value(0));
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    const auto ties = x.count_where([=](auto v) GT_INLINE { return abs(v) == decltype(v)(y); });
    const Value share = gradient / ties;
    dx.assign(
        [=](auto v) GT_INLINE {
          using Real = decltype(v);
          return where(abs(v) == Real(y), L1Norm::times_sign_of(v, Real(share)), Real(0));
        },
        x);
  }
};

// p = -∞, the smallest |x|. Ties share the gradient.
struct MinNorm {
  static constexpr auto name = "norm_minus_inf";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool empty_is_error = true, of_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.min([](auto v) GT_INLINE { return abs(v); });
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    MaxNorm::backward(x, y, gradient, dx);
  }
};

// Any other p. Powers are of |x| over the largest, or the smallest where p is negative, which then decides.
struct PNorm {
  static constexpr auto name = "norm_p";
  static constexpr auto samples = between(-2, 2);
  double p = 3;

  template <class Row>
  GT_FN auto forward(const Row& x) const {
    using Value = decltype(x.max());
    const auto size = [](auto v) GT_INLINE { return abs(v); };
    const Value top = p > 0 ? max(x.max(size), Value(0)) : x.min(size);
    const auto is_norm = (top == Value(0)) | (top == Value(infinity));
    const Value unit = where(is_norm, Value(1), top);
    const double power = p;
    const auto powers = x.total([=](auto v) GT_INLINE { return pow(abs(v) / decltype(v)(unit), decltype(v)(power)); });
    return where(is_norm, top, top * pow(powers, Value(1 / p)));
  }
  // sign(x) (|x| / y)ᵖ⁻¹; 0 where x is 0, for p below 1 too.
  template <class Row, class Value>
  GT_FN void backward(const Row& x, Value y, Value gradient, Row& dx) const {
    const Value zero = Value(0), g = where(y == zero, zero, gradient), size = where(y == zero, Value(1), y);
    const double power = p - 1;
    dx.assign(
        [=](auto v) GT_INLINE {
          using Real = decltype(v);
          const Real slope = where(v == Real(0), Real(0), pow(abs(v) / Real(size), Real(power)));
          return chain(Real(g), L1Norm::times_sign_of(v, slope));
        },
        x);
  }

 private:
  static constexpr double infinity = __builtin_inf();
};

// p may be any number, ±∞ too; 0 counts what is not 0. Throws ShapeError for p < 0 of nothing, ValueError for a NaN.
Tensor norm(const Tensor& x, double p = 2, Axes dims = {}, bool keepdim = false, Location at = Location::current());
// By name: "fro", the Frobenius norm of matrices over two dimensions; none are needed where there are two. Throws
// ValueError.
Tensor norm(const Tensor& x, std::string_view name, Axes dims = {}, bool keepdim = false,
            Location at = Location::current());
inline Tensor linalg_vector_norm(const Tensor& x, double p = 2, Axes dims = {}, bool keepdim = false,
                                 Location at = Location::current()) {
  return norm(x, p, dims, keepdim, at);
}

}  // namespace gradtape
