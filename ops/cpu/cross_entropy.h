// The loops of cross_entropy: rows of logits, each with a label.
#pragma once

#include <cstdint>

namespace gradtape {

template <class S>
struct LabelledRows {
  const S* x;                  // [rows, columns]
  const std::int64_t* labels;  // [rows]
  const S* weights;            // [columns], or null: 1 each
  std::int64_t ignored;        // a row with this label counts nothing
  std::int64_t rows, columns;
  S *top, *log_total;          // for each row its largest logit, and log Σ exp(x - top); in whole packs
  S* each;                     // a number for each row
  // exp(x - top), of short rows, where the gradient will be asked for: it takes no other exponential.
  S* exps = nullptr;

  S weight(std::int64_t row) const { return labels[row] == ignored ? S(0) : weights ? weights[labels[row]] : S(1); }
};

// Rows rounded up to whole packs of any instruction set.
constexpr std::int64_t whole_packs(std::int64_t rows) { return (rows + 15) / 16 * 16; }

// How many numbers such exponentials are, in whole packs; 0 for long rows, which are sooner reckoned than read.
std::int64_t count_of_exps(std::int64_t rows, std::int64_t columns);

// For the rows [first, last), where first is a multiple of whole packs:

// Writes top and log_total (Σ exp(x - top) itself where exps are kept), and into `each` the losses: -log softmax(x) at
// the label, times its weight.
template <class S>
void cross_entropy_losses(const LabelledRows<S>& rows, std::int64_t first, std::int64_t last);

// dx [rows, columns] = (softmax(x) - onehot(label)) · scale. The scale of a row, written into `each` (in whole packs),
// is its weight times gradient[row * step] · by. Where the weight is 0, dx is 0.
template <class S>
void cross_entropy_gradient(const LabelledRows<S>& rows, std::int64_t first, std::int64_t last, const S* gradient,
                            std::int64_t step, S by, S* dx);

}  // namespace gradtape
