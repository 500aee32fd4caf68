#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include <gradtape/autograd/tensor.h>

namespace gradtape {
namespace {

constexpr std::int64_t edge = 3;       // shown at either end of a long dimension
constexpr std::int64_t most_shown = 1000;

struct Printer {
  const Tensor& x;
  std::vector<double> values;
  std::vector<std::int64_t> integers;
  bool whole;  // every element is shown
  std::string text;

  void number(std::size_t i) {
    if (x.dtype() == DType::boolean) text += integers[i] ? "true" : "false";
    else if (!is_floating(x.dtype())) text += std::to_string(integers[i]);
    else text += std::isnan(values[i]) ? "nan" : fmt::format("{:.6g}", values[i]);  // a NaN of either sign
  }
  void block(int dim, std::int64_t first) {
    if (dim == x.dim()) return number(static_cast<std::size_t>(first));
    const std::int64_t size = x.shape()[dim];
    std::int64_t step = 1;
    for (int d = dim + 1; d < x.dim(); ++d) step *= x.shape()[d];
    const bool rows = dim + 1 < x.dim();
    text += "[";
    for (std::int64_t i = 0; i < size; ++i) {
      if (i) text += rows ? ",\n" + std::string(static_cast<std::size_t>(dim) + 1, ' ') : ", ";
      if (!whole && size > 2 * edge && i == edge) {
        text += "…";
        i = size - edge - 1;
        continue;
      }
      block(dim + 1, first + i * step);
    }
    text += "]";
  }
};

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "tensor(undefined)";
  Printer printer{x, {}, {}, x.numel() <= most_shown, {}};
  if (is_floating(x.dtype())) printer.values = x.to_vector<double>();
  else printer.integers = x.to_vector<std::int64_t>();
  printer.block(0, 0);
  const std::string name = x.name();
  return fmt::format("{}\n{}{} {} {}{}", printer.text, name.empty() ? "" : name + ": ", name_of(x.dtype()), to_string(x.shape()),
                     to_string(x.device()),
                     x.body()->requires_grad ? (x.grad().defined() ? ", requires grad, has one" : ", requires grad")
                     : x.requires_grad()     ? ", recorded"
                                             : "");
}
std::string to_string(Device device) { return device == Device::cpu() ? "cpu" : fmt::format("cuda:{}", device.index); }
std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace gradtape
