// Pack<V>: a number, or several side by side, as formulas see it. V is float, double, std::int64_t, or a vector of
// floats or doubles.
//
// Every function is written once here, from +, -, *, /, sqrt and explicit fma, so a CPU of any width and a CUDA device
// give the same bits. Build with -ffp-contract=off, and nvcc with -fmad=false. Polynomials are fitted by interpolation
// at Chebyshev nodes.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <gradtape/ops/avx512.h>
#include <gradtape/ops/far_angle.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

template <class S, int N>
struct VectorOf {
  typedef S type __attribute__((vector_size(N * sizeof(S))));
};
template <class S, int N>
using Vec = typename VectorOf<S, N>::type;

// What belongs to a type of packs: its element S, how many there are, integers I, integers U without a sign, and masks
// M of as many lanes.
template <class V>
struct Lanes {
  using S = std::remove_cvref_t<decltype(std::declval<V>()[0])>;
  static constexpr int count = sizeof(V) / sizeof(S);
  using I = Vec<std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>, count>;
  using U = Vec<std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>, count>;
  using M = std::conditional_t<has_mask_register<V>, MaskRegister<count>, I>;  // else all bits of a lane or none
  using Wide = Vec<double, count>;
  // c, which is what `a Is b` gives.
  template <Order Is, class C>
  GT_FN static M mask(C c, V a, V b) {
    if constexpr (has_mask_register<V>) return compared<Is>(a, b);
    else return c;
  }
  GT_FN static V pick(M m, V a, V b) {
    if constexpr (has_mask_register<V>) return blended(m, a, b);
    else return m ? a : b;
  }
  // a where it is larger (smaller), else b: a NaN in b stays.
  GT_FN static V larger_of(V a, V b) {
    if constexpr (has_mask_register<V>) return larger(a, b);
    else return a > b ? a : b;
  }
  GT_FN static V smaller_of(V a, V b) {
    if constexpr (has_mask_register<V>) return smaller(a, b);
    else return a < b ? a : b;
  }
};
template <class Number, class Integer>
struct OneLane {
  using S = Number;
  static constexpr int count = 1;
  using I = Integer;
  using U = std::make_unsigned_t<Integer>;
  using M = bool;
  using Wide = double;
  template <Order>
  GT_FN static M mask(bool c, S, S) {
    return c;
  }
  GT_FN static S pick(bool m, S a, S b) { return m ? a : b; }
  GT_FN static S smaller_of(S a, S b) { return a < b ? a : b; }
  GT_FN static S larger_of(S a, S b) { return a > b ? a : b; }
};
template <> struct Lanes<float> : OneLane<float, std::int32_t> {};
template <> struct Lanes<double> : OneLane<double, std::int64_t> {};
template <> struct Lanes<std::int64_t> : OneLane<std::int64_t, std::int64_t> {};

template <class V>
struct Pack;
template <> inline constexpr bool reads_integers<Pack<std::int64_t>> = true;

template <class V>
struct Mask {
  using M = typename Lanes<V>::M;
  M m;

  GT_FN Mask(M x) : m(x) {}
  GT_FN Mask(const Mask& other) : m(other.m) {}  // as in Pack
  GT_FN Mask& operator=(const Mask& other) {
    m = other.m;
    return *this;
  }
  GT_FN friend Mask operator&(Mask a, Mask b) { return M(a.m & b.m); }
  GT_FN friend Mask operator|(Mask a, Mask b) { return M(a.m | b.m); }
  GT_FN friend Mask operator!(Mask a) {
    if constexpr (std::is_same_v<M, bool>) return !a.m;
    else return M(~a.m);
  }
};

template <class To, class From>
GT_FN To bits_as(From x) {
  return __builtin_bit_cast(To, x);
}

// One number in every lane. By a shuffle: GCC 12 puts x - V{} together lane by lane. (nvcc cannot read that shuffle,
// nor uses it.)
template <class V, std::size_t... L>
GT_FN V in_lanes(typename Lanes<V>::S x, std::index_sequence<L...>) {
#if defined(__CUDACC__)
  return x - V{};
#else
  V first{};
  first[0] = x;
  return __builtin_shufflevector(first, first, (0 * int(L))...);
#endif
}
template <class V>
GT_FN V spread(typename Lanes<V>::S x) {
  if constexpr (Lanes<V>::count == 1) return x;
  else return in_lanes<V>(x, std::make_index_sequence<Lanes<V>::count>());
}

// A number, and what is missing from it.
template <class P>
struct Rounded {
  P value, lost;
};

template <class V>
struct Pack {
  using S = typename Lanes<V>::S;
  using I = typename Lanes<V>::I;
  using E = std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>;
  static constexpr bool single = sizeof(S) == 4;
  static constexpr bool scalar = Lanes<V>::count == 1;
  using U = typename Lanes<V>::U;
  using W = std::conditional_t<std::is_integral_v<V>, std::uint64_t, V>;  // integers wrap, as NumPy's do
  V v;

  Pack() = default;
  GT_FN Pack(V x) : v(x) {}
  // Written out, so that a Pack travels in memory in every instruction set: a call that is not inlined stays right.
  GT_FN Pack(const Pack& other) : v(other.v) {}
  GT_FN Pack& operator=(const Pack& other) {
    v = other.v;
    return *this;
  }
  template <class A>
    requires(std::is_arithmetic_v<A> && !std::is_same_v<A, V>)
  GT_FN Pack(A number) : v(spread<V>(S(number))) {}
  template <class One>
    requires(std::is_same_v<One, Pack<S>> && !std::is_same_v<S, V>)
  GT_FN Pack(One one) : v(spread<V>(one.v)) {}  // a row's total meets its elements

  GT_FN friend Pack operator+(Pack a, Pack b) { return V(W(a.v) + W(b.v)); }
  GT_FN friend Pack operator-(Pack a, Pack b) { return V(W(a.v) - W(b.v)); }
  GT_FN friend Pack operator*(Pack a, Pack b) { return V(W(a.v) * W(b.v)); }
  GT_FN friend Pack operator/(Pack a, Pack b) {
    if constexpr (std::is_integral_v<S>) return integer_quotient(a, b);
    else return a.v / b.v;
  }
  GT_FN friend Pack operator-(Pack a) { return V(-W(a.v)); }
  GT_FN friend Mask<V> operator<(Pack a, Pack b) { return Lanes<V>::template mask<Order::less>(a.v < b.v, a.v, b.v); }
  GT_FN friend Mask<V> operator>(Pack a, Pack b) { return b < a; }
  GT_FN friend Mask<V> operator<=(Pack a, Pack b) {
    return Lanes<V>::template mask<Order::less_equal>(a.v <= b.v, a.v, b.v);
  }
  GT_FN friend Mask<V> operator>=(Pack a, Pack b) { return b <= a; }
  GT_FN friend Mask<V> operator==(Pack a, Pack b) {
    return Lanes<V>::template mask<Order::equal>(a.v == b.v, a.v, b.v);
  }
  GT_FN friend Mask<V> operator!=(Pack a, Pack b) {
    return Lanes<V>::template mask<Order::not_equal>(a.v != b.v, a.v, b.v);
  }
  GT_FN friend Pack where(Mask<V> m, Pack a, Pack b) { return Lanes<V>::pick(m.m, a.v, b.v); }
  // Of integers alone. A shift by a negative number of bits, or by as many as there are, leaves none: 0, or the sign.
  GT_FN friend Pack operator&(Pack a, Pack b) { return a.v & b.v; }
  GT_FN friend Pack operator|(Pack a, Pack b) { return a.v | b.v; }
  GT_FN friend Pack operator^(Pack a, Pack b) { return a.v ^ b.v; }
  GT_FN friend Pack operator~(Pack a) { return ~a.v; }
  GT_FN friend Pack operator<<(Pack a, Pack b) { return W(b.v) < 64 ? V(W(a.v) << b.v) : V(0); }
  GT_FN friend Pack operator>>(Pack a, Pack b) { return a.v >> (W(b.v) < 64 ? b.v : 63); }
  // g · slope, and 0 where g is 0, whatever the slope. A slope that is a mask picks.
  GT_FN friend Pack chain(Pack g, Pack slope) { return where(g == Pack(S(0)), Pack(S(0)), g * slope); }
  GT_FN friend Pack chain(Pack g, Mask<V> slope) { return where(slope, g, Pack(S(0))); }
  // A NaN on either side stays.
  GT_FN friend Pack max(Pack a, Pack b) { return or_nan(a, Lanes<V>::larger_of(a.v, b.v)); }
  GT_FN friend Pack min(Pack a, Pack b) { return or_nan(a, Lanes<V>::smaller_of(a.v, b.v)); }
  // chosen, or NaN where a is.
  GT_FN static Pack or_nan(Pack a, Pack chosen) {
    if constexpr (std::is_floating_point_v<S>) return where(a == a, chosen, a);
    else return chosen;
  }

  GT_FN friend Pack fma(Pack a, Pack b, Pack c) {
    if constexpr (scalar) {
#if defined(__CUDA_ARCH__)
      if constexpr (single) return __fmaf_rn(a.v, b.v, c.v);
      else return __fma_rn(a.v, b.v, c.v);
#else
      if constexpr (single) return __builtin_fmaf(a.v, b.v, c.v);
      else return __builtin_fma(a.v, b.v, c.v);
#endif
    } else {
      V r{};
      for (int i = 0; i < Lanes<V>::count; ++i)
        r[i] = single ? __builtin_fmaf(a.v[i], b.v[i], c.v[i]) : __builtin_fma(a.v[i], b.v[i], c.v[i]);
      return r;
    }
  }
  GT_FN friend Pack sqrt(Pack a) {
    if constexpr (scalar) {
#if defined(__CUDA_ARCH__)
      if constexpr (single) return __fsqrt_rn(a.v);
      else return __dsqrt_rn(a.v);
#else
      if constexpr (single) return __builtin_sqrtf(a.v);
      else return __builtin_sqrt(a.v);
#endif
    } else {
      V r{};
      for (int i = 0; i < Lanes<V>::count; ++i) r[i] = single ? __builtin_sqrtf(a.v[i]) : __builtin_sqrt(a.v[i]);
      return r;
    }
  }
  GT_FN friend Pack abs(Pack a) {
    if constexpr (std::is_integral_v<S>) return where(a < Pack(S(0)), -a, a);
    else return bits_as<V>(bits_as<I>(a.v) & ~top_bit);
  }
  GT_FN friend Pack copysign(Pack size, Pack sign) {
    return bits_as<V>((bits_as<I>(size.v) & ~top_bit) | (bits_as<I>(sign.v) & top_bit));
  }
  // The nearest whole number, and of two the even one: by adding what leaves no room for a fraction.
  GT_FN friend Pack round(Pack x) {
    const Pack whole = Pack(single ? S(0x1p23) : S(0x1p52)), size = abs(x);
    return where(size < whole, copysign((size + whole) - whole, x), x);
  }
  // The largest whole number not above x.
  GT_FN friend Pack floor(Pack x) {
    const Pack near = round(x);
    return where(near > x, near - Pack(S(1)), near);
  }
  // What C's % leaves of x, exact and of its sign. The quotient's whole part is at most one too large, and then the
  // rest is negative; lanes where it has more digits than a number are done one by one. An integer's rest by 0 is 0.
  GT_FN friend Pack fmod(Pack x, Pack y) {
    if constexpr (std::is_integral_v<S>) {
      return where(y == Pack(S(0)), y, x - integer_quotient(x, y) * y);
    } else {
      const Pack a = abs(x), b = abs(y), whole = floor(a / b), rest = fma(-whole, b, a);
      Pack r = where(a < b, x, copysign(where(rest < Pack(S(0)), rest + b, rest), x));
      if (any_negative(last_whole - (bits_as<I>(whole.v) & ~top_bit))) [[unlikely]] {
        const V from = x.v, by = y.v;
        V to = r.v;  // a copy, so that r stays in its register
        far_rests(&from, &by, &to);
        r.v = to;
      }
      return r;
    }
  }

  GT_FN friend Pack exp(Pack x) {
    constexpr S low = single ? S(-104.5) : S(-746), high = single ? S(89.72284) : S(710.782712893384);
    I n;
    const Pack p = reduced_exp(clamped(x, low, high), n) + Pack(S(1));
    return times_power_of_two(p, n);
  }
  // 2ⁿ(1 + p) - 1 = 2((p · 2ⁿ⁻¹) + (2ⁿ⁻¹ - ½)), which overflows no earlier than the result.
  GT_FN friend Pack expm1(Pack x) {
    constexpr S low = -50, high = single ? S(89) : S(710);
    I n;
    const Pack p = reduced_exp(clamped(x, low, high), n), a = half_power_of_two(n);
    const Pack result = Pack(S(2)) * fma(p, a, a - Pack(S(0.5)));
    return where(abs(x) > Pack(smallest), result, x);  // the smallest numbers, -0 and NaN are their own
  }
  GT_FN friend Pack exp2(Pack x) {  // 2ⁿ eʳ with r = (x - n) ln 2, so that whole x are exact
    const Pack held = clamped(x, single ? S(-151) : S(-1076), single ? S(129) : S(1025));
    const Pack t = held + Pack(power_shift),
               p = small_expm1((held - (t - Pack(power_shift))) * Pack(S(0.69314718055994531)));
    return times_power_of_two(p + Pack(S(1)), bits_as<I>(t.v));
  }
  // x = 2ᵉ m with √½ ≤ m < √2, log x = e ln 2 + log m.
  GT_FN friend Pack log(Pack x) {
    Pack ef;
    const Pack f = less_exponent(x, ef) - Pack(S(1));
    return log_at_ends(x, fma(ef, Pack(ln2_high), log_near_1(f, fma(ef, Pack(ln2_low), f))));
  }
  GT_FN friend Pack log2(Pack x) {  // e + log m / ln 2, so that powers of 2 are exact
    Pack ef;
    const Pack f = less_exponent(x, ef) - Pack(S(1));
    return log_at_ends(x, fma(log_near_1(f, f), Pack(S(1.4426950408889634)), ef));
  }
  // log x / ln 10, in more digits, so that powers of 10 are right: floats by way of doubles, doubles with what they
  // lose.
  GT_FN friend Pack log10(Pack x) {
    constexpr double factor = 0.43429448190325182, factor_lost = 1.0983196502167651e-17;
    if constexpr (single) {
      Pack ef;
      const Pack f = less_exponent(x, ef) - Pack(S(1));
      auto of_parts = [](auto m, auto e) GT_INLINE {
        using P = decltype(m);
        const P p =
            polynomial(m, 0.43429448192410325, -0.21714724229123541, 0.14476481649993272, -0.10857334507069834,
                       0.086859633109219556, -0.072398556350451282, 0.062033748272221134, -0.05389979102308845,
                       0.047957992169792026, -0.047329904288349489, 0.046193924655587693, -0.025387432499780094);
        return fma(p, m, e * P(0.30102999566398120));
      };
      return log_at_ends(x, by_doubles(of_parts, std::make_index_sequence<Lanes<V>::count / 2>(), f, ef));
    } else {
      const Rounded<Pack> log_x = precise_log(x);
      const Pack product = log_x.value * Pack(factor), lost = fma(log_x.value, Pack(factor), -product);
      return log_at_ends(x, product + fma(log_x.value, Pack(factor_lost), fma(log_x.lost, Pack(factor), lost)));
    }
  }
  // log(1 + f), where `first` is f and what else is added to it; in double by s = f / (2 + f), as in Tang 1990.
  GT_FN static Pack log_near_1(Pack f, Pack first) {
    // Every fma adds to a sum, never to a product: then compilers round alike.
    if constexpr (single) {
      const Pack t = fma(f,
                         polynomial(f, 0.3333331056, -0.2499998624, 0.2000221584, -0.1666925810, 0.1421890781,
                                    -0.1238445468, 0.1187118384, -0.1178805698, 0.06917033872),
                         Pack(S(-0.5)));
      return fma(f * f, t, first);
    } else {
      const Pack s = f / (f + Pack(S(2))), z = s * s;
      const Pack w =
          fma(z,
              polynomial(z, 0.6666666666666735345, 0.3999999999940763902, 0.2857142874411135625, 0.2222219838123810502,
                         0.1818357503927921077, 0.1531375861739571396, 0.1479904010637944647),
              -f);
      return fma(w, s, first);
    }
  }
  // A logarithm r of x, and what it is at 0, of infinity, NaN and negative numbers.
  GT_FN static Pack log_at_ends(Pack x, Pack r) {
    const Pack below = where(x == Pack(S(0)), Pack(-infinity), Pack(nan));
    return where(x > Pack(S(0)), where(x == Pack(infinity), x, r), below);
  }
  GT_FN friend Pack log1p(Pack x) {  // 1 + x rounds, and its lost part is put back
    const Pack u = x + Pack(S(1)), lost = x - (u - Pack(S(1)));
    return copysign(where((u == Pack(S(0))) | (u > Pack(largest)), log(u), log(u) + lost / u), x);
  }
  // By h = expm1(-2|x|) / 2, small where x is small, so that nothing cancels. Beyond the end it is 1.
  GT_FN friend Pack tanh(Pack x) {
    const Pack a = Lanes<V>::smaller_of(Pack(single ? S(10) : S(20)).v, abs(x).v);
    I n;
    const Pack p = reduced_exp(Pack(S(-2)) * a, n), s = half_power_of_two(n), h = fma(p, s, s - Pack(S(0.5)));
    return copysign(h / (h + Pack(S(1))), x);
  }
  GT_FN friend Pack sigmoid(Pack x) {  // from exp(-|x|), which overflows on neither side
    const Pack e = exp(-abs(x));
    return where(x >= Pack(S(0)), Pack(S(1)), e) / (Pack(S(1)) + e);
  }
  GT_FN friend Pack sin(Pack x) { return where(x == Pack(S(0)), x, turned(x, 0)); }  // -0 is its own sine
  GT_FN friend Pack cos(Pack x) { return turned(x, 1); }
  // Below 1 by powers of x². Above, for float by the exponential of a polynomial; for double by exp(-x²) / (1 + 2x)
  // times a polynomial in (x - 3.75) / (x + 3.75) (Shepherd and Laframboise 1981).
  GT_FN friend Pack erf(Pack x) {
    const Pack a = abs(x), z = a * a, far = Lanes<V>::smaller_of(Pack(single ? S(4) : S(6)).v, a.v);
    Pack small, large;
    if constexpr (single) {
      small = polynomial(z, 0.128379166, -0.376126267, 0.112835947, -0.026854212, 0.00518908742, -0.000801686429,
                         7.87587506e-05);
      const Pack q =
          polynomial(far, -0.12848004, -0.635831471, -0.105116149, 0.0227984689, -0.00318694867, 0.000210643472);
      I n;
      const Pack p = reduced_exp(fma(far, q, -far), n), s = power_of_two(n);
      large = fma(-s, p, Pack(S(1)) - s);
    } else {
      small =
          polynomial(z, 0.12837916709551256, -0.37612638903183543, 0.11283791670945006, -0.02686617064323777,
                     0.0052239776071164225, -0.00085483259753896918, 0.00012055294904839707, -1.4924736907419661e-05,
                     1.6447424703317362e-06, -1.6208483801871705e-07, 1.3720064546777686e-08, -7.7958988270021425e-10);
      const Pack t = (far - Pack(S(3.75))) / (far + Pack(S(3.75)));
      const Pack p =
          polynomial(t, 1.2375126308378275, -0.14024059858554661, 0.0035854154854724073, 0.082276738490037624,
                     -0.10880393014331381, 0.092304321167412287, -0.058693398477252447, 0.028362277374262605,
                     -0.0097465830599770022, 0.0017556186793693791, 0.00029375467875491742, -0.00028996694604933458,
                     5.1716762325767051e-05, 2.124757922498866e-05, -1.4561883504238394e-05, -4.5904500727330906e-06);
      large = Pack(S(1)) - exp(-far * far) * p / (Pack(S(1)) + Pack(S(2)) * far);
    }
    return where(a < Pack(S(1)), fma(x, small, x), copysign(large, x));
  }
  GT_FN friend Pack gaussian(Pack x) {  // exp(-x²/2)
    Pack power;
    const Pack p = reduced_gaussian(within_gaussian(x), power);
    return (p + Pack(S(1))) * power * Pack(gaussian_unit);
  }
  GT_FN friend Pack normal_cdf(Pack x) {  // Φ(x) = ½ erfc(-x/√2)
    Pack power;
    const Pack one(S(1)), a = within_gaussian(x), p = reduced_gaussian(a, power);
    const Pack n = fma(a, mills_part(a), one), d = fma(a, fma(n, Pack(root_of_two_pi), mills_rest(a)), Pack(S(2)));
    const Pack u = one / d, q = n * u, lost = u * fma(-q, d, n);  // n / d, and what it loses to rounding
    const Pack tail = (q + fma(q, p, lost)) * power * Pack(gaussian_unit);
    return where(x > Pack(S(0)), one - tail, tail);
  }
  GT_FN friend Pack gelu(Pack x) {  // x Φ(x), as the positive part of x less |x| Φ(-|x|)
    Pack power;
    const Pack a = within_gaussian(x), p = reduced_gaussian(a, power);
    const Pack an = fma(a * a, mills_part(a), a);
    const Pack q = an / (fma(an, Pack(root_of_two_pi), a * mills_rest(a)) + Pack(S(2)));
    return Pack(Lanes<V>::larger_of(Pack(S(0)).v, x.v)) - fma(q, p, q) * power * Pack(gaussian_unit);
  }
  // x, and the largest number in place of an infinity.
  GT_FN friend Pack finite(Pack x) { return clamped(x, -largest, largest); }
  // |x|ʸ = exp(y log |x|), in more digits, for exp makes an error of its argument larger: floats by way of doubles,
  // doubles with what they lose. The sign is x's where y is odd, and a fraction of a negative x is NaN.
  // Integers wrap, as in *; their exponents are not negative.
  GT_FN friend Pack pow(Pack x, Pack y) {
    if constexpr (std::is_integral_v<S>) return integer_power(x, y);
    else return real_power(x, y);
  }
  GT_FN static Pack integer_power(Pack x, Pack y) {
    Pack power(S(1));
    for (S left = y.v; left > 0; left >>= 1, x = x * x)
      if (left & 1) power = power * x;
    return power;
  }
  GT_FN static Pack real_power(Pack x, Pack y) {
    const Pack size = abs(x), one(S(1));
    Pack r;
    if constexpr (single) {
      Pack ef;
      const Pack f = less_exponent(size, ef) - one;
      ef = where(size == Pack(S(0)), Pack(-infinity), where(size <= Pack(largest), ef, size));
      auto power = [](auto m, auto e, auto by) GT_INLINE { return short_power(m, e, by); };
      r = by_doubles(power, std::make_index_sequence<Lanes<V>::count / 2>(), f, ef, y);
    } else {
      const Rounded<Pack> base = precise_log(size);
      const Pack product = y * base.value, lost = fma(y, base.value, -product) + y * base.lost;
      r = exp_of({product, where(abs(product) < Pack(S(1000)), lost, Pack(S(0)))});
    }
    const Pack half = y * Pack(S(0.5));
    const auto whole = round(y) == y, odd = whole & (round(half) != half);
    r = where(odd, copysign(r, x), r);
    r = where((x < Pack(S(0))) & !whole & (size <= Pack(largest)), Pack(nan), r);
    return where((y == Pack(S(0))) | (x == one) | ((size == one) & (abs(y) > Pack(largest))), one, r);
  }
  // (2ᵉ (1 + f))ʸ in doubles, with the digits that a float needs and ten more.
  GT_FN friend Pack short_power(Pack f, Pack e, Pack y) {
    const Pack p = polynomial(f, 1.4426950408862034, -0.7213475203430858, 0.48089834907280216, -0.36067378977112302,
                              0.28853876232944353, -0.24044662676918238, 0.20610869529420048, -0.18043268543966362,
                              0.16018226137587693, -0.14252340477217404, 0.13062889860053481, -0.13478929828417449,
                              0.13113746484542463, -0.068062890155911382);
    const Pack log2_power = clamped(y * fma(p, f, e), -160, 160), t = log2_power + Pack(power_shift);
    const Pack r = log2_power - (t - Pack(power_shift));
    return polynomial(r, 0.99999999995956179, 0.69314718055683244, 0.24022651213498092, 0.055504109063258665,
                      0.009618025613318034, 0.0013333478473685416, 0.00015469729214118296, 1.5303700711365693e-05) *
           power_of_two(bits_as<I>(t.v));
  }
  GT_FN friend Pack atan2(Pack y, Pack x) {
    // Halved where their sum may overflow; two infinities are alike.
    const Pack ax = abs(x), ay = abs(y), big = max(ax, ay), small = min(ax, ay), one(S(1));
    const Pack part = where(big > Pack(S(0x1p100)), Pack(S(0.5)), one);
    const auto infinite = small > Pack(largest);
    return angle(y, x, where(infinite, one, part * small), where(infinite, one, part * big));
  }
  GT_FN friend Pack atan(Pack x) {
    const Pack a = abs(x), one(S(1));
    return angle(x, one, min(one, a), max(one, a));
  }
  // The angle of (x, y), small being the smaller size of the two, big the larger.
  GT_FN static Pack angle(Pack y, Pack x, Pack small, Pack big) {
    const auto half = small > Pack(S(0.41421356237309503)) * big;  // atan(s/b) = π/4 + atan((s-b)/(s+b))
    const Pack t = where(half, small - big, small) /
                   where(half, small + big, where(big == Pack(S(0)), Pack(S(1)), big)),
               z = t * t;
    Pack p;
    if constexpr (single)
      p = polynomial(z, -0.33333331757496054, 0.19999539639756966, -0.1426392636684686, 0.10743415624644799,
                     -0.06450881604115352);
    else
      p = polynomial(z, -0.3333333333333333, 0.199999999999955, -0.14285714284662226, 0.11111111014909221,
                     -0.09090904564022367, 0.07692182863309693, -0.06664506835133263, 0.05858108856106755,
                     -0.05085240174154878, 0.03922560559586107, -0.019169476385361265);
    Pack a = fma(t * z, p, t);
    a = where(half, a + Pack(S(0.78539816339744831)), a);
    a = where(abs(y) > abs(x), Pack(S(1.5707963267948966)) - a, a);
    a = where(copysign(Pack(S(1)), x) < Pack(S(0)), Pack(S(3.1415926535897932)) - a, a);
    return copysign(a, y);
  }

 private:
  template <class>
  friend struct Pack;

  // Members, because a device may read a constant but not call numeric_limits.
  static constexpr S infinity = std::numeric_limits<S>::infinity(), nan = std::numeric_limits<S>::quiet_NaN();
  static constexpr S smallest = std::numeric_limits<S>::min(), largest = std::numeric_limits<S>::max();
  static constexpr E top_bit = std::numeric_limits<E>::min();
  static constexpr int mantissa = single ? 23 : 52;
  // Added, it leaves the nearest whole number in the low bits.
  static constexpr S round_shift = single ? S(0x1.8p23) : S(0x1.8p52);
  // And this one the number n plus twice the bias of exponents: what 2ⁿ is made from below.
  static constexpr std::make_unsigned_t<E> bias = single ? 127 : 1023;
  static constexpr S power_shift = round_shift + S(2 * bias);
  static constexpr S log2_e = single ? S(0x1.715476p+0) : S(0x1.71547652b82fep+0);
  static constexpr S ln2_high = single ? S(0x1.62e4p-1) : S(0x1.62e42fefa38p-1),
                     ln2_low = single ? S(0x1.7f7d1cp-20) : S(0x1.ef35793c7673p-45);

  // A NaN stays.
  GT_FN static Pack clamped(Pack x, S low, S high) {
    return Lanes<V>::smaller_of(Pack(high).v, Lanes<V>::larger_of(Pack(low).v, x.v));
  }
  // x · 2ⁿ in two halves: subnormal results and overflow are right. (Bits that are not counted shift out at the top.)
  GT_FN static Pack times_power_of_two(Pack x, I n) {
    const U all = bits_as<U>(n), half = all >> 1;
    return x * bits_as<V>(half << mantissa) * bits_as<V>((all - half) << mantissa);
  }
  GT_FN static Pack power_of_two(I n) { return bits_as<V>((bits_as<U>(n) - bias) << mantissa); }
  GT_FN static Pack half_power_of_two(I n) { return bits_as<V>((bits_as<U>(n) - (bias + 1)) << mantissa); }  // ½ · 2ⁿ
  GT_FN static Pack reduced_exp(Pack x, I& n) {  // eʳ - 1, where x = n ln 2 + r
    return small_expm1(less_powers_of_two(x, n));
  }
  GT_FN static Pack less_powers_of_two(Pack x, I& n) {
    const Pack t = fma(x, Pack(log2_e), Pack(power_shift)), nf = t - Pack(power_shift);
    n = bits_as<I>(t.v);
    return fma(nf, Pack(-ln2_low), fma(nf, Pack(-ln2_high), x));
  }
  GT_FN static Pack small_expm1(Pack r) {
    if constexpr (single)
      return fma(polynomial(r, 0.5000000105, 0.1666651931, 0.04166618213, 0.008368833355, 0.001395178878), r * r, r);
    else
      return fma(
          polynomial(r, 0.5000000000000012919, 0.1666666666666669099, 0.04166666666651417586, 0.008333333333311917491,
                     0.001388888894731139731, 0.0001984126990785420439, 0.00002480148965269483761,
                     2.755722437074419167e-6, 2.763138046424969951e-7, 2.511541427363448192e-8),
          r * r, r);
  }
  GT_FN static Pack exp_of(Rounded<Pack> x) {
    I n;
    const Pack r = less_powers_of_two(clamped(x.value, -746, 710.782712893384), n) + x.lost;
    return times_power_of_two(small_expm1(r) + Pack(S(1)), n);
  }
  // m, where x = 2ᵉ m with √½ ≤ m < √2.
  GT_FN static Pack less_exponent(Pack x, Pack& exponent) {
    const auto tiny = x < Pack(smallest);
    const Pack xs = where(tiny, x * Pack(single ? S(0x1p23) : S(0x1p52)), x);
    constexpr std::make_unsigned_t<E> root_of_half = single ? 0x3f3504f3 : 0x3fe6a09e667f3bcd;
    const U bits = bits_as<U>(xs.v);
    const I e = bits_as<I>(bits - root_of_half) >> mantissa;
    exponent = as_real(e);
    exponent = where(tiny, exponent - Pack(S(mantissa)), exponent);
    return bits_as<V>(bits - (bits_as<U>(e) << mantissa));
  }
  // log x for x ≥ 0 and 13 bits more than a double has: 2(s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m + 1), where the
  // terms up to s³ are kept with what they lose.
  GT_FN static Rounded<Pack> precise_log(Pack x) {
    Pack e;
    const Pack m = less_exponent(x, e), f = m - Pack(S(1)), d = m + Pack(S(1)), d_lost = m - (d - Pack(S(1)));
    const Pack u = Pack(S(1)) / d, s = f * u, s_lost = u * (fma(-s, d, f) - s * d_lost);
    const Pack z = s * s, z_lost = fma(s + s, s_lost, fma(s, s, -z));
    const Pack others = polynomial(z, 0.4, 0.28571428571429364, 0.22222222221656232, 0.18181818335314404,
                                   0.15384594970895457, 0.13334804238225345, 0.11706248540922386, 0.11723051028097753);
    constexpr double third = 2 / 3.0, third_lost = 3.7007434154171886e-17;
    const Pack p = fma(others, z, Pack(third)), p_lost = fma(others, z, Pack(third) - p) + Pack(third_lost);
    const Pack w = z * p, w_lost = fma(z, p, -w) + fma(z, p_lost, z_lost * p);
    const Pack cube = s * w, cube_lost = fma(s, w, -cube) + fma(s, w_lost, s_lost * w);
    const Pack twice = s + s, part = twice + cube, powers = e * Pack(ln2_high), sum = powers + part;
    const Pack part_lost = ((twice - part) + cube) + fma(e, Pack(ln2_low), (s_lost + s_lost) + cube_lost);
    const Pack end = where(x == Pack(S(0)), Pack(-infinity), x);
    return {where((x > Pack(S(0))) & (x <= Pack(largest)), sum, end), ((powers - sum) + part) + part_lost};
  }
  // Φ(-a) · exp(a²/2) = n / (2 + √(2π) a n + a rest) with n = 1 + a part, for a ≥ 0 and as far as exp(-a²/2) is not 0:
  // the larger a is, the less it matters what n and the rest lose to rounding. Both are fitted together, by least
  // squares that are weighted until the largest relative error is least.
  GT_FN static Pack mills_part(Pack a) {
    if constexpr (single)
      return polynomial(a, 1.084961175918579, 0.5652890205383301, 0.17048217356204987, 0.029760094359517097,
                        0.0024829241447150707);
    else
      return polynomial(a, 1.6933195967781294, 1.4182308356251747, 0.7606020568278203, 0.28678892979998877,
                        0.07912067277821316, 0.016160405019450607, 0.0024172245464156817, 0.00025454456769769944,
                        1.717884743522833e-05, 5.723874468831827e-07);
  }
  GT_FN static Pack mills_rest(Pack a) {
    if constexpr (single)
      return polynomial(a, 1.2590631246566772, 0.4155718982219696, 0.07456610351800919, 0.006224396172910929);
    else
      return polynomial(a, 2.47578004053099, 1.5673255622630453, 0.6441295455166242, 0.18663864830988414,
                        0.039246375052476565, 0.005972961524485758, 0.0006351790834932355, 4.306098472940378e-05,
                        1.434762558280451e-06);
  }
  static constexpr S root_of_two_pi = S(2.5066282746310005);
  // p, where exp(-a²/2) = (1 + p) · power · gaussian_unit for a ≥ 0: so large a power is normal where the result is
  // not. The square does not round, for exp makes what it loses many times larger: a product with few digits is taken
  // away first.
  GT_FN static Pack reduced_gaussian(Pack a, Pack& power) {
    constexpr S shift = round_shift + S(bias + (single ? 64 : 512));
    const Pack t = fma(a * a, Pack(S(-0.5) * log2_e), Pack(shift)), nf = t - Pack(shift);
    power = bits_as<V>(bits_as<U>(t.v) << mantissa);
    return small_expm1(fma(nf, Pack(-ln2_low), fma(Pack(S(-0.5)) * a, a, nf * Pack(-ln2_high))));
  }
  static constexpr S gaussian_unit = single ? S(0x1p-64) : S(0x1p-512);
  // |x| as far as exp(-x²/2) is not 0. A NaN stays.
  GT_FN static Pack within_gaussian(Pack x) {
    return Lanes<V>::smaller_of(Pack(single ? S(14.5) : S(38.75)).v, abs(x).v);
  }
  // Towards 0, as C has it; by 0 it is NumPy's 0, and the least number by -1 wraps.
  GT_FN static Pack integer_quotient(Pack a, Pack b) {
    return b.v == 0 ? Pack(S(0)) : b.v == -1 ? -a : Pack(V(a.v / b.v));
  }
  // As bits: what has all its digits.
  static constexpr E last_whole = bits_as<E>(single ? S(0x1p24) : S(0x1p53));
  GT_SLOW_FN static void far_rests(const void* from, const void* by, void* to) {
    for (int i = 0; i < Lanes<V>::count; ++i) {
      const S x = static_cast<const S*>(from)[i], y = static_cast<const S*>(by)[i];
#if defined(__CUDA_ARCH__)
      static_cast<S*>(to)[i] = S(::fmod(double(x), double(y)));
#else
      static_cast<S*>(to)[i] = S(__builtin_fmod(x, y));
#endif
    }
  }
  // The sine of x and `quarters` quarter turns. π/2 is taken away in three parts (Cody and Waite 1980), exact for |x|
  // below 2¹⁷ (float) and 2⁴⁰ (double); lanes beyond are done one by one.
  GT_FN static Pack turned(Pack x, int quarters) {
    const Pack t = fma(x, Pack(S(0.63661977236758134)), Pack(round_shift)), nf = t - Pack(round_shift);
    constexpr S a = single ? S(1.5707963705062866) : S(1.5707963267948966),
                b = single ? S(-4.371138828673793e-08) : S(6.123233995736766e-17),
                c = single ? S(-1.7151245100058819e-15) : S(-1.4973849048591698e-33);
    const Pack r = fma(nf, Pack(-c), fma(nf, Pack(-b), fma(nf, Pack(-a), x)));
    Pack y = sine_after(r, (bits_as<I>(t.v) & E(3)) + E(quarters));
    if (any_negative(last_near - (bits_as<I>(x.v) & ~top_bit))) [[unlikely]] {
      const V from = x.v;
      V to = y.v;  // a copy, so that y stays in its register
      turned_far(&from, &to, quarters);
      y.v = to;
    }
    return y;
  }
  // As bits, which are in the order of sizes.
  static constexpr E last_near = bits_as<E>(single ? S(0x1p17) : S(0x1p40)) - 1;
  GT_SLOW_FN static void turned_far(const void* from, void* to, int quarters) {
    for (int i = 0; i < Lanes<V>::count; ++i) {
      const S x = static_cast<const S*>(from)[i];
      if ((bits_as<E>(x) & ~top_bit) <= last_near) continue;
      int count = 0;
      const S r = S(detail::less_quarter_turns(double(x), count));
      static_cast<S*>(to)[i] = Pack<S>::sine_after(r, E(count + quarters)).v;
    }
  }
  // The sine of r and n quarter turns, |r| at most half a one.
  GT_FN static Pack sine_after(Pack r, I n) {
    const Pack z = r * r;
    Pack sine, cosine;
    if constexpr (single) {
      sine = polynomial(z, -0.166666667, 0.00833333179, -0.000198400391, 2.7243812e-06);
      cosine = polynomial(z, 0.0416666645, -0.00138882794, 2.45428963e-05);
    } else {
      sine = polynomial(z, -0.16666666666666666, 0.0083333333333333315, -0.00019841269841264569, 2.7557319218956732e-06,
                        -2.5052106100926675e-08, 1.6058510979535349e-10, -7.5854925078212401e-13);
      cosine =
          polynomial(z, 0.041666666666666664, -0.0013888888888888887, 2.4801587301584371e-05, -2.7557319221190198e-07,
                     2.0876755717957296e-09, -1.147044941240971e-11, 4.7452021557023588e-14);
    }
    sine = fma(r * z, sine, r);
    cosine = fma(z * z, cosine, fma(z, Pack(S(-0.5)), Pack(S(1))));
    const Pack value = where(as_real(n & E(1)) != Pack(S(0)), cosine, sine);
    return bits_as<V>(bits_as<I>(value.v) ^ ((n & E(2)) << (8 * int(sizeof(S)) - 2)));
  }
  // Is any lane's top bit set? Halves are joined, down to what two registers of a CPU hold.
  template <class Bits>
  GT_FN static bool any_negative(Bits bits) {
    if constexpr (scalar) {
      return bits < 0;
    } else if constexpr (sizeof(Bits) > 16) {
      return any_negative(halves_joined(bits, std::make_index_sequence<sizeof(Bits) / sizeof(E) / 2>()));
    } else {
      const auto two = bits_as<Vec<std::int64_t, sizeof(Bits) / 8>>(bits);
      return ((two[0] | two[1]) &
              (single ? std::int64_t(0x8000000080000000) : std::numeric_limits<std::int64_t>::min())) != 0;
    }
  }
  template <class Bits, std::size_t... L>
  GT_FN static auto halves_joined(Bits bits, std::index_sequence<L...>) {
#if defined(__CUDACC__)
    return bits;  // no packs there
#else
    return __builtin_shufflevector(bits, bits, int(L)...) |
           __builtin_shufflevector(bits, bits, int(L + sizeof...(L))...);
#endif
  }
  GT_FN static Pack as_real(I n) {
    if constexpr (scalar) return S(n);
    else return __builtin_convertvector(n, V);
  }
  // What f(x...) is in doubles. Half of the lanes at a time, so that the doubles fill a pack of the same size.
  template <class F, std::size_t... L, class... Packs>
  GT_FN static Pack by_doubles(F f, std::index_sequence<L...>, Packs... x) {
    if constexpr (scalar) {
      return S(f(Pack<double>(x.v)...).v);
    } else {
#if !defined(__CUDACC__)  // no packs there
      constexpr int half = sizeof...(L);
      using Floats = Vec<S, half>;
      using Doubles = Vec<double, half>;
      auto rounded = [f](auto... part)
                         GT_INLINE { return converted<Floats>(f(Pack<Doubles>(converted<Doubles>(part))...).v); };
      const auto low = rounded(__builtin_shufflevector(x.v, x.v, int(L)...)...);
      const auto high = rounded(__builtin_shufflevector(x.v, x.v, int(L + half)...)...);
      return __builtin_shufflevector(low, high, int(L)..., int(L + half)...);
#endif
    }
  }
};

}  // namespace gradtape
