// Dual<T>: a value and its change in one direction, over any number type, so that a slope nobody wrote is derived.
#pragma once

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

template <class T> struct Dual {
  static constexpr bool single = is_single<T>;
  T v, d;

  Dual() = default;
  GT_FN Dual(T value, T change) : v(value), d(change) {}
  template <class A>
    requires std::is_arithmetic_v<A>
  GT_FN Dual(A number) : v(T(number)), d(T(0)) {}

  GT_FN friend Dual operator+(Dual a, Dual b) { return {a.v + b.v, plus(a.d, b.d)}; }
  GT_FN friend Dual operator-(Dual a, Dual b) { return {a.v - b.v, plus(a.d, -b.d)}; }
  GT_FN friend Dual operator*(Dual a, Dual b) { return {a.v * b.v, plus(chain(a.d, b.v), chain(b.d, a.v))}; }
  GT_FN friend Dual operator/(Dual a, Dual b) {
    T q = a.v / b.v;
    return {q, plus(chain(a.d, T(1) / b.v), chain(b.d, -q / b.v))};
  }
  GT_FN friend Dual operator-(Dual a) { return {-a.v, -a.d}; }
  GT_FN friend auto operator<(Dual a, Dual b) { return a.v < b.v; }
  GT_FN friend auto operator>(Dual a, Dual b) { return a.v > b.v; }
  GT_FN friend auto operator<=(Dual a, Dual b) { return a.v <= b.v; }
  GT_FN friend auto operator>=(Dual a, Dual b) { return a.v >= b.v; }
  GT_FN friend auto operator==(Dual a, Dual b) { return a.v == b.v; }
  GT_FN friend auto operator!=(Dual a, Dual b) { return a.v != b.v; }
  template <class M> GT_FN friend Dual where(M m, Dual a, Dual b) { return {where(m, a.v, b.v), where(m, a.d, b.d)}; }
  // Note: comparing a Dual with 0 sees its value only, so `where(g == 0, 0, g * s)` would drop the change of g.
  GT_FN friend Dual chain(Dual g, Dual s) { return {chain(g.v, s.v), plus(chain(g.d, s.v), chain(s.d, g.v))}; }
  GT_FN friend Dual plus(Dual a, Dual b) { return a + b; }
  template <class M>
    requires(!std::is_same_v<M, Dual>)
  GT_FN friend Dual chain(Dual g, M pick) {
    return {chain(g.v, pick), chain(g.d, pick)};
  }
  // Ties share the slope.
  GT_FN friend Dual max(Dual a, Dual b) { return {max(a.v, b.v), share(a.v == b.v, a.v > b.v, a.d, b.d)}; }
  GT_FN friend Dual min(Dual a, Dual b) { return {min(a.v, b.v), share(a.v == b.v, a.v < b.v, a.d, b.d)}; }
  GT_FN friend Dual abs(Dual a) { return {abs(a.v), where(a.v > T(0), a.d, where(a.v < T(0), -a.d, T(0)))}; }
  // Where exp overflows, its change stays a number: what follows may divide it out again, as log(1 + exp(x)) does.
  GT_FN friend Dual exp(Dual a) {
    T e = exp(a.v);
    return {e, chain(a.d, finite(e))};
  }
  GT_FN friend Dual log(Dual a) { return {log(a.v), chain(a.d, T(1) / finite(a.v))}; }
  GT_FN friend Dual exp2(Dual a) {
    T e = exp2(a.v);
    return {e, chain(a.d, T(0.69314718055994531) * finite(e))};
  }
  GT_FN friend Dual log2(Dual a) { return {log2(a.v), chain(a.d, T(1.4426950408889634) / finite(a.v))}; }
  GT_FN friend Dual log10(Dual a) { return {log10(a.v), chain(a.d, T(0.43429448190325182) / finite(a.v))}; }
  GT_FN friend Dual log1p(Dual a) { return {log1p(a.v), chain(a.d, T(1) / finite(T(1) + a.v))}; }
  GT_FN friend Dual tanh(Dual a) {
    T t = tanh(a.v);
    return {t, chain(a.d, T(1) - t * t)};
  }
  GT_FN friend Dual expm1(Dual a) { return {expm1(a.v), chain(a.d, finite(exp(a.v)))}; }
  GT_FN friend Dual sigmoid(Dual a) {
    T s = sigmoid(a.v);
    return {s, chain(a.d, s * (T(1) - s))};
  }
  GT_FN friend Dual sin(Dual a) { return {sin(a.v), chain(a.d, cos(a.v))}; }
  GT_FN friend Dual cos(Dual a) { return {cos(a.v), chain(a.d, -sin(a.v))}; }
  GT_FN friend Dual erf(Dual a) { return {erf(a.v), chain(a.d, slope_of_erf(a.v))}; }
  // Beyond 40 the bell is 0, and no infinity may meet it.
  GT_FN friend Dual gaussian(Dual a) {
    return {gaussian(a.v), chain(a.d, -min(max(a.v, T(-40)), T(40)) * gaussian(a.v))};
  }
  GT_FN friend Dual gelu(Dual a) {
    T density = T(0.39894228040143268) * gaussian(a.v);
    return {gelu(a.v), chain(a.d, normal_cdf(a.v) + min(max(a.v, T(-40)), T(40)) * density)};
  }
  GT_FN friend Dual normal_cdf(Dual a) { return {normal_cdf(a.v), chain(a.d, T(0.39894228040143268) * gaussian(a.v))}; }
  GT_FN friend Dual finite(Dual a) { return {finite(a.v), a.d}; }
  // Note: 0 by chain, whose own slopes are a product's, so that the slopes of these slopes are not hidden: the mixed
  // one is 1/a at b = 0.
  GT_FN friend Dual pow(Dual a, Dual b) {
    T p = pow(a.v, b.v), zero = T(0), one = T(1), infinity = T(__builtin_inf());
    // b aᵇ⁻¹, or b aᵇ / a where b - 1 is rounded. The factor b is left out where it would make 0 · ∞ or, in a slope of
    // this, ∞ - ∞.
    auto divided = ((b.v < T(0.5)) | (b.v > T(0x1p20))) & (abs(a.v) > zero) & (abs(a.v) < infinity);
    T power = pow(a.v, where(divided, b.v, b.v - one));
    auto alone = ((a.v == zero) & (b.v > zero) & (b.v < one)) | ((power == zero) & (abs(b.v) == infinity));
    T product = chain(where(alone, one, b.v), power), by_base = where(divided, product / a.v, product);
    T at_zero = where(b.v > one, zero, where(b.v == one, one, where(b.v == zero, infinity, -infinity)));  // 0ᵇ⁻¹ log 0
    T by_power = where((a.v == zero) & (b.v >= zero), chain(a.v, at_zero), chain(p, log(a.v)));
    return {p, plus(chain(a.d, by_base), chain(b.d, by_power))};
  }
  GT_FN friend Dual atan(Dual a) {  // far out by 1/x, whose square does not overflow
    auto far = abs(a.v) > T(0x1p20);
    T s = where(far, T(1) / a.v, a.v), z = s * s;
    return {atan(a.v), chain(a.d, where(far, z, T(1)) / (T(1) + z))};
  }
  // Both by the larger one, so that no square over- or underflows; 0 at the origin, and at infinity.
  GT_FN friend Dual atan2(Dual y, Dual x) {
    T size = max(abs(y.v), abs(x.v)), zero = T(0);
    auto none = (size == zero) | (size == T(__builtin_inf()));
    T scale = where(none, T(1), size), v = y.v / scale, u = x.v / scale, square = u * u + v * v;
    return {atan2(y.v, x.v), where(none, zero, plus(chain(y.d, u / square / scale), chain(x.d, -v / square / scale)))};
  }
  GT_FN friend Dual floor(Dual a) { return {floor(a.v), T(0)}; }
  GT_FN friend Dual round(Dual a) { return {round(a.v), T(0)}; }
  GT_FN friend Dual fmod(Dual a, Dual b) {
    T q = a.v / b.v;
    return {fmod(a.v, b.v), plus(a.d, chain(b.d, -copysign(floor(abs(q)), q)))};
  }
  GT_FN friend Dual copysign(Dual size, Dual sign) {  // slope 0 where the size is
    T turn = copysign(T(1), size.v) * copysign(T(1), sign.v);
    return {copysign(size.v, sign.v), chain(size.d, where(size.v == T(0), T(0), turn))};
  }
  GT_FN friend Dual fma(Dual a, Dual b, Dual c) {
    return {fma(a.v, b.v, c.v), plus(plus(chain(a.d, b.v), chain(b.d, a.v)), c.d)};
  }
  GT_FN friend Dual sqrt(Dual a) {
    T s = sqrt(a.v);
    return {s, chain(a.d, T(0.5) / s)};
  }

 private:
  template <class M> GT_FN static T share(M tie, M first, T a, T b) {
    return where(tie, T(0.5) * plus(a, b), where(first, a, b));
  }
};

// A sum of changes; Tensor's leaves out a part that is the constant 0.
template <class T> GT_FN T plus(T a, T b) { return a + b; }

// What a formula reads: bit i for input i. It is the number type of a compile-time reading, which tells the tape what
// to keep.
struct Uses {
  static constexpr bool single = false;
  unsigned inputs = 0;
  bool one = false;  // the number 1 itself
  explicit operator bool() const;  // an `if` compiles, and is no constant: then a reading says so
  constexpr Uses() = default;
  template <class A>
    requires std::is_arithmetic_v<A>
  constexpr Uses(A number) : one(number == 1) {}
  struct From {
    unsigned bits;
  };
  constexpr Uses(From from) : inputs(from.bits) {}
#define GT_USES3(name) \
  friend constexpr Uses name(Uses a, Uses b, Uses c) { return From{a.inputs | b.inputs | c.inputs}; }
#define GT_USES2(name) \
  friend constexpr Uses name(Uses a, Uses b) { return From{a.inputs | b.inputs}; }
#define GT_USES1(name) \
  friend constexpr Uses name(Uses a) { return From{a.inputs}; }
  // clang-format off
  GT_USES2(operator+) GT_USES2(operator-) GT_USES2(operator*) GT_USES2(operator/)
  GT_USES2(operator<) GT_USES2(operator>) GT_USES2(operator<=) GT_USES2(operator>=) GT_USES2(operator==)
  GT_USES2(operator!=) GT_USES2(operator&) GT_USES2(operator|) GT_USES1(operator-) GT_USES1(operator!)
  GT_USES2(operator^) GT_USES2(operator<<) GT_USES2(operator>>) GT_USES1(operator~)
  GT_USES2(chain) GT_USES3(where) GT_WORDS(GT_USES1, GT_USES2, GT_USES3)
  // clang-format on
#undef GT_USES3
#undef GT_USES2
#undef GT_USES1
};

}  // namespace gradtape
