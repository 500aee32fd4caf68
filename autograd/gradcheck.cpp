#include <gradtape/autograd/gradcheck.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>

namespace gradtape {
namespace {

using Outputs = std::function<std::vector<double>(const std::vector<Tensor>&)>;

// What a function gives around a point, with one number moved by one and two steps to each side.
struct Neighbourhood {
  std::vector<double> here, up, down, far_up, far_down;
  double h;

  // (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h: exact up to h⁴ (Abramowitz and Stegun 25.3.6).
  double slope(std::size_t i) const { return (8 * (up[i] - down[i]) - (far_up[i] - far_down[i])) / (12 * h); }
  // From one side: exact up to h².
  double slope_above(std::size_t i) const { return (4 * up[i] - 3 * here[i] - far_up[i]) / (2 * h); }
  double slope_below(std::size_t i) const { return (3 * here[i] - 4 * down[i] + far_down[i]) / (2 * h); }
};
Neighbourhood around(const Outputs& f, const std::vector<Tensor>& inputs, std::size_t input, std::int64_t element,
                     double relative_step) {
  std::vector<Tensor> moved = inputs;
  const Tensor here = inputs[input].to(Device::cpu()).clone();
  double& x = here.data<double>()[element];
  const double point = x, h = relative_step * std::max(1.0, std::abs(point));
  auto value = [&](double shift) {
    x = point + shift;
    moved[input] = here.to(inputs[input].device());
    return f(moved);
  };
  return {value(0), value(h), value(-h), value(2 * h), value(-2 * h), h};
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
std::string text_of(double number) {
  return std::isnan(number) ? "nan" : fmt::format("{:.12g}", number);
}  // a NaN of either sign

// Why a difference is no slope of output i, if it is none: a function must be the same each time, finite around the
// point, and smooth.
std::string no_slope(const Neighbourhood& f, std::size_t i, const std::vector<double>& again) {
  if (!same(f.here[i], again[i]))
    return fmt::format("the function is not deterministic: at the same inputs it gave {} and then {}",
                       text_of(again[i]), text_of(f.here[i]));
  for (double value : {f.here[i], f.up[i], f.down[i], f.far_up[i], f.far_down[i]})
    if (!std::isfinite(value))
      return fmt::format("within two steps of {:.2g} the function is {}: this is outside of its domain, or at its edge",
                         f.h, text_of(value));
  const double above = f.slope_above(i), below = f.slope_below(i);
  if (std::abs(above - below) > 1e-3 * std::max({1.0, std::abs(above), std::abs(below)}))
    return fmt::format(
        "the function has a kink or a jump within two steps of {:.2g}: its slope is {:.6g} from below and {:.6g} from "
        "above",
        f.h, below, above);
  return {};
}

// Compares got[i][j] = d output_i / d element_j with differences, and keeps the worst in the report.
void compare(GradcheckReport& report, const GradcheckOptions& options, const Outputs& f,
             const std::vector<Tensor>& inputs, std::size_t input, const std::vector<std::vector<double>>& got,
             const std::string& what) {
  const auto first = f(inputs);
  for (std::int64_t j = 0; j < inputs[input].numel(); ++j) {
    const Neighbourhood near = around(f, inputs, input, j, options.step);
    for (std::size_t i = 0; i < near.here.size(); ++i) {
      const double g = got[i][static_cast<std::size_t>(j)], wanted = near.slope(i);
      double gap = std::abs(g - wanted) / std::max(1.0, std::abs(wanted));
      if (std::isnan(gap)) gap = same(g, wanted) ? 0 : INFINITY;  // NaN is the slope of NaN
      if (!same(near.here[i], first[i])) gap = INFINITY;
      if (gap <= report.worst) continue;
      report.worst = gap;
      report.text = fmt::format("{} of output {} by element {} of input {} {}: got {}, ", what, i, j, input,
                                to_string(inputs[input].shape()), text_of(g));
      const std::string reason = gap > options.relative ? no_slope(near, i, first) : std::string();
      report.text += reason.empty() ? fmt::format("wanted {} (off by {:.2g})", text_of(wanted), gap) : reason;
    }
  }
  report.ok = report.worst <= options.relative;
}

bool checked(const Tensor& x) { return x.dtype() == float64 && x.numel() > 0; }
void require_checked(const char* op, const std::vector<Tensor>& inputs, Location at) {
  if (!inputs.empty() && std::ranges::count(inputs, float64, &Tensor::dtype) == 0)
    fail<DTypeError>(at, op, "there is nothing to check", {{"input", inputs[0]}},
                     "Differences need float64 inputs: x.to(gt::float64).");
}
Tensor require_precise(const char* op, Tensor y, Location at) {
  if (y.dtype() != float64) fail<DTypeError>(at, op, "the function must return float64", {{"value", y}});
  return y;
}

std::vector<Tensor> leaves_of(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> leaves;
  for (const Tensor& x : inputs) {
    leaves.push_back(x.detach());
    if (checked(x)) leaves.back().requires_grad_();
  }
  return leaves;
}

// Weights that no symmetry of an op makes vanish.
Tensor weights_like(const Tensor& y) {
  const Tensor weights = empty(y.shape(), {.dtype = y.dtype()});
  for (std::int64_t i = 0; i < y.numel(); ++i)
    weights.data<double>()[i] = 0.3 + std::fmod(0.618034 * static_cast<double>(i + 1), 1.0);
  return weights.to(y.device());
}
Tensor one_at(std::int64_t i, const Tensor& y) {
  const Tensor seed = zeros(y.shape(), {.dtype = y.dtype()});
  seed.data<double>()[i] = 1;
  return seed.to(y.device());
}

using Recorded = std::function<Tensor(const std::vector<Tensor>& x, bool recorded)>;

// d f / d input, a row for each element of what f gives; zeros where it does not depend on the input.
std::vector<std::vector<double>> rows_of(const Recorded& f, const std::vector<Tensor>& inputs, std::size_t input,
                                         Location at) {
  Tape tape(at);
  const auto x = leaves_of(inputs);
  const Tensor y = f(x, true);
  std::vector<std::vector<double>> rows;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    Tensor row;
    if (y.requires_grad())
      row = grad(y, x[input], {.retain_graph = true, .allow_unused = true, .seeds = {one_at(i, y)}}, at);
    rows.push_back((row.defined() ? row : zeros_like(x[input])).to_vector<double>());
  }
  return rows;
}

// Checks the derivatives by all inputs of what f gives, recorded where they are taken.
void check(GradcheckReport& report, const Recorded& f, const std::vector<Tensor>& inputs,
           const GradcheckOptions& options, const std::string& what, Location at) {
  const Outputs value = [&](const std::vector<Tensor>& x) {
    Tape tape(at);
    return f(leaves_of(x), false).to_vector<double>();
  };
  for (std::size_t input = 0; input < inputs.size(); ++input)
    if (checked(inputs[input])) compare(report, options, value, inputs, input, rows_of(f, inputs, input, at), what);
}

}  // namespace

GradcheckReport gradcheck(const Function& f, const std::vector<Tensor>& inputs, GradcheckOptions options, Location at) {
  require_checked("gradcheck", inputs, at);
  GradcheckReport report;
  const auto value = [&](const std::vector<Tensor>& x, bool recorded) {
    const RecordingScope scope(recorded ? detail::open_recording() : nullptr);
    return require_precise("gradcheck", f(x), at);
  };
  check(report, value, inputs, options, "d", at);
  return report;
}

GradcheckReport gradgradcheck(const Function& f, const std::vector<Tensor>& inputs, GradcheckOptions options,
                              Location at) {
  require_checked("gradgradcheck", inputs, at);
  GradcheckReport report;
  for (std::size_t first = 0; first < inputs.size(); ++first) {
    if (!checked(inputs[first])) continue;
    // d (weights · f) / d input `first`, as a function of all inputs.
    const auto slope = [&](const std::vector<Tensor>& x, bool recorded) {
      const Tensor y = require_precise("gradgradcheck", f(x), at);
      Tensor g;
      if (y.requires_grad())
        g = grad(y, x[first], {.create_graph = recorded, .allow_unused = true, .seeds = {weights_like(y)}}, at);
      return g.defined() ? g : zeros_like(x[first]);
    };
    check(report, slope, inputs, options, fmt::format("d² (input {} first)", first), at);
  }
  return report;
}

}  // namespace gradtape
