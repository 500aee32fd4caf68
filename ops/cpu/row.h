// A row on the CPU: the words that rowwise and reduce ops speak, over memory. For loop files.
//
// Note: a fold runs in 128 bytes of lanes, as many packs as the instruction set needs for them, so a sum has the same
// shape, and the same bits, on all.
#pragma once

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/cpu/transpose.h>
#include <gradtape/ops/row_words.h>

namespace gradtape {

// Each block of `Half` lanes in the place of its neighbour.
template <int Half, class V>
GT_FN Pack<V> moved(Pack<V> x) {
  return mixed<Half, Half, Half>(x.v, x.v);
}
template <int Half, class P>
GT_FN Compensated<P> moved(Compensated<P> x) {
  return {moved<Half>(x.sum), moved<Half>(x.lost)};
}

// How numbers are added to a total, and totals to each other.
struct PlusWidened : Plus {
  using Plus::operator();
  template <class W, class V>
    requires(!std::is_same_v<W, V>)
  GT_FN Pack<W> operator()(Pack<W> total, Pack<V> x) const {
    return total + Pack<W>(converted<W>(x.v));
  }
};
struct PlusCompensated {
  template <class P, class X>
  GT_FN Compensated<P> operator()(Compensated<P> total, X x) const {
    total.add(x);
    return total;
  }
};

template <class V>
GT_FN bool holds_somewhere(Mask<V> mask) {
  if constexpr (std::is_integral_v<typename Mask<V>::M>) {
    return mask.m != 0;
  } else {  // a 1 has bits, a 0 has none
    const auto words = bits_as<Vec<std::int64_t, sizeof(V) / 8>>(mask.m);
    std::int64_t any = 0;
    for (std::size_t k = 0; k < sizeof(V) / 8; ++k) any |= words[k];
    return any != 0;
  }
}

constexpr std::int64_t counted_at_once = 1 << 20;

// Neighbouring numbers in memory. Values of the row as a whole are single numbers.
template <class S, int Bytes>
struct DenseRow {
  static constexpr int lanes = Bytes / static_cast<int>(sizeof(S)) > 0 ? Bytes / static_cast<int>(sizeof(S)) : 1;
  static constexpr int ways = 128 / static_cast<int>(sizeof(S)) / lanes;
  using V = std::conditional_t<lanes == 1, S, Vec<S, lanes>>;
  using Real = Pack<V>;
  using Value = Pack<S>;
  S* data;
  std::int64_t columns;

  GT_FN Value count() const { return Value(static_cast<S>(columns)); }
  template <class Each = Itself>
  GT_FN Value max(Each each = {}) const {
    return extreme(lowest<S>, Larger(), each);
  }
  template <class Each = Itself>
  GT_FN Value min(Each each = {}) const {
    return extreme(highest<S>, Smaller(), each);
  }
  GT_FN Value norm() const { return norm_of<S>(*this); }
  GT_FN LogTotal<Value> log_total() const { return log_total_of(*this); }
  template <class Each, class... Rows>
  GT_FN Value sum(Each each, const Rows&... others) const {
    return first_of(fold(Real(S(0)), S(0), Plus(), each, others...));
  }
  template <class Each>
  GT_FN Value product(Each each) const {
    return first_of(fold(Real(S(1)), S(1), Times(), each));
  }
  // Note: totals of floats are kept as doubles, for which the numbers are read in packs half as long: to widen them
  // costs less than to keep what a sum of floats loses. Totals of doubles are kept with what they lose.
  template <class Each>
  GT_FN Value total(Each each) const {
    if constexpr (std::is_integral_v<S>) {
      return sum(each);
    } else if constexpr (sizeof(S) == 4) {
      using Half = DenseRow<S, (Bytes > 16 ? Bytes / 2 : Bytes)>;
      using Doubles = Pack<typename Lanes<typename Half::V>::Wide>;
      return Value(static_cast<S>(Half{data, columns}.fold(Doubles(0), S(0), PlusWidened(), each).v[0]));
    } else {
      const Real none(S(0));
      return first_of(fold(Compensated<Real>{none, none}, S(0), PlusCompensated(), each).value());
    }
  }
  // For how many this holds. By parts, in which numbers of S count without rounding.
  template <class Holds>
  GT_FN Value count_where(Holds holds) const {
    double count = 0;
    for (std::int64_t i = 0; i < columns; i += counted_at_once) {
      const DenseRow part{data + i, columns - i < counted_at_once ? columns - i : counted_at_once};
      count += static_cast<double>(
          part.sum([=](auto v) GT_INLINE { return where(holds(v), decltype(v)(1), decltype(v)(0)); }).v);
    }
    return Value(static_cast<S>(count));
  }
  // A total where it is asked for, else 0.
  template <class Each>
  GT_FN Value total_where(Mask<S> asked, Each each) const {
    return holds_somewhere(asked) ? total(each) : Value(S(0));
  }
  // Where the largest (smallest) stands first; a NaN counts as larger (smaller) than all.
  GT_FN std::int64_t index_of(Value value) const {
    return value.v == value.v ? first_where([=](auto x) GT_INLINE { return x == decltype(x)(value); })
                              : first_where([](auto x) GT_INLINE { return x != x; });
  }
  template <class Each, class... Rows>
  GT_FN void assign(Each each, const Rows&... rows) {
    if (columns < lanes) {
      const Real last = each(rows.part(0)...);
      for (std::int64_t k = 0; k < columns; ++k) data[k] = lane(last, static_cast<int>(k));
      return;
    }
    // The last pack ends where the row ends. It is reckoned first, since this row may be one of those that are read.
    const Real last = each(rows.whole(columns - lanes)...);
    for (std::int64_t i = 0; i + lanes <= columns; i += lanes) store<V>(data, i, Real(each(rows.whole(i)...)));
    store<V>(data, columns - lanes, last);
  }

  GT_FN Real whole(std::int64_t i) const { return load<V>(data, i); }
  GT_FN Real part(std::int64_t i) const {  // the last pack may be short
    if (i + lanes <= columns) return whole(i);
    return filled(Real(S(0)), 0, S(0), i);
  }

 private:
  template <class, int>
  friend struct DenseRow;

  GT_FN static S lane(Real x, int k) {
    if constexpr (lanes == 1) return x.v;
    else return x.v[k];
  }
  GT_FN static void set_lane(Real& x, int k, S value) {
    if constexpr (lanes == 1) x.v = value;
    else x.v[k] = value;
  }
  // x with the lanes from `first` on replaced: by memory from `from` as far as the row goes, else by the filler.
  GT_FN Real filled(Real x, std::int64_t first, S filler, std::int64_t from = -1) const {
    for (std::int64_t k = first; k < lanes; ++k)
      set_lane(x, static_cast<int>(k), from >= 0 && from + k < columns ? data[from + k] : filler);
    return x;
  }
  // What is left of the row from i on, with the filler beside it: less than a fold takes at once. Where the row is as
  // long as that, the packs go back as far, and what was taken before is filled over.
  template <class Take, class Each, class... Rows>
  GT_FN void each_of_rest(std::int64_t i, S filler, Take take, Each each, const Rows&... others) const {
    constexpr std::int64_t wide = ways * lanes;
    if (i == columns) return;
    if (columns < wide) {
      for (int w = 0; w < ways && i < columns; ++w, i += lanes)
        take(w, filled(each(part(i), others.part(i)...), columns - i, filler));
      return;
    }
    Real number;
    for (int k = 0; k < lanes; ++k) set_lane(number, k, static_cast<S>(k));
    for (int w = 0; w < ways; ++w) {
      const std::int64_t from = columns - wide + w * lanes;
      if (from + lanes <= i) continue;
      take(w, where(number >= Real(static_cast<S>(i - from)), each(whole(from), others.whole(from)...), Real(filler)));
    }
  }
  // Joins all numbers into some of the kind of `start`, of which the first lane is the result.
  template <class All, class Join, class Each, class... Rows>
  GT_FN All fold(All start, S filler, Join join, Each each, const Rows&... others) const {
    All total[ways];
    for (auto& t : total) t = start;
    std::int64_t i = 0;
    for (; i + ways * lanes <= columns; i += ways * lanes) GT_UNROLL
    for (int w = 0; w < ways; ++w) {
      if (w * lanes * static_cast<int>(sizeof(S)) % 64 == 0)
        __builtin_prefetch(data + i + w * lanes + columns);  // the next row comes while this one is reckoned
      total[w] = join(total[w], each(whole(i + w * lanes), others.whole(i + w * lanes)...));
    }
    each_of_rest(i, filler, [&](int w, Real x) GT_INLINE { total[w] = join(total[w], x); }, each, others...);
    GT_UNROLL
    for (int half = ways / 2; half > 0; half /= 2)
      for (int w = 0; w < half; ++w) total[w] = join(total[w], total[w + half]);
    for_halves<lanes / 2>([&](auto constant)
                              GT_INLINE { total[0] = join(total[0], moved<decltype(constant)::value>(total[0])); });
    return total[0];
  }
  // The first element for which this holds, which one does.
  template <class Holds>
  GT_FN std::int64_t first_where(Holds holds) const {
    std::int64_t i = 0;
    for (; i + ways * lanes <= columns; i += ways * lanes) {
      auto any = holds(whole(i));
      GT_UNROLL
      for (int w = 1; w < ways; ++w) any = any | holds(whole(i + w * lanes));
      if (holds_somewhere(any)) break;
    }
    while (i < columns - 1 && !holds_somewhere(holds(Value(data[i])))) ++i;
    return i;
  }
  template <class Join, class Each>
  GT_FN Value extreme(S none, Join join, Each each) const {
    // The next number first: whether it is a NaN does not depend on the extreme so far, so nothing waits for the
    // answer.
    const auto join_first = [=](auto before, auto x) GT_INLINE { return join(x, before); };
    return first_of(fold(Real(none), none, join_first, each));
  }
  GT_FN static Value first_of(Real x) { return Value(lane(x, 0)); }
};

// Several rows side by side, one in each lane: element i of all of them is the pack at data + i * stride. Values of the
// row as a whole are packs. Short rows are laid out like this first; columns of a matrix lie so already.
template <class V>
struct LaneRow {
  using S = typename Lanes<V>::S;
  using Real = Pack<V>;
  using Value = Pack<V>;
  S* data;
  std::int64_t columns, stride;
  const S* end;  // of the memory that may be read
  int kept = Lanes<V>::count;  // the lanes that are written

  GT_FN Value count() const { return Value(static_cast<S>(columns)); }
  template <class Each = Itself>
  GT_FN Value max(Each each = {}) const {
    return fold(lowest<S>, Larger(), each);
  }
  template <class Each = Itself>
  GT_FN Value min(Each each = {}) const {
    return fold(highest<S>, Smaller(), each);
  }
  GT_FN Value norm() const { return norm_of<S>(*this); }
  GT_FN LogTotal<Value> log_total() const { return log_total_of(*this); }
  template <class Each, class... Rows>
  GT_FN Value sum(Each each, const Rows&... others) const {
    return fold(S(0), Plus(), each, others...);
  }
  template <class Each>
  GT_FN Value product(Each each) const {
    return fold(S(1), Times(), each);
  }
  template <class Each>
  GT_FN Value total(Each each) const {
    if constexpr (std::is_integral_v<S>) {
      return sum(each);
    } else {
      Compensated<Real> all{Real(S(0)), Real(S(0))};
      for (std::int64_t i = 0; i < columns; ++i) all.add(each(at(i)));
      return all.value();
    }
  }
  template <class Holds>
  GT_FN Value count_where(Holds holds) const {
    Compensated<Real> count{Real(S(0)), Real(S(0))};
    for (std::int64_t i = 0; i < columns; i += counted_at_once) {
      LaneRow part = *this;
      part.data += i * stride;
      part.columns = columns - i < counted_at_once ? columns - i : counted_at_once;
      count.add(part.sum([=](auto v) GT_INLINE { return where(holds(v), Real(S(1)), Real(S(0))); }));
    }
    return count.value();
  }
  template <class Each>
  GT_FN Value total_where(Mask<V> asked, Each each) const {
    return holds_somewhere(asked) ? total(each) : Value(S(0));
  }
  template <class Each, class... Rows>
  GT_FN void assign(Each each, const Rows&... rows) {
    for (std::int64_t i = 0; i < columns; ++i) put(i, Real(each(rows.at(i)...)));
  }
  GT_FN Real at(std::int64_t i) const {
    const S* from = data + i * stride;
    if (from + Lanes<V>::count <= end) [[likely]]
      return load<V>(from, 0);
    Real x(S(0));
    if constexpr (Lanes<V>::count == 1) x.v = *from;
    else
      for (int k = 0; from + k < end; ++k) x.v[k] = from[k];
    return x;
  }

 private:
  GT_FN void put(std::int64_t i, Real x) {
    if (kept == Lanes<V>::count) [[likely]]
      return store<V>(data, i * stride, x);
    store_some<V>(data, i * stride, x, kept);
  }
  template <class Join, class Each, class... Rows>
  GT_FN Value fold(S start, Join join, Each each, const Rows&... others) const {
    Real all(start);
    for (std::int64_t i = 0; i < columns; ++i) all = join(all, each(at(i), others.at(i)...));
    return all;
  }
};

}  // namespace gradtape
