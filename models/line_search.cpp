#include <gradtape/models/line_search.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradtape::detail {
namespace {

constexpr double sufficient_decrease = 1e-4, curvature = 0.9;
constexpr int most_tries = 30;

// Where the cubic with these values and slopes has its minimum; NaN where it has none.
double minimum_of_cubic(const LinePoint& a, const LinePoint& b) {
  const double width = b.step - a.step, mean_slope = (b.value - a.value) / width;
  const double d1 = a.slope + b.slope - 3 * mean_slope;
  const double d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), width);
  return b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

// A step inside the bracket, away from its ends, so that each try makes it shorter.
double step_within(const LinePoint& low, const LinePoint& high) {
  const double width = high.step - low.step, cubic = minimum_of_cubic(low, high);
  if (!std::isfinite(cubic)) return low.step + width / 2;
  return low.step + std::clamp((cubic - low.step) / width, 0.1, 0.9) * width;
}

// A longer step, where the loss still falls.
double step_beyond(const LinePoint& before, const LinePoint& now) {
  const double least = now.step + 0.1 * (now.step - before.step), most = 10 * now.step,
               cubic = minimum_of_cubic(before, now);
  return std::isfinite(cubic) ? std::clamp(cubic, least, most) : most;
}

class LineSearch {
 public:
  LineSearch(const std::function<LinePoint(double)>& along, const LinePoint& start, double noise)
      : along_(along), start_(start), noise_(noise) {}

  std::optional<LinePoint> run(double step) {
    LinePoint before = start_;
    while (tries_ < most_tries) {
      const LinePoint now = at(step);
      if (!is_low_enough(now) || now.value > before.value + noise_) return zoom(before, now);
      if (is_flat_enough(now)) return now;
      if (now.slope >= 0) return zoom(now, before);
      step = step_beyond(before, now);
      before = now;
    }
    return before;
  }

 private:
  LinePoint at(double step) {
    ++tries_;
    LinePoint point = along_(step);
    if (!std::isfinite(point.value) || !std::isfinite(point.gradient_norm))
      point.value = std::numeric_limits<double>::infinity();
    return point;
  }
  bool is_low_enough(const LinePoint& point) const {
    return point.value <= start_.value + sufficient_decrease * point.step * start_.slope + noise_;
  }
  bool is_flat_enough(const LinePoint& point) const { return std::abs(point.slope) <= -curvature * start_.slope; }

  // Between `low`, the lowest point that is low enough, from where the loss falls towards `high`, and `high` lies a
  // step that meets both conditions.
  std::optional<LinePoint> zoom(LinePoint low, LinePoint high) {
    while (tries_ < most_tries) {
      const LinePoint now = at(step_within(low, high));
      if (!is_low_enough(now) || now.value > low.value + noise_) {
        high = now;
        continue;
      }
      if (is_flat_enough(now)) return now;
      if (now.slope * (high.step - low.step) >= 0) high = low;
      low = now;
    }
    if (low.value < start_.value) return low;
    return std::nullopt;
  }

  const std::function<LinePoint(double)>& along_;
  const LinePoint& start_;
  double noise_;
  int tries_ = 0;
};

}  // namespace

std::optional<LinePoint> strong_wolfe(const std::function<LinePoint(double step)>& along, const LinePoint& start,
                                      double first, double noise) {
  return LineSearch(along, start, noise).run(first);
}

}  // namespace gradtape::detail
