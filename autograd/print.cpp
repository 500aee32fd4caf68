#include <gradtape/autograd/print.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {
namespace {

constexpr std::int64_t edge = 3;  // shown at either end of a long dimension
constexpr std::int64_t most_shown = 1000;

struct Printer {
  const Tensor& x;  // on the CPU
  int digits;       // of a fraction, at most
  Layout layout{*x.tensor_data()};
  bool whole = entries(x.shape()) <= most_shown;  // every element is shown
  std::string text = {};

  // An empty row is written too.
  static std::int64_t entries(const Shape& shape) {
    std::int64_t total = 1;
    for (auto size : shape) total = product_of(total, std::max<std::int64_t>(1, size));
    return total;
  }

  template <class T>
  T element(std::int64_t i) const {
    T value;
    gather(x.tensor_data()->data, x.dtype(), layout, i, 1, &value, dtype_of<T>);
    return value;
  }
  void number(std::int64_t i) {
    if (x.dtype() == DType::boolean) text += element<bool>(i) ? "true" : "false";
    else if (!is_floating(x.dtype())) text += std::to_string(element<std::int64_t>(i));
    else if (const double value = element<double>(i); std::isnan(value)) text += "nan";  // of either sign
    else text += fmt::format("{:.{}g}", value, digits);
  }
  void block(int dim, std::int64_t first) {
    if (dim == x.dim()) return number(first);
    const std::int64_t size = x.shape()[dim];
    std::int64_t step = 1;
    for (int d = dim + 1; d < x.dim(); ++d) step = product_of(step, x.shape()[d]);
    const bool rows = dim + 1 < x.dim();
    text += "[";
    for (std::int64_t i = 0; i < size; ++i) {
      if (i) text += rows ? ",\n" + std::string(static_cast<std::size_t>(dim) + 1, ' ') : ", ";
      if (!whole && size > 2 * edge && i == edge) {
        text += "…";
        i = size - edge - 1;
        continue;
      }
      block(dim + 1, x.numel() ? first + i * step : 0);
    }
    text += "]";
  }
};

Tensor on_cpu(const Tensor& x) {
  if (x.device() == Device::cpu()) return x;
  const Tensor here = new_tensor("to_string", x.shape(), {.dtype = x.dtype()});
  copy_elements(*x.tensor_data(), *here.tensor_data());
  return here;
}

std::string text_of(const Tensor& x, int digits) {
  if (!x.defined()) return "tensor(undefined)";
  refuse_inside_capture("to_string", "elements cannot be read inside a captured step",
                        "Return the tensor from the step, and print it there.");
  const Tensor here = on_cpu(x);
  Printer printer{here, digits};
  printer.block(0, 0);
  const std::string name = x.name();
  return fmt::format("{}\n{}{} {} {}{}", printer.text, name.empty() ? "" : name + ": ", name_of(x.dtype()),
                     to_string(x.shape()), to_string(x.device()),
                     x.tensor_data()->requires_grad
                         ? (x.grad().defined() ? ", requires grad, has one" : ", requires grad")
                     : x.requires_grad() ? ", recorded"
                                         : "");
}

}  // namespace

std::string to_string(const Tensor& x) { return text_of(x, 6); }
std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  return out << text_of(x, static_cast<int>(out.precision()));
}

}  // namespace gradtape
