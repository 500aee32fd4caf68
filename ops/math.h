// Pack<V>: a number, or several side by side, as formulas see it. V is float, double, or a vector of them.
//
// Every function is written once here, from +, -, *, /, sqrt and explicit fma, so a CPU of any width and a CUDA
// device give the same bits. Build with -ffp-contract=off, and nvcc with -fmad=false.
#pragma once

#include <cstdint>
#include <cmath>
#include <limits>
#include <type_traits>

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

template <class S, int N> struct VectorOf { typedef S type __attribute__((vector_size(N * sizeof(S)))); };
template <class S, int N> using Vec = typename VectorOf<S, N>::type;

template <class V> struct Lanes {  // a vector type: known by its element
  using S = std::remove_cvref_t<decltype(std::declval<V>()[0])>;
  static constexpr int count = sizeof(V) / sizeof(S);
  using I = Vec<std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>, count>;
  using M = Vec<S, count>;
  using Wide = Vec<double, count>;
  // A mask is kept as the numbers 1 and 0: GCC 12 takes a 512-bit comparison that is kept as it is apart, lane by lane.
  template <class C> GT_FN static M mask(C c) { return c ? M{} + S(1) : M{}; }
  GT_FN static M both(M a, M b) { return a * b; }
  GT_FN static M either(M a, M b) { return a + b; }
};
template <> struct Lanes<float> { using S = float; using I = std::int32_t; using M = bool; using Wide = double; static constexpr int count = 1; GT_FN static M mask(bool c) { return c; } GT_FN static M both(M a, M b) { return a && b; } GT_FN static M either(M a, M b) { return a || b; } };
template <> struct Lanes<double> { using S = double; using I = std::int64_t; using M = bool; using Wide = double; static constexpr int count = 1; GT_FN static M mask(bool c) { return c; } GT_FN static M both(M a, M b) { return a && b; } GT_FN static M either(M a, M b) { return a || b; } };

template <> struct Lanes<std::int64_t> { using S = std::int64_t; using I = std::int64_t; using M = bool; using Wide = double; static constexpr int count = 1; GT_FN static M mask(bool c) { return c; } GT_FN static M both(M a, M b) { return a && b; } GT_FN static M either(M a, M b) { return a || b; } };
template <class V> struct Mask {
  typename Lanes<V>::M m;
  GT_FN Mask(typename Lanes<V>::M x) : m(x) {}
  GT_FN Mask(const Mask& other) : m(other.m) {}  // as in Pack
  GT_FN friend Mask operator&(Mask a, Mask b) { return {Lanes<V>::both(a.m, b.m)}; }
  GT_FN friend Mask operator|(Mask a, Mask b) { return {Lanes<V>::either(a.m, b.m)}; }
  GT_FN friend Mask operator!(Mask a) { return {Lanes<V>::mask(a.m == 0)}; }
};

template <class To, class From> GT_FN To bits_as(From x) { return __builtin_bit_cast(To, x); }

template <class V> struct Pack {
  using S = typename Lanes<V>::S;
  using I = typename Lanes<V>::I;
  using E = std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>;
  static constexpr bool single = sizeof(S) == 4;
  V v;

  Pack() = default;
  GT_FN Pack(V x) : v(x) {}
  // Written out, so that a Pack travels in memory in every instruction set: a call that is not inlined stays right.
  GT_FN Pack(const Pack& other) : v(other.v) {}
  GT_FN Pack& operator=(const Pack& other) { v = other.v; return *this; }
  template <class A> requires(std::is_arithmetic_v<A> && !std::is_same_v<A, V>)
  GT_FN Pack(A number) : v(V{} + S(number)) {}
  template <class One> requires(std::is_same_v<One, Pack<S>> && !std::is_same_v<S, V>)
  GT_FN Pack(One one) : v(V{} + one.v) {}  // a row's total meets its elements

  GT_FN friend Pack operator+(Pack a, Pack b) { return a.v + b.v; }
  GT_FN friend Pack operator-(Pack a, Pack b) { return a.v - b.v; }
  GT_FN friend Pack operator*(Pack a, Pack b) { return a.v * b.v; }
  GT_FN friend Pack operator/(Pack a, Pack b) { return a.v / b.v; }
  GT_FN friend Pack operator-(Pack a) { return -a.v; }
  GT_FN friend Mask<V> operator<(Pack a, Pack b) { return {Lanes<V>::mask(a.v < b.v)}; }
  GT_FN friend Mask<V> operator>(Pack a, Pack b) { return {Lanes<V>::mask(a.v > b.v)}; }
  GT_FN friend Mask<V> operator<=(Pack a, Pack b) { return {Lanes<V>::mask(a.v <= b.v)}; }
  GT_FN friend Mask<V> operator>=(Pack a, Pack b) { return {Lanes<V>::mask(a.v >= b.v)}; }
  GT_FN friend Mask<V> operator==(Pack a, Pack b) { return {Lanes<V>::mask(a.v == b.v)}; }
  GT_FN friend Mask<V> operator!=(Pack a, Pack b) { return {Lanes<V>::mask(a.v != b.v)}; }
  GT_FN friend Pack where(Mask<V> m, Pack a, Pack b) { return m.m != 0 ? a.v : b.v; }
  GT_FN friend Pack chain(Pack g, Mask<V> m) { return where(m, g, Pack(S(0))); }
  GT_FN friend Pack chain(Pack g, Pack slope) { return where(g == Pack(S(0)), Pack(S(0)), g * slope); }
  // A NaN on either side stays.
  GT_FN friend Pack max(Pack a, Pack b) { return where((a > b) | (a != a), a, b); }
  GT_FN friend Pack min(Pack a, Pack b) { return where((a < b) | (a != a), a, b); }

  GT_FN friend Pack fma(Pack a, Pack b, Pack c) {
    if constexpr (Lanes<V>::count == 1) {
#if defined(__CUDA_ARCH__)
      if constexpr (single) return __fmaf_rn(a.v, b.v, c.v); else return __fma_rn(a.v, b.v, c.v);
#else
      if constexpr (single) return __builtin_fmaf(a.v, b.v, c.v); else return __builtin_fma(a.v, b.v, c.v);
#endif
    } else {
      V r{};
      for (int i = 0; i < Lanes<V>::count; ++i) r[i] = single ? __builtin_fmaf(a.v[i], b.v[i], c.v[i]) : __builtin_fma(a.v[i], b.v[i], c.v[i]);
      return r;
    }
  }
  GT_FN friend Pack sqrt(Pack a) {
    if constexpr (Lanes<V>::count == 1) {
#if defined(__CUDA_ARCH__)
      if constexpr (single) return __fsqrt_rn(a.v); else return __dsqrt_rn(a.v);
#else
      if constexpr (single) return __builtin_sqrtf(a.v); else return __builtin_sqrt(a.v);
#endif
    } else {
      V r{};
      for (int i = 0; i < Lanes<V>::count; ++i) r[i] = single ? __builtin_sqrtf(a.v[i]) : __builtin_sqrt(a.v[i]);
      return r;
    }
  }
  GT_FN friend Pack abs(Pack a) { return bits_as<V>(bits_as<I>(a.v) & ~top_bit); }
  GT_FN friend Pack copysign(Pack size, Pack sign) {
    return bits_as<V>((bits_as<I>(size.v) & ~top_bit) | (bits_as<I>(sign.v) & top_bit));
  }
  // c0 + x*(c1 + x*(...)): the coefficients become immediates, where a table would not be visible to a device.
  template <class... C> GT_FN static Pack poly(Pack x, double c0, C... rest) {
    if constexpr (sizeof...(C) == 0) return Pack(c0); else return fma(poly(x, rest...), x, Pack(c0));
  }

  GT_FN friend Pack exp(Pack x) {
    constexpr S low = single ? S(-103.97208) : S(-745.1332191019411), high = single ? S(89.72284) : S(710.782712893384);
    I n; Pack p = reduced_exp(min(max(x, Pack(low)), Pack(high)), n) + Pack(S(1));
    const I h = n >> 1;  // two halves: subnormal results and overflow are right
    return where(x != x, x, p * scale(h) * scale(n - h));
  }
  GT_FN friend Pack expm1_negative(Pack x) {
    I n; Pack p = reduced_exp(max(x, Pack(S(-40))), n), a = scale(n);
    return fma(p, a, a - Pack(S(1)));
  }
  GT_FN friend Pack log(Pack x) {
    const auto tiny = x < Pack(smallest);
    const Pack xs = where(tiny, x * Pack(single ? S(0x1p23) : S(0x1p52)), x);
    const I e = (bits_as<I>(xs.v) - (single ? E(0x3f3504f3) : E(0x3fe6a09e667f3bcd))) >> mantissa;
    const Pack m = bits_as<V>(bits_as<I>(xs.v) - (e << mantissa));
    Pack ef = as_real(e);
    ef = where(tiny, ef - Pack(S(mantissa)), ef);
    const Pack f = m - Pack(S(1));
    Pack r;
    // Every fma adds to a sum, never to a product: then compilers round alike.
    if constexpr (single) {
      Pack t = fma(f, poly(f, 0.3333331056, -0.2499998624, 0.2000221584, -0.1666925810, 0.1421890781, -0.1238445468, 0.1187118384, -0.1178805698, 0.06917033872), Pack(S(-0.5)));
      r = fma(f * f, t, fma(ef, Pack(ln2_low), f));
    } else {
      Pack s = f / (f + Pack(S(2))), z = s * s;
      Pack w = fma(z, poly(z, 0.6666666666666735345, 0.3999999999940763902, 0.2857142874411135625, 0.2222219838123810502, 0.1818357503927921077, 0.1531375861739571396, 0.1479904010637944647), -f);
      r = fma(w, s, fma(ef, Pack(ln2_low), f));
    }
    r = fma(ef, Pack(ln2_high), r);
    r = where(x == Pack(infinity), x, where(x == Pack(S(0)), Pack(-infinity), r));
    return where(x < Pack(S(0)), Pack(nan), where(x != x, x, r));
  }
  GT_FN friend Pack log1p(Pack x) {  // u rounds, and its lost part is put back
    const Pack u = x + Pack(S(1)), lost = x - (u - Pack(S(1)));
    return where((u == Pack(S(0))) | (u > Pack(largest)), log(u), log(u) + lost / u);
  }
  template <class F> static Pack each(Pack x, F f) { if constexpr (Lanes<V>::count == 1) return Pack(V(f(double(x.v)))); else { for (int i = 0; i < Lanes<V>::count; ++i) x.v[i] = S(f(double(x.v[i]))); return x; } }
  friend Pack sin(Pack x) { return each(x, [](double v) { return std::sin(v); }); }
  friend Pack cos(Pack x) { return each(x, [](double v) { return std::cos(v); }); }
  friend Pack erf(Pack x) { return each(x, [](double v) { return std::erf(v); }); }
  friend Pack expm1(Pack x) { return each(x, [](double v) { return std::expm1(v); }); }
  GT_FN friend Pack sigmoid(Pack x) { const Pack e = exp(-abs(x)); return where(x >= Pack(S(0)), Pack(S(1)), e) / (Pack(S(1)) + e); }
  GT_FN friend Pack tanh(Pack x) {
    const Pack t = expm1_negative(Pack(S(-2)) * abs(x));
    return where(x != x, x, copysign(-t / (t + Pack(S(2))), x));
  }
  GT_FN friend Pack pow(Pack x, Pack y) {  // float through double: right to about one ulp
    Pack r;
    if constexpr (single) {
      using W = Pack<typename Lanes<V>::Wide>;
      r = narrow(exp(W(widen(y)) * log(W(widen(x)))));
    } else r = exp(y * log(x));
    return where((y == Pack(S(0))) | (x == Pack(S(1))), Pack(S(1)), r);
  }
  GT_FN friend Pack atan2(Pack y, Pack x) {
    const Pack ax = abs(x), ay = abs(y), big = max(ax, ay), small = min(ax, ay);
    const auto half = small > Pack(S(0.41421356237309503)) * big;  // atan(s/b) = pi/4 + atan((s-b)/(s+b))
    const Pack t = where(half, small - big, small) / where(half, small + big, where(big == Pack(S(0)), Pack(S(1)), big)), z = t * t;
    Pack p;
    if constexpr (single) p = poly(z, -0.33333331757496054, 0.19999539639756966, -0.1426392636684686, 0.10743415624644799, -0.06450881604115352);
    else p = poly(z, -0.3333333333333333, 0.199999999999955, -0.14285714284662226, 0.11111111014909221, -0.09090904564022367, 0.07692182863309693, -0.06664506835133263, 0.05858108856106755, -0.05085240174154878, 0.03922560559586107, -0.019169476385361265);
    Pack a = fma(t * z, p, t);
    a = where(half, a + Pack(S(0.78539816339744831)), a);
    a = where(ay > ax, Pack(S(1.5707963267948966)) - a, a);
    a = where(copysign(Pack(S(1)), x) < Pack(S(0)), Pack(S(3.1415926535897932)) - a, a);
    return copysign(a, y);
  }

 private:
  // Members, because a device may read a constant but not call numeric_limits.
  static constexpr S infinity = std::numeric_limits<S>::infinity(), nan = std::numeric_limits<S>::quiet_NaN();
  static constexpr S smallest = std::numeric_limits<S>::min(), largest = std::numeric_limits<S>::max();
  static constexpr E top_bit = std::numeric_limits<E>::min();
  static constexpr int mantissa = single ? 23 : 52;
  static constexpr S ln2_high = single ? S(0x1.62e4p-1) : S(0x1.62e42fefa38p-1), ln2_low = single ? S(0x1.7f7d1cp-20) : S(0x1.ef35793c7673p-45);
  GT_FN static Pack scale(I n) { return bits_as<V>((n + (single ? E(127) : E(1023))) << mantissa); }
  GT_FN static Pack reduced_exp(Pack x, I& n) {  // e^r - 1, where x = n ln2 + r
    constexpr S shift = single ? S(0x1.8p23) : S(0x1.8p52);
    const Pack t = fma(x, Pack(single ? S(0x1.715476p+0) : S(0x1.71547652b82fep+0)), Pack(shift)), nf = t - Pack(shift);
    n = bits_as<I>(t.v) - bits_as<E>(shift);
    const Pack r = fma(nf, Pack(-ln2_low), fma(nf, Pack(-ln2_high), x));
    if constexpr (single) return fma(poly(r, 0.5000000105, 0.1666651931, 0.04166618213, 0.008368833355, 0.001395178878), r * r, r);
    else return fma(poly(r, 0.5000000000000012919, 0.1666666666666669099, 0.04166666666651417586, 0.008333333333311917491, 0.001388888894731139731, 0.0001984126990785420439, 0.00002480148965269483761, 2.755722437074419167e-6, 2.763138046424969951e-7, 2.511541427363448192e-8), r * r, r);
  }
  GT_FN static Pack as_real(I n) { if constexpr (Lanes<V>::count == 1) return S(n); else return __builtin_convertvector(n, V); }
  GT_FN static auto widen(Pack x) { if constexpr (Lanes<V>::count == 1) return double(x.v); else return __builtin_convertvector(x.v, typename Lanes<V>::Wide); }
  template <class W> GT_FN static Pack narrow(W x) { if constexpr (Lanes<V>::count == 1) return S(x.v); else return __builtin_convertvector(x.v, V); }
};

}  // namespace gradtape
