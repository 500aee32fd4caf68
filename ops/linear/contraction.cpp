#include <gradtape/ops/linear/contraction.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/linear/matmul.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/diagonal.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// All dimensions but those named, in order.
Dims others(const Tensor& x, const Dims& dims) {
  Dims left;
  for (int d = 0; d < x.dim(); ++d)
    if (std::find(dims.begin(), dims.end(), d) == dims.end()) left.push_back(d);
  return left;
}
Shape sizes_of(const Tensor& x, const Dims& dims) {
  Shape sizes;
  for (const auto d : dims) sizes.push_back(x.shape()[static_cast<int>(d)]);
  return sizes;
}

}  // namespace

Tensor outer(const Tensor& left, const Tensor& right, Location at) {
  Call call(at);
  if (left.dim() != 1 || right.dim() != 1)
    fail<ShapeError>(at, "outer", "is of two lists", {{"left", left}, {"right", right}});
  return unsqueeze(left, 1) * right;
}

Tensor inner(const Tensor& left, const Tensor& right, Location at) {
  Call call(at);
  if (left.dim() == 0 || right.dim() == 0) return left * right;
  return tensordot(left, right, {-1}, {-1});
}

Tensor tensordot(const Tensor& left, const Tensor& right, const Dims& left_dims, const Dims& right_dims, Location at) {
  Call call(at);
  if (left_dims.rank() != right_dims.rank())
    fail<ShapeError>(at, "tensordot",
                     fmt::format("{} dimensions of the left, {} of the right", left_dims.rank(), right_dims.rank()),
                     {{"left", left}, {"right", right}});
  const Dims summed_left = checked_dims("tensordot", left, left_dims, at),
             summed_right = checked_dims("tensordot", right, right_dims, at);
  if (!(sizes_of(left, summed_left) == sizes_of(right, summed_right)))
    fail<ShapeError>(at, "tensordot", "the dimensions summed over differ", {{"left", left}, {"right", right}});
  const Dims rows = others(left, summed_left), columns = others(right, summed_right);
  const Shape row_sizes = sizes_of(left, rows), column_sizes = sizes_of(right, columns);
  const std::int64_t inside = count_of(sizes_of(left, summed_left));
  const Tensor a = reshape(permute(left, joined(rows, summed_left)), {count_of(row_sizes), inside});
  const Tensor b = reshape(permute(right, joined(summed_right, columns)), {inside, count_of(column_sizes)});
  return reshape(matmul(a, b), joined(row_sizes, column_sizes));
}

Tensor kron(const Tensor& left, const Tensor& right, Location at) {
  Call call(at);
  const int rank = std::max(left.dim(), right.dim());
  Shape blocks, inside, whole;
  for (int d = 0; d < rank; ++d) {
    const int l = d - rank + left.dim(), r = d - rank + right.dim();
    const std::int64_t a = l < 0 ? 1 : left.shape()[l], b = r < 0 ? 1 : right.shape()[r];
    blocks.push_back(a);
    blocks.push_back(1);
    inside.push_back(1);
    inside.push_back(b);
    whole.push_back(product_of(a, b));
  }
  return reshape(reshape(left, blocks) * reshape(right, inside), whole);
}

namespace {

// A tensor whose dimensions have letters. Those that "..." stands for have the letters '0', '1', … counted from the
// last.
struct Lettered {
  Tensor tensor;
  std::string letters;

  int place_of(char letter) const { return static_cast<int>(letters.find(letter)); }
  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

struct Equation {
  std::vector<std::string> terms;
  std::string result = {};
  bool has_result = false;
};

[[noreturn]] void refuse(std::string_view equation, const std::string& what, Location at) {
  fail<ValueError>(at, "einsum", fmt::format("\"{}\": {}", equation, what));
}

// With '.' for "...".
Equation read(std::string_view equation, Location at) {
  Equation read{.terms = {""}};
  for (std::size_t i = 0; i < equation.size(); ++i) {
    std::string& term = read.has_result ? read.result : read.terms.back();
    const char c = equation[i];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == ' ') continue;
    if (is_letter) term += c;
    else if (equation.substr(i, 3) == "..." && term.find('.') == std::string::npos) term += '.', i += 2;
    else if (equation.substr(i, 2) == "->" && !read.has_result) read.has_result = true, ++i;
    else if (c == ',' && !read.has_result) read.terms.emplace_back();
    else refuse(equation, fmt::format("'{}' at place {} cannot be read", c, i), at);
  }
  return read;
}

// The letters of `rank` dimensions: those of a term, and for its '.' as many as are left.
std::string letters_of(const std::string& term, int rank) {
  const std::size_t dots = term.find('.');
  if (dots == std::string::npos) return term;
  std::string hidden;
  for (int i = rank - static_cast<int>(term.size()); i >= 0; --i) hidden += static_cast<char>('0' + i);
  return term.substr(0, dots) + hidden + term.substr(dots + 1);
}

// Letters that stand twice in a term become a diagonal.
Lettered with_diagonals(Lettered x) {
  for (std::size_t i = 0; i < x.letters.size(); ++i) {
    const std::size_t other = x.letters.find(x.letters[i], i + 1);
    if (other == std::string::npos) continue;
    const char letter = x.letters[i];
    x.tensor = diagonal(x.tensor, 0, static_cast<int>(i), static_cast<int>(other));
    x.letters.erase(other, 1).erase(i, 1);
    return with_diagonals({x.tensor, x.letters + letter});
  }
  return x;
}

// In the order of these letters, with a size of 1 for one that it does not have, and summed over all others.
Tensor arranged(const Lettered& x, const std::string& letters) {
  Tensor y = x.tensor;
  std::string left = x.letters;
  std::vector<int> summed;
  for (std::size_t d = 0; d < left.size(); ++d)
    if (letters.find(left[d]) == std::string::npos) summed.push_back(static_cast<int>(d));
  if (!summed.empty()) y = reduce(Sum{}, y, summed, false, Location::current());
  std::erase_if(left, [&](char letter) { return letters.find(letter) == std::string::npos; });
  Dims order;
  Shape shape;
  for (const char letter : letters) {
    const std::size_t at = left.find(letter);
    if (at != std::string::npos) order.push_back(static_cast<std::int64_t>(at));
    shape.push_back(at == std::string::npos ? 1 : y.shape()[static_cast<int>(at)]);
  }
  return reshape(permute(y, order), shape);
}

// The product of two, summed over the letters that both have and `needed` has not.
Lettered contract(const Lettered& left, const Lettered& right, const std::string& needed) {
  std::string batch, rows, summed, columns;
  auto size = [](const Lettered& x, char letter) { return x.tensor.size(x.place_of(letter)); };
  for (const char letter : left.letters) {
    const bool both = right.has(letter), kept = needed.find(letter) != std::string::npos;
    if (both) (kept || size(left, letter) != size(right, letter) ? batch : summed) += letter;
    else if (kept) rows += letter;
  }
  for (const char letter : right.letters)
    if (!left.has(letter) && needed.find(letter) != std::string::npos) columns += letter;
  const Tensor a = arranged(left, batch + rows + summed), b = arranged(right, batch + summed + columns);
  const auto part = [](const Tensor& x, std::size_t first, std::size_t count) {
    Shape sizes;
    for (std::size_t d = first; d < first + count; ++d) sizes.push_back(x.shape()[static_cast<int>(d)]);
    return sizes;
  };
  const Shape batch_a = part(a, 0, batch.size()), batch_b = part(b, 0, batch.size());
  const Shape row_sizes = part(a, batch.size(), rows.size());
  const Shape summed_sizes = part(b, batch.size(), summed.size());
  const Shape column_sizes = part(b, batch.size() + summed.size(), columns.size());
  const std::int64_t inside = count_of(summed_sizes);
  const Tensor product = matmul(reshape(a, joined(batch_a, {count_of(row_sizes), inside})),
                                reshape(b, joined(batch_b, {inside, count_of(column_sizes)})));
  const Shape batches = part(product, 0, batch.size());
  return {reshape(product, joined(joined(batches, row_sizes), column_sizes)), batch + rows + columns};
}

// Each letter has one size, beside the sizes of 1 that "..." broadcasts.
void require_sizes(std::string_view equation, const std::vector<Lettered>& all, Location at) {
  for (const Lettered& x : all)
    for (std::size_t i = 0; i < x.letters.size(); ++i) {
      const char letter = x.letters[i];
      const std::int64_t size = x.tensor.shape()[static_cast<int>(i)];
      for (const Lettered& other : all)
        for (std::size_t k = 0; k < other.letters.size(); ++k) {
          const std::int64_t second = other.tensor.shape()[static_cast<int>(k)];
          const bool broadcasts = letter <= '9' && (size == 1 || second == 1);
          if (other.letters[k] == letter && second != size && !broadcasts)
            fail<ShapeError>(at, "einsum", fmt::format("\"{}\": sizes of one letter differ", equation),
                             {{"tensor", x.tensor}, {"other", other.tensor}});
        }
    }
}

// What is left where the equation does not say: what "..." stands for, then the letters that stand once.
std::string left_of(const std::vector<Lettered>& all) {
  std::string every, result;
  for (const Lettered& x : all) every += x.letters;
  for (char hidden = '9'; hidden >= '0'; --hidden)
    if (every.find(hidden) != std::string::npos) result += hidden;
  std::sort(every.begin(), every.end());
  for (const char letter : every)
    if (letter > '9' && std::count(every.begin(), every.end(), letter) == 1) result += letter;
  return result;
}

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> tensors, Location at) {
  Call call(at);
  const Equation wanted = read(equation, at);
  if (wanted.terms.size() != tensors.size())
    refuse(equation, fmt::format("{} terms for {} tensors", wanted.terms.size(), tensors.size()), at);
  std::vector<Lettered> all;
  int hidden = 0;  // dimensions that "..." stands for
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string &term = wanted.terms[i], letters = letters_of(term, tensors[i].dim());
    if (static_cast<int>(letters.size()) != tensors[i].dim())
      fail<ShapeError>(at, "einsum", fmt::format("\"{}\": \"{}\" has other dimensions", equation, term),
                       {{"tensor", tensors[i]}});
    if (term.find('.') != std::string::npos)
      hidden = std::max(hidden, tensors[i].dim() - static_cast<int>(term.size()) + 1);
    all.push_back({tensors[i], letters});
  }
  require_sizes(equation, all, at);
  const std::string result =
      wanted.has_result ? letters_of(wanted.result, static_cast<int>(wanted.result.size()) - 1 + hidden) : left_of(all);
  for (const char letter : result) {
    const auto has = [&](const Lettered& x) { return x.has(letter); };
    if (std::count(result.begin(), result.end(), letter) != 1 || std::none_of(all.begin(), all.end(), has))
      refuse(equation, fmt::format("'{}' of the result is no letter of a term, or stands twice", letter), at);
  }
  for (Lettered& x : all) x = with_diagonals(x);
  Lettered product = all[0];
  for (std::size_t i = 1; i < all.size(); ++i) {
    std::string needed = result;
    for (std::size_t k = i + 1; k < all.size(); ++k) needed += all[k].letters;
    product = contract(product, all[i], needed);
  }
  return arranged(product, result);
}

}  // namespace gradtape
