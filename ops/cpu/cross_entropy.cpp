#include <gradtape/ops/cpu/cross_entropy.h>

#include <algorithm>

#include <gradtape/autograd/team.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/short_rows.h>
#include <gradtape/ops/row_words.h>

namespace gradtape {
namespace {

// The rows [first, last) of the whole, for one thread.
template <class S>
struct Part {
  LabelledRows<S> of;
  std::int64_t first, last;
  const S* gradient;  // backward: that of the loss, at steps, and what it is multiplied by
  std::int64_t step;
  S by;
  S* out;

  const S* x(std::int64_t row) const { return of.x + row * of.columns; }
  S* dx(std::int64_t row) const { return out + row * of.columns; }
};

// Calls f(first row, room) for each pack of short rows, laid into lanes.
template <class V, class S, class F>
GT_FN void each_short_rows(const Part<S>& part, F f) {
  for (std::int64_t r = part.first; r < part.last; r += Lanes<V>::count) {
    LaneRoom<V> room;
    read_short_rows(part.x(r), part.of.columns, part.x(part.last), room);
    f(r, room);
  }
}

// The exponentials of a pack of short rows, as they lie in lanes.
template <class V, class S>
GT_FN LaneRow<V> exps_of(const LabelledRows<S>& rows, std::int64_t row) {
  S* const at = rows.exps + row * rows.columns;
  return {at, rows.columns, Lanes<V>::count, at + rows.columns * Lanes<V>::count};
}
// Writes them, and the total of each row into `each`; gives its log, as log_total_of does.
template <class V, class S>
GT_FN Pack<V> keep_exps(const LabelledRows<S>& rows, std::int64_t r, const LaneRow<V>& x, Pack<V> top) {
  LaneRow<V> exps = exps_of<V>(rows, r);
  exps.assign([=](auto v) GT_INLINE { return exp(v - top); }, x);
  const Pack<V> others = x.sum([=](auto v, auto e) GT_INLINE { return where(v == top, Pack<V>(0), e); }, exps);
  const Pack<V> ties = x.sum([=](auto v) GT_INLINE { return where(v == top, Pack<V>(1), Pack<V>(0)); });
  store<V>(rows.each, r, others + ties);
  return log1p(others + (ties - Pack<V>(1)));
}

struct Losses {
  template <class V, class S = typename Lanes<V>::S>
  GT_FN static void run(const Part<S>& part) {
    const LabelledRows<S>& p = part.of;
    if (p.columns <= short_row) {
      each_short_rows<V>(part, [&](std::int64_t r, LaneRoom<V>& room) GT_INLINE {
        const LaneRow<V> row = room.row(p.columns);
        const auto top = row.max();
        store<V>(p.top, r, top);
        store<V>(p.log_total, r, p.exps ? keep_exps(p, r, row, top) : log_total_of(row, top));
      });
    } else {
      for (std::int64_t r = part.first; r < part.last; ++r) {
        const DenseRow<S, sizeof(V)> row{const_cast<S*>(part.x(r)), p.columns};
        const auto top = row.max();
        p.top[r] = top.v;
        p.log_total[r] = log_total_of(row, top).v;
      }
    }
    for (std::int64_t r = part.first; r < part.last; ++r) {
      const S weight = p.weight(r), total = p.each[r];
      p.each[r] = weight == S(0) ? S(0) : ((p.top[r] - part.x(r)[p.labels[r]]) + p.log_total[r]) * weight;
      if (p.exps) p.log_total[r] = total;
    }
  }
};

template <class Row, class Value>
GT_FN void scaled_softmax(const Row& x, Value top, Value log_total, Value scale, Row& dx) {
  dx.assign(
      [=](auto v) GT_INLINE {
        using Real = decltype(v);
        return exp(v - Real(top) - Real(log_total)) * Real(scale);
      },
      x);
}

template <class S>
GT_FN void write_scales(const Part<S>& part) {
  S* scale = part.of.each;
  for (std::int64_t r = part.first; r < part.last; ++r) {
    scale[r] = part.of.weight(r);
    if (scale[r] != S(0)) scale[r] *= part.gradient[r * part.step] * part.by;
  }
  std::fill(scale + part.last, scale + whole_packs(part.last), S(0));
}

struct Gradients {
  template <class V, class S = typename Lanes<V>::S>
  GT_FN static void run(const Part<S>& part) {
    const LabelledRows<S>& p = part.of;
    const S* scale = p.each;
    write_scales(part);
    if (p.exps) {
      for (std::int64_t r = part.first; r < part.last; r += Lanes<V>::count) {
        LaneRoom<V> room;
        LaneRow<V> dx = room.row(p.columns);
        const Pack<V> share = load<V>(scale, r) / load<V>(p.log_total, r);
        dx.assign([=](auto e) GT_INLINE { return e * share; }, exps_of<V>(p, r));
        write_short_rows(room, p.columns, part.dx(r), part.dx(part.last));
      }
    } else if (p.columns <= short_row) {
      each_short_rows<V>(part, [&](std::int64_t r, LaneRoom<V>& room) GT_INLINE {
        LaneRow<V> row = room.row(p.columns);
        scaled_softmax(row, load<V>(p.top, r), load<V>(p.log_total, r), load<V>(scale, r), row);
        write_short_rows(room, p.columns, part.dx(r), part.dx(part.last));
      });
    } else {
      for (std::int64_t r = part.first; r < part.last; ++r) {
        using Value = Pack<S>;
        DenseRow<S, sizeof(V)> dx{part.dx(r), p.columns};
        scaled_softmax({const_cast<S*>(part.x(r)), p.columns}, Value(p.top[r]), Value(p.log_total[r]), Value(scale[r]),
                       dx);
      }
    }
    for (std::int64_t r = part.first; r < part.last; ++r)
      if (scale[r] != S(0)) part.dx(r)[p.labels[r]] -= scale[r];
      else std::fill_n(part.dx(r), p.columns, S(0));
  }
};

template <class Loop, class S>
struct ForEachTarget {
  void (*run[3])(const Part<S>&) = {};
  constexpr ForEachTarget() { set_for_each_target<Loop, S>(run); }
};

template <class Loop, class S>
void on_team(const Part<S>& all) {
  static constexpr ForEachTarget<Loop, S> targets;
  const auto run = targets.run[cpu_level()];
  constexpr std::int64_t chunk = 16384;  // elements that one thread takes at a time, in whole packs of rows
  const std::int64_t each = std::max<std::int64_t>(16, whole_packs(chunk / std::max<std::int64_t>(1, all.of.columns)));
  parallel_for((all.last - all.first + each - 1) / each, [&](std::int64_t number) {
    Part<S> part = all;
    part.first += number * each;
    part.last = std::min(all.last, part.first + each);
    run(part);
  });
}

}  // namespace

std::int64_t count_of_exps(std::int64_t rows, std::int64_t columns) {
  return columns <= short_row ? whole_packs(rows) * columns : 0;
}

template <class S>
void cross_entropy_losses(const LabelledRows<S>& rows, std::int64_t first, std::int64_t last) {
  on_team<Losses>(Part<S>{rows, first, last, nullptr, 0, S(0), nullptr});
}
template <class S>
void cross_entropy_gradient(const LabelledRows<S>& rows, std::int64_t first, std::int64_t last, const S* gradient,
                            std::int64_t step, S by, S* dx) {
  on_team<Gradients>(Part<S>{rows, first, last, gradient, step, by, dx});
}
template void cross_entropy_losses(const LabelledRows<float>&, std::int64_t, std::int64_t);
template void cross_entropy_losses(const LabelledRows<double>&, std::int64_t, std::int64_t);
template void cross_entropy_gradient(const LabelledRows<float>&, std::int64_t, std::int64_t, const float*, std::int64_t,
                                     float, float*);
template void cross_entropy_gradient(const LabelledRows<double>&, std::int64_t, std::int64_t, const double*,
                                     std::int64_t, double, double*);

}  // namespace gradtape
